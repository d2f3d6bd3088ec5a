"""Expectations of the data as a whole: what no single model can promise, as suites that Great Expectations runs.

A model's own promises (key, columns, arithmetic) stand in its header and block its table. The suites look at what is
built: volumes, freshness, ranges, drift, sums that must agree between tables, what belongs together, what is missing.
"""

from pipelines.quality.expectations import Expectation, Severity, Suite
from pipelines.quality.gate import gate, refuse
from pipelines.quality.own import own_suites
from pipelines.quality.results import CheckResult, Standing, blocking
from pipelines.quality.run import run_suites
from pipelines.quality.suites import SUITES

__all__ = [
    "SUITES",
    "CheckResult",
    "Expectation",
    "Severity",
    "Standing",
    "Suite",
    "blocking",
    "gate",
    "own_suites",
    "refuse",
    "run_suites",
]
