"""config.yaml as typed models. The reading of the file, with places and all errors at once, is in `twinstar.config`
too: `load`. A venue's and a strategy's own section is checked by the model that its plugin registered.
"""

from __future__ import annotations

from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class Model(BaseModel):
    """Base of every section: unknown keys are refused, nothing changes after loading, no value is echoed in errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


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
    start: str | None = None  # replay from here: ISO time, UTC
    minutes: Annotated[int, Field(gt=0)] | None = None  # and no more than this many
    cut: tuple[int, ...] = ()  # leave out these minutes (counted from the start), as an outage of the venue would


class SimVenueConfig(Model):
    balances: dict[str, Annotated[Decimal, Field(ge=0)]] = {}
    markets: dict[str, SimMarketConfig] = {}  # by symbol; what is not named gets a seeded walk


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
    instruments: Annotated[tuple[str, ...], Field(min_length=1)]
    timeframe: str = "1m"
    i_accept_real_orders: bool = False
    sim: SimVenueConfig = SimVenueConfig()


class StrategyConfig(Model):
    """What every strategy is told; a plugin subclasses it to add its parameters."""

    type: str
    instruments: Annotated[tuple[str, ...], Field(min_length=1)]  # "BTC/USDT:USDT@binanceusdm"


class LogConfig(Model):
    level: Literal["TRACE", "DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    format: Literal["human", "json"] = "human"
    file: Path | None = None


class HttpConfig(Model):
    """Metrics and health, on loopback only."""

    port: Annotated[int, Field(ge=0, le=65_535)]


class PluginsConfig(Model):
    disabled: tuple[str, ...] = ()
    required: tuple[str, ...] = ()  # the start is refused when one of these could not be loaded


class Config(Model):
    """The whole file. ``venues`` and ``strategies`` stay raw here: their types are known once plugins are loaded."""

    version: Literal["1"] = "1"
    state_dir: Path = Path("state")
    venues: Annotated[dict[str, dict[str, Any]], Field(min_length=1)]
    strategies: dict[str, dict[str, Any]] = {}
    sim: SimConfig = SimConfig()
    log: LogConfig = LogConfig()
    http: HttpConfig | None = None
    plugins: PluginsConfig = PluginsConfig()
