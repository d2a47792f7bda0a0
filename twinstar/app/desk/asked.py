"""What a person asks about the account, and the shape of what is answered."""

from __future__ import annotations

from typing import Generic, TypeVar

from msgspec import Struct

from twinstar.config import Settings
from twinstar.domain import InstrumentId
from twinstar.errors import ConfigError

T = TypeVar("T")

LAST = 50


class Asked(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All of it where nothing is named. ``since_ms`` is UTC; ``last``: so many at most, the newest."""

    venues: tuple[str, ...] = ()
    instruments: tuple[str, ...] = ()
    open_only: bool = False
    since_ms: int | None = None
    last: int = LAST

    def is_about(self, of: InstrumentId) -> bool:
        return (not self.venues or of.venue in self.venues) and (not self.instruments or str(of) in self.instruments)

    def is_about_venue(self, venue: str) -> bool:
        """An instrument that is named names its venue."""
        named = {InstrumentId.parse(text).venue for text in self.instruments}
        return (not self.venues or venue in self.venues) and (not named or venue in named)

    def reaches(self, time_ms: int) -> bool:
        return self.since_ms is None or time_ms >= self.since_ms


class Answer(Struct, Generic[T], frozen=True, kw_only=True, omit_defaults=True):
    """``source``: "service" as it is now, or "journal" as it was at ``as_of_ms`` (null: nothing was journaled)."""

    source: str
    now_ms: int
    as_of_ms: int | None
    rows: list[T]
    total: list[T] = []


def checked(asked: Asked, settings: Settings) -> list[str]:
    """The instruments that are named and not configured: the past may know them, or nobody.

    Raise `ConfigError` for a name that cannot be one, and for a venue that is not configured.
    """
    strange = []
    for venue in asked.venues:
        _refuse_unless_configured(venue, settings)
    for text in asked.instruments:
        try:
            of = InstrumentId.parse(text)
        except ValueError as e:
            raise ConfigError(str(e)) from None
        _refuse_unless_configured(of.venue, settings)
        if of.symbol not in settings.venues[of.venue][1].instruments:
            strange.append(text)
    return strange


def _refuse_unless_configured(venue: str, settings: Settings) -> None:
    if venue not in settings.venues:
        raise ConfigError(f"no venue {venue!r}; there are: {', '.join(sorted(settings.venues))}")
