from __future__ import annotations

import pytest

from pipelines.sandbox.world import World


@pytest.fixture(scope="session")
def world():
    return World(seed=7)


@pytest.fixture(scope="session")
def small():
    return World(seed=3, scale=0.2)
