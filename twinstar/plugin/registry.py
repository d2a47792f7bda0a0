"""What config.yaml may name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from random import Random
from typing import Any, Generic, TypeVar

from msgspec import Struct

from twinstar.config import StrategyConfig, VenueConfig
from twinstar.domain import Candle, InstrumentId, Limits, Timeframe
from twinstar.errors import ConfigError, PluginError
from twinstar.ports import (
    CandleStore,
    Clock,
    Entry,
    Journal,
    Notifier,
    RateLimiter,
    Record,
    Stored,
    Strategy,
    Tape,
    Venue,
    VenueClock,
)

T = TypeVar("T")
V = TypeVar("V", bound=VenueConfig)
S = TypeVar("S", bound=StrategyConfig)


class SimEndpoint(Struct, frozen=True, kw_only=True):
    """Where the simulated exchange serves one venue. Its keys open nothing but the simulation."""

    url: str
    api_key: str
    secret: str
    passphrase: str | None = None  # None: the key
    account: str | None = None  # its `account_name`, where what a real venue told is played; None: the simulated one
    market_speed: float = 1.0  # market seconds a real second

    def address(self, url: str) -> str:
        """Where it serves what the venue has at ``url``: the venue's host becomes the first segment of the path."""
        scheme, _, rest = url.partition("://")
        base = self.url.rstrip("/")
        return f"{'ws' + base.removeprefix('http') if scheme.startswith('ws') else base}/{rest}"

    def __repr__(self) -> str:
        return f"SimEndpoint(url={self.url!r})"


class VenueContext(Struct, frozen=True, kw_only=True):
    """What a venue is given besides its configuration.

    Nothing is sent without a permit of the ``limiter``'s; ``limits`` are those in force (`Tariff` reads them).
    ``venue_clock``: the time to sign with, where a signature holds one. ``endpoint``: with ``mode: sim``, the simulated
    exchange's address for this venue (``http://127.0.0.1:port``) and its keys; None otherwise. ``state_dir``: where to
    keep what must outlive the process, in files named after the venue; None where nobody is going to trade. ``tape``:
    where to tell what goes over the wire; None where nobody wants it.
    """

    id: str
    clock: Clock
    venue_clock: VenueClock
    random: Random
    limiter: RateLimiter
    limits: Limits
    endpoint: SimEndpoint | None = None
    state_dir: Path | None = None
    tape: Tape | None = None


class VenueType(Struct, Generic[V], frozen=True):
    """A venue that may be named as ``type`` in config.yaml."""

    name: str
    config: type[V]
    make: Callable[[V, VenueContext], Venue]
    limits: Callable[[str, V], Limits]


class StrategyType(Struct, Generic[S], frozen=True):
    name: str
    config: type[S]
    make: Callable[[S], Strategy]


class JournalType(Struct, frozen=True):
    """``make`` opens it for the one writer, ``entries`` for anybody beside it; both are given the state directory."""

    make: Callable[[Path, Clock], Journal]
    entries: Callable[[Path], Iterable[Entry]]

    def read(self, state_dir: Path) -> Iterator[Record]:
        return (entry.record for entry in self.entries(state_dir))


class StoreType(Struct, frozen=True):
    """``make`` opens it for the one writer, the others for anybody beside it; all are given its directory.

    ``read`` and ``table`` have the candles that open in ``[from_ms, until_ms)``, in order, as candles and as a
    `pyarrow.Table` of exact decimals (open_ms, open, high, low, close, volume, source).
    """

    make: Callable[[Path], CandleStore]
    summary: Callable[[Path], Mapping[tuple[InstrumentId, Timeframe], Stored]]
    read: Callable[[Path, InstrumentId, Timeframe, int | None, int | None], Sequence[Candle]]
    table: Callable[[Path, InstrumentId, Timeframe, int | None, int | None], Any]


