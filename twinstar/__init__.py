"""TwinStar: the public face. All that a plugin author imports is here, and nothing else is promised.

Each name is fetched when it is first asked for, so that ``twinstar --help`` does not wait for all of them.
"""

from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from twinstar import errors
    from twinstar.app.frames import candles, candles_arrow
    from twinstar.config import Mode, Model, SecretRef, StrategyConfig, VenueConfig
    from twinstar.domain import (
        WS_CONNECT,
        WS_MESSAGE,
        AccountSeen,
        Answer,
        Balance,
        BanRule,
        Call,
        CancelOrder,
        Candle,
        CandleClosed,
        CandlesMissing,
        Charge,
        Citation,
        Doing,
        Endpoint,
        Enter,
        Event,
        Exit,
        Fill,
        FundingPaid,
        Holding,
        Instrument,
        InstrumentId,
        InstrumentListed,
        Lane,
        Level,
        LimiterStats,
        Limits,
        Meaning,
        MoveStop,
        Notice,
        Order,
        OrderAccepted,
        OrderAmended,
        OrderCanceled,
        OrderExpired,
        OrderFilled,
        OrderInDoubt,
        OrderKind,
        OrderRejected,
        OrderStatus,
        Permissions,
        Permit,
        PlaceOrder,
        Position,
        PriceSeen,
        Quota,
        Resting,
        Role,
        Scope,
        Side,
        Source,
        Steps,
        Stops,
        StreamOpened,
        Tariff,
        Terms,
        Timeframe,
        TimeInForce,
        Told,
        TradeSeen,
        Trail,
        UsageHeader,
        current_lane,
        remedy,
    )
    from twinstar.engine.candles import CandleBuilder, CandleFollower, CandleRow, candle_of, resample
    from twinstar.engine.ids import is_ours
    from twinstar.plugin import Registry, SimEndpoint, VenueContext, VenueType, hookimpl, read_limits
    from twinstar.ports import (
        Clock,
        FundingSought,
        Gap,
        Metering,
        RateLimiter,
        Recovery,
        Stream,
        TimeSample,
        Venue,
        VenueClock,
        View,
        Wanted,
    )
    from twinstar.runtime.tape import taped

    __version__: str

__all__ = [
    "WS_CONNECT",
    "WS_MESSAGE",
    "AccountSeen",
    "Answer",
    "Balance",
    "BanRule",
    "Call",
    "CancelOrder",
    "Candle",
    "CandleBuilder",
    "CandleClosed",
    "CandleFollower",
    "CandleRow",
    "CandlesMissing",
    "Charge",
    "Citation",
    "Clock",
    "Doing",
    "Endpoint",
    "Enter",
    "Event",
    "Exit",
    "Fill",
    "FundingPaid",
    "FundingSought",
    "Gap",
    "Holding",
    "Instrument",
    "InstrumentId",
    "InstrumentListed",
    "Lane",
    "Level",
    "LimiterStats",
    "Limits",
    "Meaning",
    "Metering",
    "Mode",
    "Model",
    "MoveStop",
    "Notice",
    "Order",
    "OrderAccepted",
    "OrderAmended",
    "OrderCanceled",
    "OrderExpired",
    "OrderFilled",
    "OrderInDoubt",
    "OrderKind",
    "OrderRejected",
    "OrderStatus",
    "Permissions",
    "Permit",
    "PlaceOrder",
    "Position",
    "PriceSeen",
    "Quota",
    "RateLimiter",
    "Recovery",
    "Registry",
    "Resting",
    "Role",
    "Scope",
    "SecretRef",
    "Side",
    "SimEndpoint",
    "Source",
    "Steps",
    "Stops",
    "StrategyConfig",
    "Stream",
    "StreamOpened",
    "Tariff",
    "Terms",
    "TimeInForce",
    "TimeSample",
    "Timeframe",
    "Told",
    "TradeSeen",
    "Trail",
    "UsageHeader",
    "Venue",
    "VenueClock",
    "VenueConfig",
    "VenueContext",
    "VenueType",
    "View",
    "Wanted",
    "__version__",
    "candle_of",
    "candles",
    "candles_arrow",
    "current_lane",
    "errors",
    "hookimpl",
    "is_ours",
    "read_limits",
    "remedy",
    "resample",
    "taped",
]

_HOMES = (
    "twinstar.config",
    "twinstar.domain",
    "twinstar.plugin",
    "twinstar.ports",
    "twinstar.engine.candles",
    "twinstar.engine.ids",
    "twinstar.runtime.tape",
    "twinstar.app.frames",
)

if not TYPE_CHECKING:  # mypy would take a module's __getattr__ to have any name

    def __getattr__(name: str) -> object:
        if name == "__version__":
            return _version()
        if name == "errors":
            return import_module("twinstar.errors")
        homes = map(import_module, _HOMES if name in __all__ else ())
        home = next((home for home in homes if hasattr(home, name)), None)
        if home is None:
            raise AttributeError(f"module 'twinstar' has no attribute {name!r}")
        found = globals()[name] = getattr(home, name)  # asked for once: an adapter says ts.TradeSeen at every frame
        return found


def _version() -> str:
    try:
        return version("twinstar")
    except PackageNotFoundError:  # run from a checkout that is not installed
        return "0+unknown"
