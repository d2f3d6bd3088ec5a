"""What a platform may refuse, as errors: which kind of answer raises which, and what to do about it."""

from __future__ import annotations

from pipelines.errors import CredentialError, SourceError, SyfteError
from pipelines.sources.outcomes import Kind, Outcome


class GoneError(SourceError):
    """The object is not there, or the token may not see it."""


class TokenRefusedError(CredentialError):
    """The platform refuses the token itself: no other request with it can succeed, a renewed one may."""


class InvalidMetricError(SourceError):
    """One metric of the request is not offered, and the platform refuses the whole request."""


class NotOfferedError(SourceError):
    """The object has no such figures, and will not get them."""


class ReduceError(SourceError):
    """The platform asks us to ask for less at a time."""


class ExhaustedError(SourceError):
    """The account's credit is spent: every further request of this source would be refused."""


REFUSALS: dict[Kind, type[SyfteError]] = {
    Kind.CREDENTIAL: CredentialError,
    Kind.PERMANENT: SourceError,
    Kind.REDUCE: ReduceError,
    Kind.INVALID_METRIC: InvalidMetricError,
    Kind.NOT_OFFERED: NotOfferedError,
    Kind.GONE: GoneError,
    Kind.EXHAUSTED: ExhaustedError,
}


def refusal_of(outcome: Outcome) -> type[SyfteError]:
    """The error of a final refusal."""
    is_dead_token = outcome.is_dead and outcome.kind is Kind.CREDENTIAL
    return TokenRefusedError if is_dead_token else REFUSALS[outcome.kind]


ADVICE = {
    Kind.GONE: "Check the account's id in goals.yaml, and that the token's owner may see the account.",
    Kind.REDUCE: "The platform cannot give even one object at a time: try again later.",
}
