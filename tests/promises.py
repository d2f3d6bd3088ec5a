"""What Syfte promises about reliability, security and privacy, and the gate of each: the list that the tests fill in.

A test that proves a promise, or a part of one, is marked `@pytest.mark.promise("R1")` and tells what it measured with
the fixture `figure`. `python -m tests.reliability` (`make chaos`) runs them in their full form and writes the table of
docs/reliability.md.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Promise:
    """One promise.

    Args:
        name: as tests are marked with.
        says: what holds, as a sentence; its gate included.
    """

    name: str
    says: str


PROMISES = {
    promise.name: promise
    for promise in (
        Promise(
            "R1",
            "Killed at any moment of pull, load, build and publishing: no row lost, doubled or changed, the "
            "next run goes on by itself, and the database opens within 2 s.",
        ),
        Promise(
            "R2",
            "The same for a kill at every call that writes, the creation of the database included.",
        ),
        Promise(
            "R3",
            "A file that was cut or changed is an exact prefix or a loud error, never a wrong row; a damaged "
            "database is set aside and made again from the landing within 10 minutes for a million posts.",
        ),
        Promise(
            "R4",
            "A full disk at any write is an error that names the path; nothing acknowledged is lost, the run "
            "succeeds once there is space, and no run starts with less than twice the last run's growth.",
        ),
        Promise(
            "R5",
            "Readers never fail, never see half of a publication or an older one again; 95 of 100 publications "
            "of a million KPI rows take under 1 s.",
        ),
        Promise(
            "R6",
            "Nothing that breaks between two pages ends a crawl early, or calls one complete that is not.",
        ),
        Promise(
            "R7",
            "A page served twice, or runs that overlap, double nothing; loading again changes nothing.",
        ),
        Promise(
            "R8",
            "A post that appears late or with an older time is in the tables after the next pull.",
        ),
        Promise(
            "R9",
            "While throttled, a stream sends at most one request and none before the server's time, by the "
            "server's clock; a wait over 120 s defers the run.",
        ),
        Promise(
            "R10",
            "A refused token costs one request and ends within 5 s as an error of its own, never as success "
            "without rows; its end is told 14 days before.",
        ),
        Promise(
            "R11",
            "A new field is reported and the run green, a missing one is null and counted, a changed type sets "
            "aside its row alone, a retired metric sinks no other.",
        ),
        Promise(
            "R12",
            "A poison row is set aside alone, with its reason; nothing is coerced in silence.",
        ),
        Promise(
            "R13",
            "A clock an hour off and the nights of summer time change nothing: days of 23, 24 and 25 hours, and "
            "the same figures whatever the host's zone.",
        ),
        Promise(
            "R14",
            "When a worker, the daemon or the host dies: no run stays STARTED over 10 minutes after the "
            "restart, its slot is free within 30 s, the next run runs, a backfill goes on without doubles.",
        ),
        Promise(
            "R15",
            "A backup that is restored gives the same KPIs, byte for byte, within 15 minutes.",
        ),
        Promise(
            "R16",
            "A day that was not read is null and no zero, and never changes another day's figure.",
        ),
        Promise(
            "S1",
            "No secret lies in any store, log, page or message, on any way that fails.",
        ),
        Promise(
            "S2",
            "Hostile text does nothing in SQL, CSV, HTML, Markdown, logs and file names.",
        ),
        Promise(
            "S3",
            "The analysts' connection reads the published tables, changes nothing, and sees no file.",
        ),
        Promise(
            "S4",
            "Everything installed is locked by hash, audited where the advisories can be reached, and listed.",
        ),
        Promise(
            "P1",
            "KPI and published tables hold allow-listed columns only: no person, no free text of others.",
        ),
        Promise(
            "P2",
            "What is erased is found in no byte of any store, its backups included; a proof without it stays.",
        ),
        Promise(
            "P3",
            "No suppressed cell can be computed from its neighbours, its totals or the release before.",
        ),
    )
}
