"""What must never be, by kind."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple


class Kind(Enum):
    DOUBLED = "orders doubled"
    UNJOURNALED = "orders sent before they were journaled"
    MISJUDGED = "orders ended otherwise than we believe"
    LOST = "fills lost"
    POSITION = "positions wrong"
    NOT_OURS = "what is not ours sold"
    NOT_ALONE = "entries beside another service"
    PROFIT = "profit wrong"
    UNPROTECTED = "unprotected beyond the bound"
    CANDLES = "candles wrong"
    SILENT = "feeds silent"
    TRIPPED = "invariants tripped"
    ENDED = "service ended by itself"
    ALARM = "alarms in calm"


class Violation(NamedTuple):
    kind: Kind
    what: str
