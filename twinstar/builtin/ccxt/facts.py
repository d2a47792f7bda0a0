"""ccxt's unified structures as facts of the domain. Pure; `ValueError` and `KeyError` for what cannot be read."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from twinstar.builtin.ccxt.habits.habit import Found, Payment, Unified
from twinstar.builtin.ccxt.numbers import exact, positive, time_ms
from twinstar.domain import (
    Event,
    Fill,
    FundingPaid,
    InstrumentId,
    Order,
    OrderAccepted,
    OrderAmended,
    OrderCanceled,
    OrderExpired,
    OrderFilled,
    Side,
    TradeSeen,
)

_SIDES = {side.value: side for side in Side}  # a lookup takes a tenth of what calling the enumeration does


def trade_seen(trade: Unified, at_ms: object, instrument: InstrumentId, contract: Decimal) -> TradeSeen:
    return TradeSeen(
        time_ms=time_ms(at_ms),
        instrument=instrument,
        price=positive(trade["price"]),
        quantity=positive(trade["amount"]) * contract,
        side=_SIDES[trade["side"]],
    )


def order_filled(trade: Unified, order_id: str, instrument: InstrumentId, contract: Decimal) -> OrderFilled:
    fill_id = trade["id"]
    if not isinstance(fill_id, str) or not fill_id:
        raise ValueError("an execution without an id")
    fee = trade.get("fee") or {}
    cost = fee.get("cost")
    return OrderFilled(
        time_ms=time_ms(trade["timestamp"]),
        fill=Fill(
            fill_id=fill_id,
            order_id=order_id,
            instrument=instrument,
            side=Side(trade["side"]),
            price=positive(trade["price"]),
            quantity=positive(trade["amount"]) * contract,
            fee=None if cost is None else exact(cost),
            fee_asset=None if cost is None else fee.get("currency"),
        ),
    )


def funding_paid(payment: Payment, venue: str) -> FundingPaid:
    return FundingPaid(
        time_ms=payment.time_ms,
        instrument=InstrumentId(payment.symbol, venue),
        amount=payment.amount,
        asset=payment.asset,
        payment_id=payment.payment_id,
    )


def order_accepted(told: Found, order_id: str) -> OrderAccepted:
    return OrderAccepted(time_ms=time_ms(told.time_ms), order_id=order_id, venue_order_id=told.venue_order_id)


def filled_as_amended(told: Found, order: Order, contract: Decimal) -> OrderAmended:
    """It is over, so what was filled is what it was for: that settles which terms stood, and what was asked for."""
    terms = msgspec.structs.replace(order.terms, quantity=told.filled * contract)
    return OrderAmended(time_ms=time_ms(told.time_ms), order_id=order.order_id, terms=terms, answers=order.asked)


def order_over(told: Found, order_id: str, contract: Decimal, quantity: Decimal | None) -> Event | None:
    """None while it lives, and when it was filled: that the fills themselves say. ``quantity`` is in the base asset."""
    filled = told.filled * contract
    at_ms = time_ms(told.time_ms)
    if told.status == "closed" and quantity is not None and filled < quantity:
        # ccxt's word for what some venues call partly filled, then canceled.
        return OrderExpired(time_ms=at_ms, order_id=order_id, filled=filled, reason="closed with a part filled")
    if told.status not in ("canceled", "expired", "rejected"):
        return None
    if told.status == "canceled" and not told.ended_by_rule:
        return OrderCanceled(time_ms=at_ms, order_id=order_id, filled=filled)
    return OrderExpired(time_ms=at_ms, order_id=order_id, filled=filled, reason=told.reason or told.status)
