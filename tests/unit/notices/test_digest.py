"""What is new: once, and again only after it has been well; the first verdict is where it begins."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pipelines.notices.digest import (
    Digest,
    news,
    refused_notice,
    stale_notice,
    token_notice,
    verdict_notice,
    version_notice,
)
from pipelines.notices.rendering import as_html, as_markdown, as_text, as_webhook, subject

AT = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
MET = verdict_notice("tips", "Ta emot fler tips", "Receive more tips", "met", "")
NOT_MET = verdict_notice("tips", "Ta emot fler tips", "Receive more tips", "not_met", "T1:small_n,T2:not_settled")
STALE = stale_notice("x", "x:1", AT)
ENDS = token_notice("x", "all", "ending", AT, "the access token ends on 2026-03-02, in 3 days. Make a new one.")
GONE = refused_notice("facebook", "post", "post_impressions", "", AT)
VERSION = version_notice("facebook_pages", "v22.0", AT.date(), "facebook_pages asks for v22.0, which ends. Set it.")


def test_the_first_verdict_is_no_news_and_the_next_one_is():
    assert news([MET], ()) == ()
    assert news([MET], [MET.key]) == ()
    assert news([NOT_MET], [MET.key]) == (NOT_MET,)
    assert news([NOT_MET], [MET.key.replace("tips", "tips2")]) == ()


def test_whatever_else_stands_is_told_the_first_time_and_then_no_more():
    everything = [VERSION, GONE, ENDS, STALE]
    assert set(news(everything, ())) == set(everything)
    assert news(everything, [n.key for n in everything]) == ()


def test_what_was_well_in_between_is_told_again():
    told = [n.key for n in (STALE, GONE)]
    assert news([GONE], told) == ()
    assert news([GONE, STALE], [GONE.key]) == (STALE,)


def test_verdicts_come_first_and_the_order_is_always_the_same():
    found = news([GONE, STALE, ENDS, NOT_MET], [MET.key])
    assert [n.kind for n in found] == ["verdict", "stale", "token", "retired"]
    assert found == news([NOT_MET, ENDS, GONE, STALE], [MET.key])


def test_another_end_of_the_same_token_is_news():
    later = token_notice("x", "all", "ending", AT.replace(month=9), "it ends.")
    assert news([later], [ENDS.key]) == (later,)


def test_sentences_say_it_in_either_language():
    assert (
        NOT_MET.sv
        == "Ta emot fler tips: omdömet är nu ”inte uppfyllt” (T1 för få observationer, T2 siffrorna är inte slutliga)."
    )
    assert (
        NOT_MET.en
        == "Receive more tips: the verdict is now “not met” (T1 too few observations, T2 figures not settled yet)."
    )
    assert stale_notice("x", "x:1", None).en == "x, x:1: has never been read."
    assert STALE.sv == "x, x:1: lästes senast 2026-03-02 06:00 UTC."
    assert "aldrig som noll" in GONE.sv


HOSTILE = "<img src=x onerror=alert(1)> <!channel> [a](javascript:1) *b* \u202e\x1b[31m @everyone"


@pytest.fixture
def hostile():
    notice = verdict_notice("g", HOSTILE, HOSTILE, "met", "")
    return Digest((HOSTILE, HOSTILE), AT, (notice,))


@pytest.mark.parametrize("lang", ["sv", "en"])
def test_a_label_stays_text_in_every_form(hostile, lang):
    html = as_html(hostile, lang)
    assert "<img" not in html
    assert "&lt;img" in html
    assert "<img" not in as_markdown(hostile, lang)
    assert r"\[a\](" in as_markdown(hostile, lang)
    assert "\x1b" not in as_text(hostile, lang)
    assert "\u202e" not in as_text(hostile, lang)
    slack = as_webhook(hostile, lang, "slack")["text"]
    assert "<!channel>" not in slack
    assert "&lt;!channel&gt;" in slack
    assert "\n" not in subject(hostile, lang)
    [card] = as_webhook(hostile, lang, "teams")["attachments"]
    assert all("<img" not in block["text"] for block in card["content"]["body"])


def test_a_digest_reads_well_in_the_terminal():
    assert as_text(Digest(("Polisen", "The police"), AT, news([NOT_MET, GONE], [MET.key])), "en") == (
        "The police: Verdicts that have changed (1), metrics and interfaces that end (1)\n\n"
        "Verdicts that have changed\n"
        "- Receive more tips: the verdict is now “not met” (T1 too few observations, T2 figures not settled yet).\n\n"
        "Metrics and interfaces that end\n"
        "- facebook no longer gives the metric post_impressions of posts, since 2026-03-02. "
        "It is shown as not offered, never as zero.\n\n"
        "Published as of 2026-03-02 06:00 UTC.\n"
    )


def test_of_a_source_with_many_stale_accounts_some_are_named_and_the_others_counted():
    many = Digest(("P", "P"), AT, news([stale_notice("x", f"x:{n:02}", AT) for n in range(9)] + [STALE, ENDS], ()))
    text = as_text(many, "sv")
    assert text.count("lästes senast") == 5
    assert "- x: 5 konton till.\n" in text
    assert "(10)" in subject(many, "sv")
    assert "x: 5 more accounts." in as_webhook(many, "en", "slack")["text"]
    few = Digest(("P", "P"), AT, news([stale_notice("x", f"x:{n}", AT) for n in range(6)], ()))
    assert as_text(few, "en").count("was last read") == 6
