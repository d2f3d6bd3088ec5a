"""What may be different in another world: the effects and laws that a measurement has to find."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Parameters:
    """The truth behind the tips.

    Args:
        tips_per_1000_inhabitants: background tips a year. With a third fewer, one world in thirteen could not tell a
            missed target from chance: three quarters of what T1 compares with are then one authority's own counts.
        yearly_trend: what a year multiplies the background by.
        television_effect: what the programme of October 2025 multiplies it by, everywhere.
        effect_net: tips added where a unit posts, as a share of what it would have received; the true rate ratio of
            units that post is 1 + this.
        displaced: share of an appeal's tips that would have come anyway, by another way.
        lag_median_hours, lag_sigma: the lognormal law of the time between an appeal and a tip that it caused.
        rung_shares: of the tips an appeal caused: by the post's link, naming the case, naming the platform, leaving no
            trace.
        misreports: of the background: tips that name a case, or a platform, without having been caused by an appeal.
    """

    tips_per_1000_inhabitants: float = 5.0
    yearly_trend: float = 1.03
    television_effect: float = 1.10
    effect_net: float = 0.152
    displaced: float = 0.20
    lag_median_hours: float = 10.0
    lag_sigma: float = 1.10
    rung_shares: tuple[float, float, float, float] = (0.35, 0.21, 0.15, 0.29)
    misreports: tuple[float, float] = (0.0012, 0.0030)
