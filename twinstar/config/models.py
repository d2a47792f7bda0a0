"""config.yaml as typed models: what may be in it, and what is wrong with one section on its own."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from twinstar.config.symbols import check_instrument_id, check_symbol
from twinstar.domain import Timeframe


class Model(BaseModel):
    """Base of every section: unknown keys are refused, nothing changes after loading, no value is echoed in errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    @field_validator("*", mode="before")
    @classmethod
    def _means_what_it_says(cls, value: object, info: ValidationInfo) -> object:
        """``timeout: "10"`` and ``live: "false"`` are mistakes; pydantic alone would take them."""
        wanted = _plain_types(cls.model_fields[info.field_name or ""].annotation)
        if bool in wanted and value is not None and not isinstance(value, bool):
            raise PydanticCustomError("bool_type", "must be true or false")
        if wanted & {int, float, Decimal} and str not in wanted:
            if isinstance(value, bool) and bool not in wanted:
                raise PydanticCustomError("number", "must be a number, got true or false")
            if isinstance(value, str) and Decimal not in wanted:
                raise PydanticCustomError("number", "must be a number, got text; remove the quotes")
        return value


def _plain_types(annotation: Any) -> set[Any]:
    """The types a value may have, looking into unions but not into containers."""
    if isinstance(annotation, type) or not get_args(annotation):
        return {annotation}
    if hasattr(annotation, "__metadata__"):
        return _plain_types(get_args(annotation)[0])
    if hasattr(annotation, "__origin__") and isinstance(annotation.__origin__, type):
        return {annotation.__origin__}
    return set().union(*(_plain_types(part) for part in get_args(annotation)))


_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")


def _check_name(name: str) -> str:
    if not _NAME.fullmatch(name):  # it becomes part of file names and of symbol@venue
        raise ValueError("a name has up to 32 of a-z, 0-9, _ and -, and begins with a letter or digit")
    return name


def _check_timeframe(text: str) -> str:
    known = [timeframe.value for timeframe in Timeframe]
    if text not in known:
        spelt = re.fullmatch(r"([0-9]+) *([mhdw])[a-z]*", text.lower())
        near = {"60m": "1h", "24h": "1d", "7d": "1w"}.get(text) or (spelt and f"{spelt[1]}{spelt[2]}")
        hint = f"; did you mean {near!r}?" if near in known else ""
        raise ValueError(f"{text!r} is not a timeframe; there are: {', '.join(known)}{hint}")
    return text


def _check_unique(values: tuple[str, ...]) -> tuple[str, ...]:
    twice = sorted({value for value in values if values.count(value) > 1})
    if twice:
        raise ValueError(f"given twice: {', '.join(twice)}; keep one")
    return values


def _check_time(text: str) -> str:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is not an ISO time; write it as 2026-09-01T00:00:00Z") from None
    if moment.tzinfo is not None and moment.utcoffset() != UTC.utcoffset(None):
        raise ValueError("times are UTC; convert it, and end it with Z")
    return text


Name = Annotated[str, AfterValidator(_check_name)]
Symbol = Annotated[str, AfterValidator(check_symbol)]
SymbolAtVenue = Annotated[str, AfterValidator(check_instrument_id)]
TimeframeName = Annotated[
    str,
    AfterValidator(_check_timeframe),
    WithJsonSchema({"type": "string", "enum": [timeframe.value for timeframe in Timeframe]}),
]
Unique = AfterValidator(_check_unique)
_SCHEMA_UNIQUE: Final = {"uniqueItems": True}


class Mode(Enum):
    SIM = "sim"  # the simulated exchange, on loopback, over the venue's own protocol
    PAPER = "paper"  # the real venue's market data, orders filled here
    TESTNET = "testnet"  # the venue's own test environment
    LIVE = "live"  # real money; wants i_accept_real_orders: true


class SimMarketConfig(Model):
    """One market of the simulated exchange: a seeded random walk, or the replay of a file of candles."""

    start_price: Annotated[Decimal, Field(gt=0)] | None = None
    volatility: Annotated[float, Field(ge=0, le=10)] = 0.8  # a year's standard deviation
    drift: Annotated[float, Field(ge=-100, le=100)] = 0.0  # a year's log return
    replay: Path | None = None  # CSV (also .gz) or Parquet of one-minute candles: time, open, high, low, close, volume
    start: Annotated[str, AfterValidator(_check_time)] | None = None  # replay from here: ISO time, UTC
    minutes: Annotated[int, Field(gt=0)] | None = None  # and no more than this many
    cut: tuple[Annotated[int, Field(ge=0)], ...] = ()  # leave out these minutes (counted from the start), as an outage

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if self.replay is not None and self.start_price is not None:
            raise _at("start_price", "a replay brings its own prices; remove start_price or replay")
        if self.replay is None and self.start is not None:
            raise _at("start", "only a replay has a start; name its file under replay, or remove start")
        return self


