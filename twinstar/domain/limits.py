"""How a venue meters us: its quotas, the headers that tell what is used, the answers that mean stop."""

from __future__ import annotations

from enum import Enum

from msgspec import Struct


class Scope(Enum):
    """Whom a venue counts together."""

    IP = "ip"
    ACCOUNT = "account"
    KEY = "key"
    INSTRUMENT = "instrument"  # an account's requests for one instrument


class Quota(Struct, frozen=True):
    """``cap`` units in any ``per_s`` seconds."""

    name: str
    cap: float
    per_s: float
    scope: Scope = Scope.IP
    source: str = ""  # who says so, and when
    sure: bool = True  # read in the venue's own pages
    documented: float | None = None  # the cap before margin and configuration
    aligned: bool = False  # the venue counts from the full minute (second …) on; matters only for what its headers say


class Told(Enum):
    """What a header tells of a quota."""

    USED = "used"
    LEFT = "left"
    CAP = "cap"


class UsageHeader(Struct, frozen=True, kw_only=True):
    header: str
    quota: str
    tells: Told
    pattern: str = r"^\s*(\d+)\s*$"  # its first group is the number
    if_charged: bool = False  # it speaks of this quota only when the request was charged to it


class BanRule(Struct, frozen=True, kw_only=True):
    """An answer that means: stop. The first that fits counts; what is None fits anything."""

    status: int | None = None
    code: str | None = None
    stops: Scope | None = None  # all that is counted with this; None: only the quotas
    quotas: tuple[str, ...] = ()  # of those that the request was charged to; empty: all of them
    for_s: float  # where the answer does not say
    longest_s: float = 3_600.0  # the most that is believed
    grows: bool = (
        False  # each one that follows soon lasts twice as long as the one before, where the answer does not say
    )
    until: str | None = None  # a pattern in the answer's text; its first group is the end, UTC epoch ms


class Limits(Struct, frozen=True, kw_only=True):
    """All that is known of how a venue meters us."""

    venue: str  # by the name the venue itself is known by: those who name the same share
    quotas: tuple[Quota, ...] = ()
    usage: tuple[UsageHeader, ...] = ()
    bans: tuple[BanRule, ...] = ()
