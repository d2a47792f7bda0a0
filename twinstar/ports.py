"""What the core asks of the outside, and nothing more.

A venue is a value made of what it can do: streams always, a listing, history and trading if it has them. To change
one of its powers, replace that part. Every method may raise what `twinstar.errors` lists under `VenueError`; nothing
else that a venue raises is caught.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Literal, Protocol, TypeAlias, runtime_checkable

from msgspec import Struct

from twinstar.domain import (
    Answer,
    Call,
    Candle,
    Command,
    Event,
    Instrument,
    InstrumentId,
    Intent,
    LimiterStats,
    Limits,
    Notice,
    Order,
    Permissions,
    Permit,
    Position,
    Terms,
    Timeframe,
)

Stream: TypeAlias = AsyncGenerator[Event, None]
Record: TypeAlias = Event | Command


class Clock(Protocol):
    """The only source of time, so that a replay can supply its own."""

    def now_ms(self) -> int:
        """Wall time, UTC epoch ms; may step."""
        ...

    def monotonic_s(self) -> float:
        """For ages and time-outs; never goes back."""
        ...

    async def sleep(self, seconds: float) -> None: ...


class Tape(Protocol):
    """Where a venue's frames and answers are kept for a while. Nothing of it waits or raises; secrets are left out."""

    def open(self, url: str) -> int:
        """A WebSocket stands; what this gives names it from now on."""
        ...

    def frame(self, line: int, what: Literal["<", ">"], data: str | bytes) -> None:
        """``<`` is what the venue says, ``>`` what we say."""
        ...

    def close(self, line: int) -> None: ...

    def exchange(self, method: str, url: str, body: object, status: int, answer: str | bytes) -> None:
        """A request, and what was answered; headers are not kept. A ``body`` is text, or the fields of a form."""
        ...


class TimeSample(Struct, frozen=True, kw_only=True):
    """A venue's answer to what time it is: at some moment between sending and receiving (monotonic seconds) its clock
    showed ``venue_ms``, or up to ``resolution_ms`` more.
    """

    sent_s: float
    received_s: float
    venue_ms: int
    resolution_ms: int = 1


class VenueClock(Protocol):
    """The time at a venue, for whoever signs. Steps of our wall clock do not touch it."""

    def now_ms(self) -> int:
        """UTC epoch ms by the venue's clock; by ours until it has been asked."""
        ...

    def doubt(self) -> None:
        """The venue refused a timestamp of ours: it will be asked for its time at once."""
        ...


class Wanted(Struct, frozen=True):
    """What is to be listened to."""

    instruments: tuple[InstrumentId, ...]
    timeframe: Timeframe


class FundingSought(Struct, frozen=True, kw_only=True):
    """The funding of these instruments from ``since_ms`` on, other than the payments that are known."""

    instruments: frozenset[InstrumentId]
    since_ms: int
    known: frozenset[str] = frozenset()


class Gap(Struct, frozen=True, kw_only=True):
    """What we may have missed: the fate of these orders, all that are not final to our knowledge; and funding."""

    orders: tuple[Order, ...] = ()
    funding: FundingSought | None = None  # None: not this time


class Listing(Protocol):
    async def instruments(self, symbols: Sequence[str]) -> Sequence[Instrument]:
        """The venue's own steps and minimums. Raise `ConfigError` naming each symbol it does not have."""
        ...


class Streams(Protocol):
    def open(self, wanted: Wanted) -> Iterable[Stream]:
        """One stream for each thing that may fail by itself; the core runs each in a task of its own.

        A stream's first event is `StreamOpened`, once its subscription stands. Closed candles come in order, each
        once, from the first that was followed from its beginning. Raise `VenueUnavailable` when the line is lost,
        `AuthFailed` when the venue refuses us. A frame that cannot be read is dropped and counted, never raised.
        Never spawn tasks.
        """
        ...


class History(Protocol):
    async def candles(
        self, instrument: InstrumentId, timeframe: Timeframe, from_ms: int, until_ms: int
    ) -> Sequence[Candle]:
        """Closed candles that open in ``[from_ms, until_ms)``, oldest first, as many pages as it takes.

        What the venue has no candle for is not in it. Raise `VenueUnavailable`, `BadMessage` or `VenueRejected` rather
        than return a part.
        """
        ...


class Trading(Protocol):
    async def place(self, order: Order) -> str:
        """Send it once, with ``order_id`` as client order id; return the venue's order id.

        `VenueRejected`: refused by an answer that is known to mean so. Anything else that goes wrong is
        `OutcomeUnknown`. Quantities are in the base asset.
        """
        ...

    async def cancel(self, order: Order) -> None:
        """Ask for it; that it is canceled the streams or `account` will say. `VenueRejected`, `OutcomeUnknown`."""
        ...

    async def account(self, gap: Gap) -> Sequence[Event]:
        """What became of each order of ``gap`` (accepted, every fill, canceled, expired), then one `AccountSeen`.

        Before that, each `FundingPaid` that ``gap`` seeks, where the venue tells; a failure there holds nothing up.
        Fills may be told again: they are counted once by ``fill_id``. An order in doubt that the venue does not
        know is `OrderRejected` only when it has been in doubt (``status_ms``, our clock) for longer than the venue
        may take to show an order; until then nothing is said of it. Of one in doubt that was to be changed
        (``asked``) `OrderAmended` tells the terms that stand, as what ``answers`` it: at once when they are those or it
        has been filled, else after that time.
        Raise `VenueUnavailable`, `BadMessage` or `VenueRejected` when any part of the reading failed: half an answer
        is none.
        """
        ...


