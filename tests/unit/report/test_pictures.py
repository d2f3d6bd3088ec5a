"""Pictures that are kept from one report to the next."""

from __future__ import annotations

import json

import pytest

from pipelines.drafts import draft_of
from pipelines.report.pictures import kept_pictures, picture


@pytest.fixture
def path(tmp_path):
    return tmp_path / "pictures.json"


@pytest.fixture
def drawn():
    return []


@pytest.fixture
def ask(drawn):
    def asked(*specs: str, drawer: str = "drawer 1") -> list[str]:
        return [picture(spec, drawer, lambda of: (drawn.append(of), f"<svg>{of}</svg>")[1]) for spec in specs]

    return asked


def test_what_was_drawn_for_the_report_before_is_not_drawn_again(path, ask, drawn):
    with kept_pictures(path):
        assert ask("a", "b") == ["<svg>a</svg>", "<svg>b</svg>"]
    with kept_pictures(path):
        assert ask("b", "c", "c") == ["<svg>b</svg>", "<svg>c</svg>", "<svg>c</svg>"]
    assert drawn == ["a", "b", "c"]


def test_a_picture_leaves_the_file_with_the_report_that_no_longer_shows_it(path, ask):
    with kept_pictures(path):
        ask("erased", "b")
    with kept_pictures(path):
        ask("b")
    assert list(json.loads(path.read_bytes()).values()) == ["<svg>b</svg>"]
    assert "erased" not in path.read_text(encoding="utf-8")


def test_where_nothing_was_asked_for_the_file_stays_as_it_is(path, ask):
    with kept_pictures(path):
        ask("a")
    before = path.read_bytes()
    with kept_pictures(path):
        pass
    assert path.read_bytes() == before


def test_a_picture_of_another_version_of_what_draws_is_drawn_again(path, ask, drawn):
    for drawer in ("drawer 1", "drawer 2", "drawer 2"):
        with kept_pictures(path):
            ask("a", drawer=drawer)
    assert drawn == ["a", "a"]


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b'{"k": 1}', b"\xff\xfe"])
def test_a_file_that_cannot_be_read_means_that_everything_is_drawn(path, ask, drawn, content):
    path.write_bytes(content)
    with kept_pictures(path):
        assert ask("a") == ["<svg>a</svg>"]
    with kept_pictures(path):
        ask("a")
    assert drawn == ["a"]


def test_a_report_that_fails_leaves_the_file_as_it_was(path, ask):
    def fail() -> None:
        with kept_pictures(path):
            ask("b")
            raise RuntimeError

    with kept_pictures(path):
        ask("a")
    before = path.read_bytes()
    with pytest.raises(RuntimeError):
        fail()
    assert path.read_bytes() == before


def test_where_the_file_cannot_be_written_old_pictures_do_not_stay(path, ask):
    with kept_pictures(path):
        ask("a")
    draft_of(path).mkdir()
    with kept_pictures(path):
        ask("b")
    assert not path.exists()


def test_without_a_file_everything_is_drawn(ask, drawn):
    assert ask("a", "a") == ["<svg>a</svg>", "<svg>a</svg>"]
    assert drawn == ["a", "a"]