class Registry:
    """Passed to `twinstar_register`; every name may be taken once in its kind."""

    def __init__(self) -> None:
        self._venues: dict[str, VenueType[Any]] = {}
        self._strategies: dict[str, StrategyType[Any]] = {}
        self._journals: dict[str, JournalType] = {}
        self._stores: dict[str, StoreType] = {}
        self._notifiers: dict[str, Callable[[], Notifier]] = {}
        self._commands: dict[str, Callable[[], Any]] = {}

    def venue(
        self,
        name: str,
        config: type[V],
        make: Callable[[V, VenueContext], Venue],
        *,
        limits: Callable[[str, V], Limits] = lambda venue_id, _: Limits(venue=venue_id),
    ) -> None:
        """``limits``: what a venue of this name and configuration meters."""
        _add(self._venues, name, VenueType(name, config, make, limits), "venue type")

    def strategy(self, name: str, config: type[S], make: Callable[[S], Strategy]) -> None:
        _add(self._strategies, name, StrategyType(name, config, make), "strategy")

    def journal(
        self, name: str, make: Callable[[Path, Clock], Journal], *, entries: Callable[[Path], Iterable[Entry]]
    ) -> None:
        """Both may raise `StateError`."""
        _add(self._journals, name, JournalType(make, entries), "journal")

    def store(
        self,
        name: str,
        make: Callable[[Path], CandleStore],
        *,
        summary: Callable[[Path], Mapping[tuple[InstrumentId, Timeframe], Stored]],
        read: Callable[[Path, InstrumentId, Timeframe, int | None, int | None], Sequence[Candle]],
        table: Callable[[Path, InstrumentId, Timeframe, int | None, int | None], Any],
    ) -> None:
        """All may raise `StateError`, ``read`` and ``table`` where what they were asked for is damaged."""
        _add(self._stores, name, StoreType(make, summary, read, table), "store")

    def notifier(self, name: str, make: Callable[[], Notifier]) -> None:
        _add(self._notifiers, name, make, "notifier")

    def command(self, name: str, make: Callable[[], Any]) -> None:
        """``make`` returns a `click.Command` or group, which becomes ``twinstar NAME``. Ours cannot be replaced."""
        _add(self._commands, name, make, "command")

    def copy(self) -> Registry:
        """A registry with the same names, to try a plugin on."""
        other = Registry()
        other._venues |= self._venues
        other._strategies |= self._strategies
        other._journals |= self._journals
        other._stores |= self._stores
        other._notifiers |= self._notifiers
        other._commands |= self._commands
        return other

    def venue_type(self, name: str) -> VenueType[Any]:
        return _find(self._venues, name, "venue type")

    def strategy_type(self, name: str) -> StrategyType[Any]:
        return _find(self._strategies, name, "strategy")

    def journal_type(self, name: str) -> JournalType:
        return _find(self._journals, name, "journal")

    def store_type(self, name: str) -> StoreType:
        return _find(self._stores, name, "store")

    def make_notifiers(self) -> tuple[Notifier, ...]:
        return tuple(make() for make in self._notifiers.values())

    @property
    def commands(self) -> Mapping[str, Callable[[], Any]]:
        return self._commands

    @property
    def names(self) -> Mapping[str, tuple[str, ...]]:
        """Everything that can be named, by kind; what ``twinstar plugins`` and the schema are made of."""
        kinds: dict[str, Mapping[str, object]] = {
            "venue": self._venues,
            "strategy": self._strategies,
            "journal": self._journals,
            "store": self._stores,
            "notifier": self._notifiers,
        }
        return {kind: tuple(sorted(names)) for kind, names in kinds.items()}


def _add(names: dict[str, T], name: str, value: T, kind: str) -> None:
    if name in names:
        raise PluginError(f"{kind} {name!r} is registered twice")
    names[name] = value


def _find(names: dict[str, T], name: str, kind: str) -> T:
    try:
        return names[name]
    except KeyError:
        near = get_close_matches(name, names, 1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        known = ", ".join(sorted(names))
        raise ConfigError(f"no {kind} {name!r}; there are: {known}{hint}") from None
