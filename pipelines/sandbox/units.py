"""Who acts in the world: 21 authorities and their accounts. Populations and handles are invented."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

Platform = Literal[
    "facebook", "instagram", "x", "youtube", "mastodon", "bluesky", "threads", "tiktok", "linkedin",
]  # fmt: skip
PLATFORMS: tuple[Platform, ...] = ("facebook", "instagram", "x")
"""Where every authority may have an account, and where the study is made."""
ELSEWHERE: tuple[Platform, ...] = ("youtube", "mastodon", "bluesky", "threads", "tiktok", "linkedin")
"""Where two authorities each have an account besides: see `elsewhere.py`."""


@dataclass(frozen=True, slots=True)
class Unit:
    """One authority.

    Args:
        unit_id: text id.
        name: Swedish name.
        population: inhabitants, invented.
        starts: local day of its first post; None if it never posts.
        stops: local day from which it is silent again; None if it goes on.
        platforms: where it has an account; an account may be there and never be used.
        parent: the unit above it.
    """

    unit_id: str
    name: str
    population: int
    starts: date | None
    platforms: tuple[Platform, ...] = PLATFORMS
    stops: date | None = None
    parent: str = "riket"


@dataclass(frozen=True, slots=True)
class Account:
    """One account of a unit on a platform; `number` is its place in `World.accounts` or `Elsewhere.accounts`.

    `home` is the server it lives on, where the platform has several: a Mastodon instance. `native_id` then ends in it.
    """

    number: int
    platform: Platform
    native_id: str
    unit_id: str
    handle: str
    name: str
    opened_at: int
    home: str = ""

    @property
    def local_id(self) -> str:
        """Its id as its own server writes it: without the server's name."""
        return self.native_id.partition("@")[0] if self.home else self.native_id

    @property
    def account_id(self) -> str:
        """`platform:native_id`."""
        return f"{self.platform}:{self.native_id}"


COUNTRY = Unit("riket", "Riket", 0, None, (), parent="")

UNITS: tuple[Unit, ...] = (
    Unit("stockholm", "Stockholm", 2_450_000, date(2025, 2, 17)),
    Unit("uppsala", "Uppsala", 404_000, date(2025, 1, 13)),
    Unit("sodermanland", "Södermanland", 301_000, date(2025, 5, 5)),
    Unit("ostergotland", "Östergötland", 470_000, date(2025, 3, 10)),
    Unit("jonkoping", "Jönköping", 369_000, date(2025, 4, 7)),
    Unit("kronoberg", "Kronoberg", 204_000, date(2025, 6, 16), ("facebook", "instagram")),
    Unit("kalmar", "Kalmar", 247_000, date(2025, 7, 7)),
    Unit("gotland", "Gotland", 61_000, None, ()),
    Unit("blekinge", "Blekinge", 158_000, date(2025, 4, 14), ("facebook", "x"), stops=date(2025, 10, 13)),
    Unit("skane", "Skåne", 1_421_000, date(2025, 1, 27)),
    Unit("halland", "Halland", 343_000, date(2025, 3, 24)),
    Unit("vastra_gotaland", "Västra Götaland", 1_795_000, None, ()),
    Unit("varmland", "Värmland", 283_000, date(2025, 4, 21), ("facebook", "instagram")),
    Unit("orebro", "Örebro", 307_000, date(2025, 2, 3)),
    Unit("vastmanland", "Västmanland", 281_000, date(2025, 6, 2)),
    Unit("dalarna", "Dalarna", 288_000, None, ()),
    Unit("gavleborg", "Gävleborg", 288_000, None, ("facebook",)),
    Unit("vasternorrland", "Västernorrland", 243_000, date(2025, 8, 18)),
    Unit("jamtland", "Jämtland", 132_000, date(2025, 9, 8), ("facebook", "instagram")),
    Unit("vasterbotten", "Västerbotten", 278_000, date(2025, 3, 3)),
    Unit("norrbotten", "Norrbotten", 249_000, date(2025, 5, 19)),
)

_FIRST_ID: dict[Platform, int] = {
    "facebook": 100_064_500_000_101,
    "instagram": 17_841_400_000_001_784,
    "x": 2_900_000_042,
}


def make_accounts(opened: dict[str, int]) -> tuple[Account, ...]:
    """The accounts of all units, in the units' order.

    Args:
        opened: instant at which each unit's accounts were opened, seconds UTC.
    """
    accounts: list[Account] = []
    for place, unit in enumerate(UNITS):
        first = len(accounts)
        accounts.extend(
            Account(
                number=first + offset,
                platform=platform,
                native_id=str(_FIRST_ID[platform] + place * 1009),
                unit_id=unit.unit_id,
                handle=f"exempelpolisen_{unit.unit_id}"[:30],
                name=f"Exempelpolisen {unit.name}",
                opened_at=opened[unit.unit_id],
            )
            for offset, platform in enumerate(unit.platforms)
        )
    return tuple(accounts)
