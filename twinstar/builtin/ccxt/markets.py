"""A market's steps, minimums and abilities."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from twinstar.builtin.ccxt.exchange import TwinExchange
from twinstar.builtin.ccxt.habits.habit import Unified
from twinstar.builtin.ccxt.numbers import exact, positive
from twinstar.domain import Instrument, InstrumentId

_PLACES = 2  # ccxt's precisionMode for a number of decimals; 4 is a step


def contract_of(exchange: TwinExchange, symbol: str) -> Decimal:
    """How much of the base asset one of the venue's units is; 1 unless it counts in contracts."""
    size = exchange.market(symbol).get("contractSize")
    return Decimal(1) if size is None else positive(size)


def quantity_step(exchange: TwinExchange, market: Unified) -> Decimal:
    return _step(exchange, market["precision"]["amount"]) * contract_of(exchange, market["symbol"])


def price_step(exchange: TwinExchange, market: Unified, price: Decimal) -> Decimal:
    """At this price; only some venues care."""
    habit = exchange.habit.markets.price_step
    return habit(market, price) if habit is not None else _step(exchange, market["precision"]["price"])


def _step(exchange: TwinExchange, precision: Any) -> Decimal:
    return Decimal(1).scaleb(-int(precision)) if exchange.precisionMode == _PLACES else positive(precision)


def instrument_of(exchange: TwinExchange, market: Unified, price: Decimal) -> Instrument:
    limits = market["limits"]
    notional = limits["cost"]["min"]
    # On spot a resting stop locks the very balance that an exit, or a larger stop, has to sell.
    can = exchange.habit.orders.holds_stops and bool(abilities(exchange, market).get("triggerPrice"))
    resident = market["type"] != "spot" and can
    return Instrument(
        id=InstrumentId(market["symbol"], exchange.venue),
        base=market["base"],
        quote=market["quote"],
        settle=market["settle"],
        price_step=price_step(exchange, market, price),
        quantity_step=quantity_step(exchange, market),
        min_quantity=exact(limits["amount"]["min"] or "0") * contract_of(exchange, market["symbol"]),
        min_notional=exact(notional) if notional else exchange.habit.markets.min_notional(market),
        resident_stops=resident,
        resident_targets=resident and exchange.habit.orders.targets,
        amends_stops=resident and exchange.habit.orders.amend is not None,
        maker_fee=_fee(market, "maker"),
        taker_fee=_fee(market, "taker"),
    )


def _fee(market: Unified, role: str) -> Decimal | None:
    """As the exchange states it for everybody; an account may have better ones."""
    fee = market.get(role)
    return exact(fee) if fee is not None and market.get("percentage") is not False else None


def abilities(exchange: TwinExchange, market: Unified) -> Mapping[str, Any]:
    """What may be asked for when an order is placed, as ccxt's ``features`` have it."""
    by_type = exchange.features.get(market["type"]) or {}
    if market["type"] != "spot":
        by_type = by_type.get("linear" if market["linear"] else "inverse") or {}
    found: Mapping[str, Any] = by_type.get("createOrder") or {}
    return found
