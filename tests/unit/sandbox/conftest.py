from __future__ import annotations

import pytest

from pipelines.sandbox.clock import SandboxClock
from pipelines.sandbox.server import make_sandbox
from pipelines.sandbox.world import World
from tests.unit.sandbox.asking import NOW


@pytest.fixture(scope="session")
def world():
    return World(seed=7)


@pytest.fixture(scope="session")
def small():
    return World(seed=3, scale=0.2)


@pytest.fixture
def sandbox(world):
    return make_sandbox(world, clock=SandboxClock(NOW), app_secret="s3cret")


@pytest.fixture
def page(world):
    return world.accounts[0]


@pytest.fixture
def insta(world):
    return world.accounts[1]


@pytest.fixture
def bird(world):
    return world.accounts[2]
