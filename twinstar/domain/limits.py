"""How a venue meters us: its quotas, what a request weighs, what its headers tell, which answers mean stop."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import Enum

from msgspec import Struct


class Scope(Enum):
    """Whom a venue counts together."""

    IP = "ip"
    ACCOUNT = "account"
    KEY = "key"
    INSTRUMENT = "instrument"  # an account's requests for one instrument
    CONNECTION = "connection"  # what is sent on one socket


class Citation(Struct, frozen=True):
    """Who says so, and when it was read."""

    what: str
    date: date


class Quota(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``cap`` units in any ``per_s`` seconds."""

    name: str
    cap: float
    per_s: float
    scope: Scope = Scope.IP
    source: Citation | None = None
    sure: bool = True  # read there; not recalled, and not contradicted elsewhere
    aligned: bool = False  # its headers count from the full minute (second, …) of the venue's clock
    documented: float | None = None  # where ``cap`` is lower: what the source says


class Steps(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A weight that grows with a parameter; above the last step it is the endpoint's own."""

    param: str
    usual: float  # what the venue takes when it is not given
    upto: tuple[tuple[float, float], ...]  # (at most, weight), rising


class Endpoint(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a request is charged. ``steps`` and ``without`` change the weight of the quota that is named first."""

    charges: Mapping[str, float]
    steps: Steps | None = None
    without: Mapping[str, float] = {}  # the weight when a parameter is missing


class Told(Enum):
    """What a header tells of a quota."""

    USED = "used"
    LEFT = "left"
    CAP = "cap"


class UsageHeader(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    header: str
    tells: Told
    quota: str = ""  # empty: those that the request was charged to, other than by IP
    pattern: str = r"^\s*(\d+)\s*$"  # its first group is the number


class Stops(Enum):
    """What an answer brings to a stand."""

    IP = "ip"  # everything
    ACCOUNT = "account"  # everything that is counted by account, by key or by an account's instrument
    COUNTED = "counted"  # all that is counted as the request was: by IP, or by account
    QUOTAS = "quotas"  # only the quotas that the request was charged to


class BanRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An answer that means: stop. The first that fits counts; what is None fits anything."""

    status: int | None = None
    code: str | None = None
    stops: Stops
    quotas: tuple[str, ...] = ()  # with QUOTAS: only these of them
    for_s: float  # where the answer does not say
    longest_s: float = 3_600.0  # the most that is believed
    grows: bool = False  # where the answer does not say, each that follows soon lasts twice as long as the one before
    until: str | None = None  # a pattern in the answer's text; its first group is the end, UTC epoch ms
    seconds: str | None = None  # the same, in seconds from now


class Limits(Struct, frozen=True, kw_only=True):
    """All that is known of how a venue meters us."""

    venue: str  # by the name the venue itself is known by: those who name the same share
    quotas: tuple[Quota, ...] = ()
    endpoints: Mapping[str, Endpoint] = {}  # "GET /v1/candles/*": the first that fits
    usage: tuple[UsageHeader, ...] = ()
    bans: tuple[BanRule, ...] = ()
    prefixes: Mapping[str, str] = {}  # by an adapter's own name for a group of endpoints: where their paths begin
