"""What Bithumb says of our orders, as facts. Pure; `ValueError` for what no exchange can have done."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Final

import twinstar as ts
from twinstar_bithumb_native.messages import LARGEST, Execution, MyOrder, OrderAnswer
from twinstar_bithumb_native.wishes import quote_of

BY_THE_USER: Final = "user"
NOTHING: Final = Decimal(0)
EARLIEST_MS, LATEST_MS = 10**12, 10**13


def positive(number: Decimal | None) -> Decimal:
    try:
        if number is not None and NOTHING < number < LARGEST:
            return number
    except InvalidOperation:  # NaN compares with nothing
        pass
    raise ValueError(f"{number} is not a price or quantity")


def check(price: Decimal, quantity: Decimal, time_ms: int) -> None:
    """All of a trade at once, as every one is asked; where it fails, each says by itself. Raise `ValueError`."""
    try:
        if NOTHING < price < LARGEST and NOTHING < quantity < LARGEST and EARLIEST_MS <= time_ms < LATEST_MS:
            return
    except InvalidOperation:  # NaN compares with nothing
        pass
    positive(price)
    positive(quantity)
    in_ms(time_ms)


def in_ms(number: int) -> int:
    """Epoch milliseconds; a time in another unit is no time."""
    if not EARLIEST_MS <= number < LATEST_MS:
        raise ValueError(f"{number} is not a time in milliseconds")
    return number


def ms_of(moment: datetime) -> int:
    """Of a time with its offset."""
    if moment.tzinfo is None:
        raise ValueError("a time without an offset")
    return int(moment.timestamp()) * 1_000 + moment.microsecond // 1_000


def fill_told(frame: MyOrder, order_id: str, instrument: ts.InstrumentId) -> ts.OrderFilled:
    if not frame.trade_id:
        raise ValueError("a fill without an id")
    fill = ts.Fill(
        fill_id=frame.trade_id,
        order_id=order_id,
        instrument=instrument,
        side=ts.Side(frame.side),
        price=positive(frame.trade_price),
        quantity=positive(frame.trade_quantity),
        fee=frame.trade_fee,
        fee_asset=quote_of(instrument) if frame.trade_fee is not None else None,
    )
    return ts.OrderFilled(time_ms=in_ms(frame.trade_timestamp or frame.timestamp), fill=fill)


def fills_read(answer: OrderAnswer, order: ts.Order) -> Iterator[ts.OrderFilled]:
    """Over REST the venue tells the fee of the whole order only; each execution paid its share of it."""
    funds = sum((each.funds for each in answer.trades), Decimal(0))
    rate = answer.paid_fee / funds if funds else Decimal(0)
    for each in answer.trades:
        fill = ts.Fill(
            fill_id=each.uuid,
            order_id=order.order_id,
            instrument=order.instrument,
            side=order.side,
            price=positive(each.price),
            quantity=positive(each.volume),
            fee=each.funds * rate,
            fee_asset=quote_of(order.instrument),
        )
        yield ts.OrderFilled(time_ms=ms_of(each.created_at), fill=fill)


def rest_of_fills(answer: OrderAnswer, order: ts.Order) -> ts.OrderFilled:
    """All that we had not heard of, as one fill, at the price that makes the whole cost what the venue says."""
    quantity = answer.executed_volume - order.filled
    funds = answer.executed_funds - order.filled * order.average_price
    fill = ts.Fill(
        fill_id=f"{answer.uuid}-{order.filled:f}-{answer.executed_volume:f}",
        order_id=order.order_id,
        instrument=order.instrument,
        side=order.side,
        price=positive(funds / quantity),
        quantity=positive(quantity),
        fee=answer.paid_fee * quantity / answer.executed_volume,
        fee_asset=quote_of(order.instrument),
    )
    return ts.OrderFilled(time_ms=ms_of(answer.created_at), fill=fill)


def filled_in(trades: tuple[Execution, ...]) -> Decimal:
    return sum((each.volume for each in trades), Decimal(0))


def order_over(
    order_id: str, time_ms: int, *, state: str, filled: Decimal, quantity: Decimal, cancel_type: str | None
) -> ts.OrderCanceled | ts.OrderExpired | None:
    """None while it lives, and when it was filled: that the fills say. ``quantity`` is 0 of a buy by amount."""
    if state == "cancel" and cancel_type in (None, BY_THE_USER):
        return ts.OrderCanceled(time_ms=time_ms, order_id=order_id, filled=filled)
    if state == "cancel":
        return ts.OrderExpired(time_ms=time_ms, order_id=order_id, filled=filled, reason=cancel_type or "")
    if state == "done" and filled < quantity:  # what cannot wait is done once a part of it was filled
        return ts.OrderExpired(time_ms=time_ms, order_id=order_id, filled=filled, reason="done with a part filled")
    return None
