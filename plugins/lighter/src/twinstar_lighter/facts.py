"""What the venue's rows mean in our words."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

import twinstar as ts
from twinstar_lighter.known import Known
from twinstar_lighter.messages import TOO_MUCH, OrderRow, PublicTrade, TradeRow
from twinstar_lighter.orders import Market

ZERO: Final = Decimal(0)
FEE_ASSET: Final = "USDC"
TAKERS: Final = (ts.Side.SELL, ts.Side.BUY)  # by whether the maker sold
MILLIONTHS: Final = 1_000_000
CANCELED: Final = "canceled"
KINDS: Final[Mapping[str, ts.OrderKind]] = {
    "limit": ts.OrderKind.LIMIT,
    "market": ts.OrderKind.MARKET,
    "stop-loss": ts.OrderKind.STOP,
    "stop-loss-limit": ts.OrderKind.STOP,
    "take-profit": ts.OrderKind.TAKE_PROFIT,
    "take-profit-limit": ts.OrderKind.TAKE_PROFIT,
}
REFUSED: Final = frozenset(
    f"{CANCELED}-{why}" for why in ("margin-not-allowed", "position-not-allowed", "invalid-balance", "reduce-only")
)
SECONDS_BELOW: Final = 10**11  # some rows are told in seconds


def accepted(row: OrderRow, order_id: str) -> ts.OrderAccepted:
    return ts.OrderAccepted(time_ms=time_ms(row), order_id=order_id, venue_order_id=str(row.order_index))


def over(row: OrderRow, order_id: str) -> ts.OrderCanceled | ts.OrderExpired | None:
    """None while it stands, and for one that was filled: its fills say so. ``canceled-…`` names the venue's rule."""
    if not row.status.startswith(CANCELED):
        return None
    _, _, why = row.status.partition("-")
    told = {"time_ms": time_ms(row), "order_id": order_id, "filled": row.filled_base_amount}
    return ts.OrderExpired(reason=row.status, **told) if why else ts.OrderCanceled(**told)  # type: ignore[arg-type]


def refused(row: OrderRow) -> bool:
    """The venue took the transaction and would not have the order."""
    return row.status in REFUSED and not row.filled_base_amount


def is_over(row: OrderRow) -> bool:
    return row.status == "filled" or row.status.startswith(CANCELED)


def filled(row: TradeRow, account: int, order_id: str, market: Market) -> ts.OrderFilled:
    is_ask = row.ask_account_id == account
    rate = row.maker_fee if row.is_maker_ask is is_ask else row.taker_fee
    fill = ts.Fill(
        fill_id=str(row.trade_id),
        order_id=order_id,
        instrument=market.instrument.id,
        side=ts.Side.SELL if is_ask else ts.Side.BUY,
        price=row.price,
        quantity=row.size,
        fee=row.price * row.size * rate / MILLIONTHS,
        fee_asset=FEE_ASSET,
    )
    return ts.OrderFilled(time_ms=row.timestamp, fill=fill)


def own_index(row: TradeRow, account: int) -> int:
    """The client index of our side of a trade; 0 where it has none."""
    if row.ask_account_id == account:
        return row.ask_client_id
    return row.bid_client_id if row.bid_account_id == account else 0


def positive(text: str) -> Decimal:
    """Raise `ValueError` or `ArithmeticError` for what is no price or size."""
    number = Decimal(text)
    if not ZERO < number < TOO_MUCH:  # NaN raises by itself
        raise ValueError(f"{text!r} is no price or size")
    return number


PRICES: Final = Known(positive, 1_000)


def trade_seen(row: PublicTrade, instrument: ts.InstrumentId) -> ts.TradeSeen:
    """Raise `ValueError` or `ArithmeticError` for what no market can have traded."""
    return ts.TradeSeen(
        time_ms=row.timestamp,
        instrument=instrument,
        price=PRICES[row.price],
        quantity=positive(row.size),
        side=TAKERS[row.is_maker_ask],
    )


def resting(row: OrderRow, market: Market, client_order_id: str | None) -> ts.Resting | None:
    """None for one that is over, or of a kind that we do not know."""
    kind = KINDS.get(row.type)
    if kind is None or is_over(row):
        return None
    return ts.Resting(
        venue_order_id=str(row.order_index),
        client_order_id=client_order_id,
        instrument=market.instrument.id,
        side=ts.Side.SELL if row.is_ask else ts.Side.BUY,
        kind=kind,
        quantity=row.initial_base_amount,
        filled=row.filled_base_amount,
        price=None if kind.is_trigger else row.price,
        stop_price=row.trigger_price if kind.is_trigger else None,
        reduce_only=row.reduce_only,
    )


def terms_of(row: OrderRow, order: ts.Order) -> ts.Terms:
    """An order that has fired waits for no price any more."""
    return ts.Terms(
        quantity=row.initial_base_amount,
        price=order.price if order.kind.is_trigger else row.price,
        stop_price=row.trigger_price or order.stop_price,
    )


def time_ms(row: OrderRow) -> int:
    told = row.updated_at or row.timestamp
    return told * 1_000 if told < SECONDS_BELOW else told
