"""What ccxt declares of an exchange, whether that is enough, and what it comes to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from twinstar.builtin.ccxt.exchange import TwinExchange
from twinstar.errors import ConfigError

NEEDED_TO_TRADE = (
    "createOrder",
    "cancelOrder",
    "watchOrders",
    "watchMyTrades",
    "fetchOpenOrders",
    "fetchOrder",
    "fetchBalance",
)
PAST = "fetchOHLCV"
STREAMS = ("watchOHLCV", "watchTrades")


def check_market_data(exchange: TwinExchange, venue: str) -> None:
    if not exchange.has.get(PAST):
        raise ConfigError(
            f"venues.{venue}: ccxt has no past candles of {exchange.id} ({PAST}), and without them "
            "no strategy can begin, nor a gap be filled; use a native plugin"
        )
    if not any(exchange.has.get(stream) for stream in STREAMS):
        raise ConfigError(
            f"venues.{venue}: ccxt streams neither candles nor trades of {exchange.id} ({', '.join(STREAMS)}); "
            "use a native plugin"
        )


def check_trading(exchange: TwinExchange, venue: str) -> None:
    missing = [ability for ability in NEEDED_TO_TRADE if not exchange.has.get(ability)]
    if missing:
        raise ConfigError(
            f"venues.{venue}: ccxt cannot trade at {exchange.id} safely, it has no {', '.join(missing)}; "
            "use a native plugin, or leave out account"
        )


def in_words(exchange: TwinExchange, *, trading: bool) -> str:
    """What it can do and what it cannot, for a person."""
    markets = [name for name, kind in (("spot", "spot"), ("perpetuals", "swap")) if exchange.has.get(kind)]
    told = [
        f"it has {' and '.join(markets) or 'neither spot nor perpetuals'}",
        f"candles are {'streamed' if exchange.has.get('watchOHLCV') else 'made of trades'}",
    ]
    if not trading:
        told.append("it does not trade")
    elif "perpetuals" in markets and _holds_stops(exchange.features or {}):
        told.append("stops of perpetuals are at the venue, others are held here")
    else:
        told.append("stops are held here")
    return "; ".join(told)


def _holds_stops(features: Mapping[str, Any]) -> bool:
    linear = (features.get("swap") or {}).get("linear") or {}
    return bool((linear.get("createOrder") or {}).get("triggerPrice"))
