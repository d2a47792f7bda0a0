"""config.yaml as typed sections. The text below a key is what an editor shows for it, so it speaks to the user."""

from __future__ import annotations

from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from twinstar.config.fields import Model, Name, Symbol, Symbols, SymbolsAtVenues, TimeframeName, UtcTime, at
from twinstar.config.risk import RiskConfig, VenueRiskConfig


class Mode(Enum):
    SIM = "sim"  # the simulated exchange, on loopback, over the venue's own protocol
    PAPER = "paper"  # the real venue's market data, orders filled here
    TESTNET = "testnet"  # the venue's own test environment
    LIVE = "live"  # real money; wants i_accept_real_orders: true


class SimMarketConfig(Model):
    """One market of the simulated exchange: a seeded random walk, or the replay of a file of candles."""

    start_price: Annotated[Decimal, Field(gt=0)] | None = None
    """Where a seeded walk begins; without it, something usual for the pair."""
    volatility: Annotated[float, Field(ge=0, le=10)] = 0.8
    """Of a seeded walk: the standard deviation of a year's log return."""
    drift: Annotated[float, Field(ge=-100, le=100)] = 0.0
    """Of a seeded walk: a year's log return."""
    replay: Path | None = None
    """CSV (also .gz) or Parquet of one-minute candles: time, open, high, low, close, volume."""
    start: UtcTime | None = None
    """Replay from here: ISO time, UTC."""
    minutes: Annotated[int, Field(gt=0)] | None = None
    """No more than this many."""
    cut: tuple[Annotated[int, Field(ge=0)], ...] = ()
    """Leave out these minutes, counted from the start, as an outage of the venue would."""

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if self.replay is not None and self.start_price is not None:
            raise at("start_price", "a replay brings its own prices; remove start_price or replay")
        if self.replay is None and self.start is not None:
            raise at("start", "only a replay has a start; name its file under replay, or remove start")
        return self


class SimVenueConfig(Model):
    """This venue on the simulated exchange; only for ``mode: sim``."""

    balances: dict[str, Annotated[Decimal, Field(ge=0)]] = Field(default_factory=dict)
    """What the account holds at first, by asset."""
    markets: dict[Symbol, SimMarketConfig] = Field(default_factory=dict)
    """By symbol; what is not named gets a seeded walk."""
    made_up: bool = False
    """List every instrument that is named, with steps and minimums made up where the venue's own are not known."""


class PaperVenueConfig(Model):
    """The account of this venue on paper; only for ``mode: paper``."""

    balances: dict[str, Annotated[Decimal, Field(ge=0)]] = Field(default_factory=dict)
    """What the account holds at first, by asset."""
    slippage_percent: Annotated[Decimal, Field(ge=0, le=10)] = Decimal("0.05")
    """How much worse than the last price a market order, and a stop that fires, is filled."""
    fee_percent: Annotated[Decimal, Field(ge=0, le=10)] = Decimal("0.1")
    """Of every fill, where the venue's listing does not tell its fees."""
    leverage: Annotated[int, Field(ge=1, le=125)] = 20
    """What margin is counted with; perpetuals only."""


class IncidentConfig(Model):
    """Something that goes wrong at a simulated venue, once, as it does at real ones."""

    after_s: Annotated[float, Field(ge=0)]
    """Real seconds after the simulated exchange began."""
    venue: Name
    """Where: a venue with mode: sim."""
    kind: Literal["close", "abort", "silence", "half_open", "unavailable"]
    """close, abort: every WebSocket connection, also new ones; silence: they tell nothing; half_open: they do not even
    answer pings; unavailable: REST answers 503."""
    lasts_s: Annotated[float, Field(gt=0, le=3_600)] = 8.0
    """For so long."""


class SimConfig(Model):
    """The simulated exchange of all venues with ``mode: sim``."""

    seed: int = 1
    """The same seed gives the same markets."""
    speed: Annotated[float, Field(gt=0, le=1_000_000)] = 1.0
    """Market seconds in a real second."""
    history: Annotated[int, Field(ge=0, le=100_000)] = 300
    """Minutes of a seeded market that lie before its start."""
    wait_for_reader: bool = False
    """The market stands still until somebody listens: for replays that must be heard whole."""
    linger_s: Annotated[float, Field(ge=0)] = 300.0
    """The exchange ends by itself when nobody has been connected for so long."""
    incidents: tuple[IncidentConfig, ...] = ()
    """What goes wrong, and when."""


class LimitsConfig(Model):
    """How much of what the venue allows is used; `twinstar limits` shows what is in force."""

    margin: Annotated[float, Field(gt=0, le=1)] | None = None
    """So much of every cap. Without it: all of a cap that a source states, 0.8 of one that is not sure."""
    caps: dict[str, Annotated[float, Field(gt=0)]] = Field(default_factory=dict)
    """A cap of your own, by the quota's name; no margin is taken of it."""
    i_know: bool = False
    """Must be true for a cap above the documented one, as an account with more rights may have."""


class LivenessConfig(Model):
    """How long a venue may be silent; silence is judged by asking the venue, never by the timer alone."""

    dead_s: Annotated[float, Field(ge=1, le=600)] = 10.0
    """Within so long a stream that fell silent while its market trades is closed and dialled anew."""
    blind_s: Annotated[float, Field(ge=1, le=3_600)] = 30.0
    """After so long one that is silent while the venue cannot be asked is closed too."""
    grace_s: Annotated[float, Field(ge=0.1, le=60)] = 2.0
    """After the end of a candle, before the venue's history is asked for it."""

    @model_validator(mode="after")
    def _blind_is_longer(self) -> Self:
        if self.blind_s < self.dead_s:
            raise at("blind_s", f"must not be below dead_s ({self.dead_s:g})")
        return self


