"""Dagster's sensor: off until somebody is to be told, and evaluated for real."""

from __future__ import annotations

import dagster as dg
import pytest

from pipelines.errors import SourceError
from pipelines.project import Project
from tests.integration.projects import plain_project


@pytest.fixture
def sensor(tmp_path, monkeypatch):
    """The sensor as it is defined for a project, with or without a webhook, and its project."""

    def made(**variables):
        project = Project(plain_project(tmp_path))
        monkeypatch.setenv("SYFTE_PROJECT_DIR", str(project.root))
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        from pipelines.defs.notices import notices

        [found] = notices().sensors
        return found, project

    return made


def test_it_is_off_until_somebody_is_to_be_told(sensor):
    found, _ = sensor()
    assert found.default_status is dg.DefaultSensorStatus.STOPPED
    found, _ = sensor(SYFTE_NOTIFY__WEBHOOK="http://127.0.0.1:9/T0/B0")
    assert found.default_status is dg.DefaultSensorStatus.RUNNING


def test_it_starts_no_run_and_says_that_there_is_nothing_new(sensor):
    found, project = sensor(SYFTE_NOTIFY__WEBHOOK="http://127.0.0.1:9/T0/B0")
    with dg.DagsterInstance.ephemeral() as instance:
        context = dg.build_sensor_context(instance, resources={"project": project})
        said = found.evaluate_tick(context)
    assert said.run_requests == []
    assert said.skip_message == "Nothing new."


def test_what_cannot_be_sent_fails_the_tick_and_is_tried_again(sensor):
    found, project = sensor(
        SYFTE_NOTIFY__WEBHOOK="http://127.0.0.1:9/T0/B0",
        SYFTE_NOW="2026-09-01T06:00:00Z",
        SYFTE_FACEBOOK_PAGES__TOKEN="a-token-of-nobody",
        SYFTE_FACEBOOK_PAGES__API_VERSION="v20.0",
    )
    with dg.DagsterInstance.ephemeral() as instance:
        for _ in range(2):
            context = dg.build_sensor_context(instance, resources={"project": project})
            with pytest.raises(SourceError, match="cannot be reached"):
                found(context)
