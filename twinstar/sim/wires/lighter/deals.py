"""How trades are spelt: the market's, which are the crowd's with itself, and an account's, which are with the crowd."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from decimal import Decimal

from msgspec import Struct

from twinstar.sim.model import Execution, Side, Tick
from twinstar.sim.wires.lighter import words
from twinstar.sim.wires.lighter.accounts import Account
from twinstar.sim.wires.lighter.blotter import BIDS_FROM, FIRST_INDEX
from twinstar.sim.wires.lighter.desk import Desk, Json
from twinstar.sim.wires.lighter.markets import BY_SYMBOL, Market
from twinstar.sim.wires.lighter.transactions import HASH_DIGITS
from twinstar.sim.wires.lighter.words import block_height, quote
from twinstar.sim.wires.margin import ZERO
from twinstar.sim.wires.spelling import places

CROWD = 2**48 - 2  # the account of everybody else
OWN_TRADES = 2**40  # the accounts' trades are counted apart from the market's
CROWD_ORDERS = 2**39  # the crowd's orders are counted apart from ours


class _Side(Struct, frozen=True):
    order: int
    client: int
    account: int


class _Deal(Struct, frozen=True, kw_only=True):
    market: Market
    number: int
    price: Decimal
    size: Decimal
    time_ms: int
    taker: Side


def tick_view(tick: Tick) -> Json:
    """A trade of the crowd's with itself."""
    deal = _Deal(
        market=BY_SYMBOL[tick.symbol],
        number=tick.id,
        price=tick.price,
        size=tick.quantity,
        time_ms=tick.market_ms,
        taker=tick.taker,
    )
    return _trade(deal, {side: _crowd(side, tick.id) for side in Side})


def _crowd(side: Side, number: int) -> _Side:
    return _Side(crowd_order(side, number), 0, CROWD)


def crowd_order(side: Side, number: int) -> int:
    number += CROWD_ORDERS
    return FIRST_INDEX + number if side is Side.SELL else BIDS_FROM - number


def execution_view(desk: Desk, account: Account, execution: Execution) -> Json:
    order = desk.exchange.order(account.name, order_id=execution.order_id)
    other = execution.side.opposite
    deal = _Deal(
        market=BY_SYMBOL[execution.symbol],
        number=OWN_TRADES + execution.id,
        price=execution.price,
        size=execution.quantity,
        time_ms=execution.time_ms,
        taker=other if execution.maker else execution.side,
    )
    own = _Side(desk.blotter.index(order), words.client_index(execution.client_id), account.index)
    told = _trade(deal, {execution.side: own, other: _crowd(other, execution.id)})
    kind = "liquidation" if words.is_forced(execution.client_id) else "trade"
    return {**told, "type": kind, **_before(desk, account, execution)}


def _before(desk: Desk, account: Account, execution: Execution) -> Json:
    """The position that it met, on our side of the trade."""
    market, role = BY_SYMBOL[execution.symbol], "maker" if execution.maker else "taker"
    earlier = [each for each in desk.exchange.executions(account.name, symbol=market.symbol) if each.id < execution.id]
    size = sum((each.side.sign * each.quantity for each in earlier), ZERO)
    cost = sum((each.side.sign * each.quantity * each.price + each.realized for each in earlier), ZERO)
    after = size + execution.side.sign * execution.quantity
    return {
        f"{role}_position_size_before": places(size, market.size_decimals),
        f"{role}_entry_quote_before": quote(abs(cost)),
        f"{role}_position_sign_changed": size * after < 0 or not size,
    }


def _trade(deal: _Deal, sides: Mapping[Side, _Side]) -> Json:
    market, ask, bid = deal.market, sides[Side.SELL], sides[Side.BUY]
    return {
        "trade_id": deal.number,
        "trade_id_str": str(deal.number),
        "tx_hash": _hash(market, deal.number),
        "type": "trade",
        "market_id": market.id,
        "size": places(deal.size, market.size_decimals),
        "price": places(deal.price, market.price_decimals),
        "usd_amount": quote(deal.price * deal.size),
        "ask_id": ask.order,
        "ask_id_str": str(ask.order),
        "bid_id": bid.order,
        "bid_id_str": str(bid.order),
        "ask_client_id": ask.client,
        "ask_client_id_str": str(ask.client),
        "bid_client_id": bid.client,
        "bid_client_id_str": str(bid.client),
        "ask_account_id": ask.account,
        "bid_account_id": bid.account,
        "is_maker_ask": deal.taker is Side.BUY,
        "block_height": block_height(deal.time_ms),
        "timestamp": deal.time_ms,
        "taker_fee": 0,
        "taker_position_size_before": places(ZERO, market.size_decimals),
        "taker_entry_quote_before": quote(ZERO),
        "taker_initial_margin_fraction_before": market.default_margin,
        "taker_position_sign_changed": False,
        "maker_fee": 0,
        "maker_position_size_before": places(ZERO, market.size_decimals),
        "maker_entry_quote_before": quote(ZERO),
        "maker_initial_margin_fraction_before": market.default_margin,
        "transaction_time": deal.time_ms * 1000,
    }


def _hash(market: Market, number: int) -> str:
    return hashlib.sha512(f"{market.id}:{number}".encode()).hexdigest()[:HASH_DIGITS]
