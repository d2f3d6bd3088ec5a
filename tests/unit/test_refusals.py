"""What a book of refused metrics learns from a pull, and what it says of it."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from pipelines.refusals import RefusalBook, sentences
from pipelines.run.refusals import keep_refusals, read_refusals
from pipelines.sources.facebook_pages.streams import METRIC_STATUS
from pipelines.sources.stream import Page

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def page(status, asked_at=None, account="facebook:101"):
    row = {"native_metric": "page_follows", "scope": "account", "status": status, "reason": "code 100"}
    if asked_at:
        row["asked_at"] = asked_at
    return Page(stream=METRIC_STATUS, account_id=account, rows=[json.dumps(row).encode()], fetched_at=NOW)


def test_a_refusal_keeps_its_first_day_until_the_metric_is_back():
    book = RefusalBook()
    book.note(page("not_offered"))
    book.note(page("not_offered", "2026-11-21T12:00:00+00:00"))
    (refusal,) = book.of("facebook_pages", "facebook:101")
    assert (refusal.since, refusal.asked_at) == (NOW, datetime(2026, 11, 21, 12, tzinfo=UTC))
    assert book.of("facebook_pages", "facebook:102") == ()
    assert len(book.fresh) == 1
    book.note(page("offered", "2026-11-22T12:00:00+00:00"))
    assert list(book) == []


def test_what_was_refused_is_kept_between_runs_and_told_in_a_sentence(tmp_path):
    book = read_refusals(tmp_path)
    assert list(book) == []
    book.note(page("not_offered"))
    book.note(page("not_offered", account="facebook:102"))
    keep_refusals(tmp_path, book)
    again = read_refusals(tmp_path)
    assert list(again) == list(book)
    assert not again.is_changed
    assert sentences(again) == [
        "facebook_pages has not given page_follows (account) since 2026-11-20 to 2 account(s); asked for once a day"
    ]
    (tmp_path / "refused_metrics.json").write_text("[{", encoding="utf-8")
    assert list(read_refusals(tmp_path)) == []
