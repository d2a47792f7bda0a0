"""What a limiter is told of a request and of its answer, and what it says of itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from enum import IntEnum

from msgspec import Struct

WS_CONNECT = "ws connect"
WS_MESSAGE = "ws message"


class Lane(IntEnum):
    """Who goes first when not all may go."""

    PROTECT = 0  # cancels, protective stops, what closes a position
    TRADE = 1  # new orders
    ACCOUNT = 2  # reads of the account
    MARKET = 3  # market data, listings, connections
    BACKFILL = 4  # history


_lane: ContextVar[Lane] = ContextVar("lane", default=Lane.MARKET)


def current_lane() -> Lane:
    """The one that whoever asks has chosen."""
    return _lane.get()


@contextmanager
def in_lane(lane: Lane) -> Iterator[None]:
    """What is requested inside takes this lane."""
    token = _lane.set(lane)
    try:
        yield
    finally:
        _lane.reset(token)


class Charge(Struct, frozen=True, gc=False):
    quota: str
    weight: float = 1.0


class Call(Struct, frozen=True, gc=False):
    """A request that is about to be sent."""

    what: str  # "GET /fapi/v1/klines"; WS_CONNECT and WS_MESSAGE for sockets
    charges: tuple[Charge, ...]
    lane: Lane = Lane.MARKET
    about: str | None = None  # the instrument or the connection, where one is counted by itself


class Permit(Struct, frozen=True, gc=False):
    """A request may be sent. It counts as on its way until the limiter is told what became of it."""

    call: Call
    number: int


class Answer(Struct, frozen=True):
    """What came back, as far as a limiter cares."""

    status: int
    headers: Mapping[str, str]
    code: str | None = None  # the venue's own error code
    text: str = ""


class Ban(Struct, frozen=True, kw_only=True):
    """Nothing is sent until then."""

    stopped: str  # "ip", "account", or a quota's name
    until_ms: int
    reason: str


class QuotaUse(Struct, frozen=True, kw_only=True):
    quota: str
    scope: str
    cap: float
    per_s: float
    used: float  # in the window that ends now, by everybody as far as known
    left: float
    utilisation: float  # used / cap
    ours: float = 0.0  # of that, what the TwinStars of this user have let go
    most: float | None = None  # the cap, before a venue that allows less was asked for less


class LaneWaits(Struct, frozen=True, kw_only=True):
    """How long the requests of a lane waited, those among them that went at once."""

    lane: str
    requests: int
    waiting: int
    mean_ms: float
    p99_ms: float
    longest_ms: float


class LimiterStats(Struct, frozen=True, kw_only=True):
    """``metered``: REST requests that were let go, less those that were given back unsent."""

    metered: int = 0
    connections: int = 0
    messages: int = 0
    refused: int = 0  # told to come back later, or that they are too heavy
    on_the_way: int = 0
    lanes: tuple[LaneWaits, ...] = ()
    quotas: tuple[QuotaUse, ...] = ()
    bans: tuple[Ban, ...] = ()
