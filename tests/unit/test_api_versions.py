"""Versions of the platforms' interfaces: told 60 days before they end, and when another one answers."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from pydantic import SecretStr

from pipelines.api_versions import VersionsSeen, end_of, sunsets
from pipelines.settings import Settings
from pipelines.sources.facebook_pages.streams import ACCOUNTS
from pipelines.sources.stream import Page

TOKEN = SecretStr("EAAsentinelTOKEN0123456789")


@pytest.mark.parametrize(
    ("today", "told"),
    [
        (date(2026, 11, 21), []),  # 61 days
        (date(2026, 11, 22), ["instagram asks for version v21.0, which ends on 2027-01-21 (60 days)"]),
        (date(2027, 1, 21), ["instagram asks for version v21.0, which ended on 2027-01-21"]),
    ],
)
def test_a_version_is_told_60_days_before_its_end(tmp_path, today, told):
    settings = Settings(
        project_dir=tmp_path,
        facebook_pages={"token": TOKEN},  # v26.0, whose end nobody knows
        instagram={"token": TOKEN, "api_version": "v21.0"},
        threads={"token": TOKEN},
    )
    found = sunsets(settings, today)
    assert [one.sentence for one in found] == told
    assert all("SYFTE_INSTAGRAM__API_VERSION to v26.0" in one.do for one in found)


def test_linkedin_ends_by_month_and_a_version_newer_than_the_list_is_believed(tmp_path):
    def of(version):
        settings = Settings(project_dir=tmp_path, linkedin={"token": TOKEN, "api_version": version})
        return [one.days_left for one in sunsets(settings, date(2026, 11, 22))]

    assert of("202601") == [54]
    assert of("202511") == [-6]
    assert of("202609") == of("202607") == []


def test_another_version_that_answers_is_told_and_a_silent_platform_is_believed():
    seen = VersionsSeen()
    at = datetime(2026, 11, 22, tzinfo=UTC)
    for asked, answered in (("v26.0", "v26.0"), ("v26.0", None), (None, None)):
        seen.note(Page(stream=ACCOUNTS, account_id="facebook:1", rows=[], fetched_at=at,
                       api_version_asked=asked, api_version_answered=answered))  # fmt: skip
    assert seen.sentences == {}
    seen.note(Page(stream=ACCOUNTS, account_id="facebook:1", rows=[], fetched_at=at,
                   api_version_asked="v20.0", api_version_answered="v21.0"))  # fmt: skip
    assert list(seen.sentences) == ["facebook_pages"]
    assert "asked in version v20.0 and answered in v21.0" in seen.sentences["facebook_pages"]


@pytest.mark.parametrize(
    ("source", "version", "ends"),
    [
        ("facebook_pages", "v21.0", date(2027, 1, 21)),
        ("facebook_pages", "v26.0", None),  # in the list, and no end is known
        ("facebook_pages", "v99.0", None),
        ("files", "v21.0", None),  # no source of a platform
    ],
)
def test_the_end_of_a_version_is_known_by_the_source_that_asks_for_it(source, version, ends):
    assert end_of(source, version) == ends