@runtime_checkable
class Amending(Trading, Protocol):
    """What trading is besides where an `Instrument` says that the venue ``amends_stops``."""

    async def amend(self, order: Order, terms: Terms) -> str:
        """Change it where it stands, in one request; return the venue's order id, which may be a new one.

        `VenueUnavailable`: not sent. `VenueRejected`, `OutcomeUnknown`: what stands now `account` will say.
        """
        ...


@runtime_checkable
class Expecting(Trading, Protocol):
    """What trading is besides where it takes a while to make an order ready, as to sign it does."""

    def expect(self, order: Order) -> None:
        """It is being made durable, and is likely to be placed then. Send nothing, wait for nothing, raise nothing."""
        ...


class Venue(Struct, frozen=True, kw_only=True):
    """A place to listen to, and perhaps to trade at."""

    id: str
    streams: Streams
    listing: Listing | None = None
    history: History | None = None
    trading: Trading | None = None
    pulse: Callable[[InstrumentId], Awaitable[int | None]] | None = None  # when it last traded, by the market's clock
    market_speed: float = 1.0  # market seconds a real second; only a simulated market is faster
    limits: Callable[[], LimiterStats] | None = None  # its limiter; the core fills it in
    usage: Callable[[], Mapping[str, float]] | None = None  # requests, frames, bad_frames, reconnects … so far
    ask_time: Callable[[], Awaitable[TimeSample]] | None = None  # the core asks now and then, and keeps a `VenueClock`
    signs_its_time: bool = True  # what is sent bears its time; false: a question a minute is enough to know it by
    permissions: Callable[[], Awaitable[Permissions]] | None = None  # of the key; None: the venue does not tell
    recall: Callable[[Order], None] | None = None  # ours, sent by another process; None: its news say so themselves
    close: Callable[[], Awaitable[None]] | None = None


class Recovery(Protocol):
    """How to catch up: after a restart (restore), or after a gap or a doubt (resync)."""

    def __call__(self, venue: Venue, gap: Gap) -> Stream: ...


class RateLimiter(Protocol):
    """Paces what is sent to one venue. Nothing may leave without a permit."""

    async def acquire(self, call: Call) -> Permit:
        """Wait until all that ``call`` is charged may be spent, then spend it: all of it or nothing.

        `VenueUnavailable` at once, with the time left, while the venue has stopped us for longer than a moment;
        `VenueRejected` for what is heavier than a cap. Cancelling costs nothing. A quota that is not known falls under
        ``default``.
        """
        ...

    def settle(self, permit: Permit, answer: Answer | None = None) -> None:
        """What was sent has been answered, or (None) will not be. Until then it counts as on its way."""
        ...

    def give_back(self, permit: Permit) -> None:
        """It was not sent after all."""
        ...

    def stats(self) -> LimiterStats: ...
    def close(self) -> None: ...


class Metering(Struct, frozen=True, kw_only=True):
    """What a limiter is made for.

    ``place``: those whom the venue counts together name the same. ``account``: whose keys are used, as a digest; empty
    without keys.
    """

    venue: str
    place: str
    account: str
    limits: Limits
    clock: Clock


class View(Protocol):
    """What a strategy may look at."""

    def position(self, instrument: InstrumentId) -> Position: ...
    def instrument(self, instrument: InstrumentId) -> Instrument: ...
    def candles(self, instrument: InstrumentId, count: int) -> Sequence[Candle]:
        """The last ``count`` closed candles, oldest first; fewer when there are fewer. Gaps are not filled in."""
        ...

    def last_price(self, instrument: InstrumentId) -> Decimal | None: ...


class Strategy(Protocol):
    """Keep nothing between calls that a restart would lose: what there is to know is in the view.

    One that has an attribute ``candles_needed`` is not asked before there are so many, without a hole.
    """

    def on_candle(self, candle: Candle, view: View) -> Iterable[Intent]:
        """Decide. No I/O and no clock: the same candles give the same wishes."""
        ...


class Entry(Struct, frozen=True):
    """A record and its place in the journal; ``time_ms`` is when it was appended, by our clock."""

    seq: int
    time_ms: int
    record: Record


class Journal(Protocol):
    """Everything that happened to orders and money, in order; state is what replaying it yields."""

    def append(self, record: Record) -> int:
        """Give the record its place at once and return it; it is on disk once `durable` returns. Never waits."""
        ...

    async def durable(self, place: int) -> None:
        """Return when the record at ``place``, and so all before it, would survive a crash. Raise `StateError`."""
        ...

    def read(self) -> Iterable[Record]:
        """All records, oldest first. Raise `StateError` naming the file and the row that cannot be trusted."""
        ...

    async def close(self) -> None: ...


class CandleStore(Protocol):
    """Closed candles that anybody can query."""

    async def append(self, candles: Sequence[Candle]) -> None:
        """Merge: in order, each interval once, the newest word wins, never fewer rows after than before.

        On disk when it returns. Raise `OSError` or `StateError` when it is not.
        """
        ...

    def summary(self) -> Mapping[tuple[InstrumentId, Timeframe], Stored]:
        """What there is, without reading all of it."""
        ...

    async def read(
        self, instrument: InstrumentId, timeframe: Timeframe, from_ms: int | None = None, until_ms: int | None = None
    ) -> Sequence[Candle]:
        """What opens in ``[from_ms, until_ms)``, oldest first."""
        ...

    async def close(self) -> None: ...


class Stored(Struct, frozen=True):
    rows: int
    first_open_ms: int
    last_open_ms: int


class Notifier(Protocol):
    def notify(self, notice: Notice) -> None:
        """Never waits and never raises."""
        ...


JsonObject: TypeAlias = dict[str, Any]