class ReconcileConfig(Model):
    """What to do when the venue holds something else than the books say; two readings have to agree on it."""

    policy: Literal["adopt", "observe", "alert", "refuse-start"] = "alert"
    """Of what the venue holds beyond the books. adopt: it is ours from here on, and gets a stop; observe: somebody
    else's, left alone, and no entries in that instrument beside it; alert: the same, with an alarm; refuse-start: the
    same, and a start that finds it halts the venue. What the venue does not hold is not held here, by any policy."""
    stop_distance: Annotated[Decimal, Field(gt=0, lt=1)] = Decimal("0.05")
    """Of the entry price: the stop of an adopted position that has none at the venue."""


class VenueConfig(Model):
    """What every venue may be told; a plugin subclasses it to add its own keys."""

    type: str = "ccxt"
    """Who connects us; `twinstar plugins` lists the types."""
    mode: Mode
    """sim: an exchange on this machine; paper: real data, orders filled here; testnet; live: real money."""
    instruments: Symbols
    """Unified symbols: BASE/QUOTE, or BASE/QUOTE:SETTLE for a perpetual."""
    timeframe: TimeframeName = "1m"
    """Of the candles that strategies decide on."""
    i_accept_real_orders: bool = False
    """Must be true for mode: live."""
    accept_unknown_permissions: bool = False
    """Must be true for mode: live where the venue does not tell whether a key may withdraw: you have looked there."""
    limits: LimitsConfig = LimitsConfig()
    liveness: LivenessConfig = LivenessConfig()
    reconcile: ReconcileConfig = ReconcileConfig()
    risk: VenueRiskConfig = VenueRiskConfig()
    sim: SimVenueConfig = SimVenueConfig()
    paper: PaperVenueConfig = PaperVenueConfig()

    @property
    def account_name(self) -> str | None:
        """What the venue calls the account, where one may have several keys; None: each key is an account."""
        return None

    @model_validator(mode="after")
    def _real_orders_are_meant(self) -> Self:
        if self.mode is Mode.LIVE and not self.i_accept_real_orders:
            raise at("mode", "live sends orders for real money; add i_accept_real_orders: true, or write mode: sim")
        return self

    @model_validator(mode="after")
    def _paper_begins_with_money(self) -> Self:
        if self.mode is Mode.PAPER and not any(self.paper.balances.values()):
            raise at("paper", "an account without money cannot trade; add paper: {balances: {USDT: 10000}}")
        return self

    @model_validator(mode="after")
    def _simulated_markets_are_wanted(self) -> Self:
        for symbol in self.sim.markets:
            if symbol not in self.instruments:
                raise at("sim", f"markets: {symbol} is not among this venue's instruments; add it there, or remove it")
        return self


class StrategyConfig(Model):
    """What every strategy is told; a plugin subclasses it to add its parameters."""

    type: str
    """Which strategy; `twinstar plugins` lists them."""
    instruments: SymbolsAtVenues
    """symbol@venue, as BTC/USDT:USDT@binanceusdm."""


class LogConfig(Model):
    """Where to log, and how much."""

    level: Literal["TRACE", "DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    format: Literal["human", "json"] = "human"
    file: Path | None = None
    """A copy of the log, for its owner only."""


class TapesConfig(Model):
    """Keep the last minutes of what venues said, without secrets, in ``tapes/`` in the state directory."""

    minutes: Annotated[float, Field(ge=1, le=1_440)] = 15.0
    """So much of it."""
    megabytes: Annotated[float, Field(ge=1, le=100_000)] = 256.0
    """No more than this, of all venues; the oldest goes first."""


class HttpConfig(Model):
    """Metrics and health, on 127.0.0.1 only."""

    port: Annotated[int, Field(ge=0, le=65_535)]
    """0: any that is free."""


class PluginsConfig(Model):
    """Installed plugins are loaded unless they are disabled."""

    disabled: tuple[str, ...] = ()
    """Not loaded."""
    required: tuple[str, ...] = ()
    """The start is refused when one of these could not be loaded."""


class UnprotectedConfig(Model):
    """What to do about a position that has had no live stop for so long."""

    after_s: Annotated[float, Field(gt=0, le=3_600)] = 5.0
    policy: Literal["close", "alert"] = "close"
    """Close it, or only raise an alert."""


class Config(Model):
    """TwinStar's configuration."""

    version: Literal["1"] = "1"
    """Of this format."""
    state_dir: Path = Path("state")
    """Orders, positions and candles live here; relative to this file."""
    # Raw here: the types of their sections are known once plugins are loaded. See `Settings`.
    venues: Annotated[dict[Name, dict[str, Any]], Field(min_length=1)]
    """Where to listen and trade, by a name of your choice."""
    strategies: dict[Name, dict[str, Any]] = Field(default_factory=dict)
    """Who decides, by a name of your choice."""
    journal: str = "sqlite"
    """Keeps orders and money."""
    store: str = "parquet"
    """Keeps candles."""
    resync_every_s: Annotated[float, Field(ge=1, le=3_600)] = 60.0
    """How often a venue is asked what it knows of us, beside what its streams tell."""
    unprotected: UnprotectedConfig = UnprotectedConfig()
    risk: RiskConfig = RiskConfig()
    sim: SimConfig = SimConfig()
    log: LogConfig = LogConfig()
    http: HttpConfig | None = None
    tapes: TapesConfig | None = None
    plugins: PluginsConfig = PluginsConfig()
