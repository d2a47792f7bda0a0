"""Something a person should know."""

from __future__ import annotations

from enum import Enum

from msgspec import Struct

from twinstar.domain.market import InstrumentId


class Level(Enum):
    INFO = "info"
    WARNING = "warning"
    ALARM = "alarm"  # money may be at risk: act


class Notice(Struct, frozen=True, kw_only=True):
    level: Level
    text: str  # what is known, what is not, and the way out
    venue: str | None = None
    instrument: InstrumentId | None = None
