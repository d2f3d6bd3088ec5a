"""What goes to the person: progress in lines or bars, errors in three parts."""

from __future__ import annotations

import io

import pytest

from pipelines.cli import speaking
from pipelines.cli.progress import narrated
from pipelines.errors import SourceError
from pipelines.events import Event


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def stderr(monkeypatch):
    """Put a stream in the place of stderr; in the test itself, because pytest exchanges it between phases."""

    def _become(stream):
        monkeypatch.setattr("sys.stderr", stream)
        return stream

    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    return _become


ERROR = SourceError("The platform \x1b[2Jis away.", where="GET /v26.0/42", do="Wait.")


def test_an_error_in_a_pipe_has_three_plain_parts(stderr):
    out = stderr(io.StringIO())
    speaking.complain(ERROR)
    assert out.getvalue() == "The platform \\x1b[2Jis away.\n  where: GET /v26.0/42\n  do:    Wait.\n"


def test_only_what_happened_is_red_on_a_terminal(stderr):
    out = stderr(Screen())
    speaking.complain(ERROR)
    first, *rest = out.getvalue().splitlines()
    assert "\x1b[1;31m" in first
    assert "\x1b" not in "".join(rest)


def test_no_color_means_no_escape_codes_at_all(stderr, monkeypatch):
    out = stderr(Screen())
    monkeypatch.setenv("NO_COLOR", "1")
    speaking.complain(ERROR)
    assert "\x1b" not in out.getvalue()


def work(on_event) -> None:
    on_event(Event("start", "x posts"))
    on_event(Event("progress", "x posts", done=1, total=3))
    on_event(Event("done", "x posts", detail="3 pages"))
    on_event(Event("skipped", "facebook", detail="no token"))
    on_event(Event("progress", "rebuild", detail="set aside a"))
    on_event(Event("failed", "tips"))


def test_in_a_pipe_progress_is_one_line_for_what_is_over(stderr):
    out = stderr(io.StringIO())
    with narrated() as on_event:
        work(on_event)
    assert out.getvalue().splitlines() == [
        "done     x posts: 3 pages",
        "skipped  facebook: no token",
        "note     rebuild: set aside a",
        "failed   tips",
    ]


def test_on_a_terminal_lines_stay_above_the_bars(stderr):
    out = stderr(Screen())
    with narrated() as on_event:
        work(on_event)
    assert "done     x posts: 3 pages" in out.getvalue()


def test_without_events_nothing_is_drawn(stderr):
    out = stderr(Screen())
    with narrated():
        pass
    assert out.getvalue() == ""
