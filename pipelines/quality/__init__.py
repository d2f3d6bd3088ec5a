"""Expectations of the data as a whole: what no single model can promise, as suites that Great Expectations runs.

A model's own promises (key, columns, arithmetic) stand in its header and block its table. The suites look at what is
built: volumes, ranges, freshness, sums that must agree between tables.
"""

from pipelines.quality.expectations import Expectation, Severity, Suite
from pipelines.quality.gate import gate
from pipelines.quality.results import CheckResult, blocking, record
from pipelines.quality.run import run_suites
from pipelines.quality.suites import SUITES

__all__ = ["SUITES", "CheckResult", "Expectation", "Severity", "Suite", "blocking", "gate", "record", "run_suites"]