class SimVenueConfig(Model):
    balances: dict[str, Annotated[Decimal, Field(ge=0)]] = {}
    markets: dict[Symbol, SimMarketConfig] = {}  # by symbol; what is not named gets a seeded walk


class SimConfig(Model):
    """The simulated exchange of all venues with ``mode: sim``."""

    seed: int = 1
    speed: Annotated[float, Field(gt=0, le=1_000_000)] = 1.0  # market seconds a wall second
    history: Annotated[int, Field(ge=0, le=100_000)] = 300  # minutes of a seeded market that lie before its start
    wait_for_reader: bool = False  # the market stands still until somebody listens (for replays that must be whole)
    linger_s: Annotated[float, Field(ge=0)] = 300.0  # ends by itself when nobody has been connected for so long


class VenueConfig(Model):
    """What every venue may be told; a plugin subclasses it to add its own keys."""

    type: str = "ccxt"
    mode: Mode
    instruments: Annotated[tuple[Symbol, ...], Field(min_length=1, json_schema_extra=_SCHEMA_UNIQUE), Unique]
    timeframe: TimeframeName = "1m"
    i_accept_real_orders: bool = False
    sim: SimVenueConfig = SimVenueConfig()

    @model_validator(mode="after")
    def _real_orders_are_meant(self) -> Self:
        if self.mode is Mode.LIVE and not self.i_accept_real_orders:
            raise _at("mode", "live sends orders for real money; add i_accept_real_orders: true, or write mode: sim")
        return self

    @model_validator(mode="after")
    def _simulated_markets_are_wanted(self) -> Self:
        for symbol in self.sim.markets:
            if symbol not in self.instruments:
                raise _at("sim", f"markets: {symbol} is not among this venue's instruments; add it there, or remove it")
        return self


class StrategyConfig(Model):
    """What every strategy is told; a plugin subclasses it to add its parameters."""

    type: str
    instruments: Annotated[
        tuple[SymbolAtVenue, ...],  # "BTC/USDT:USDT@binanceusdm"
        Field(min_length=1, json_schema_extra=_SCHEMA_UNIQUE),
        Unique,
    ]


class LogConfig(Model):
    level: Literal["TRACE", "DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    format: Literal["human", "json"] = "human"
    file: Path | None = None  # a copy of the log, for its owner only


class HttpConfig(Model):
    """Metrics and health, on loopback only."""

    port: Annotated[int, Field(ge=0, le=65_535)]


class PluginsConfig(Model):
    disabled: tuple[str, ...] = ()
    required: tuple[str, ...] = ()  # the start is refused when one of these could not be loaded


class UnprotectedConfig(Model):
    """What to do about a position that has had no live stop for ``after_s`` seconds."""

    after_s: Annotated[float, Field(gt=0, le=3_600)] = 5.0
    policy: Literal["close", "alert"] = "close"


class Config(Model):
    """The whole file. ``venues`` and ``strategies`` stay raw here: their types are known once plugins are loaded."""

    version: Literal["1"] = "1"
    state_dir: Path = Path("state")
    venues: Annotated[dict[Name, dict[str, Any]], Field(min_length=1)]
    strategies: dict[Name, dict[str, Any]] = {}
    journal: str = "sqlite"
    store: str = "parquet"
    resync_every_s: Annotated[float, Field(ge=1, le=3_600)] = 60.0  # the venue is asked what it knows of us, that often
    unprotected: UnprotectedConfig = UnprotectedConfig()
    sim: SimConfig = SimConfig()
    log: LogConfig = LogConfig()
    http: HttpConfig | None = None
    plugins: PluginsConfig = PluginsConfig()


def _at(key: str, text: str) -> PydanticCustomError:
    """A fault between keys, told at the one to change."""
    return PydanticCustomError("inconsistent", "{text}", {"text": text, "key": key})
