"""How orders, trades, positions and accounts are spelt, over REST and over the streams alike."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from decimal import Decimal

from msgspec import Struct

from twinstar.sim.model import Execution, Order, Side, Status, Tick
from twinstar.sim.wires import margin
from twinstar.sim.wires.lighter import words
from twinstar.sim.wires.lighter.accounts import Account
from twinstar.sim.wires.lighter.blotter import BIDS_FROM, FIRST_INDEX
from twinstar.sim.wires.lighter.desk import Desk, Json
from twinstar.sim.wires.lighter.markets import BY_SYMBOL, QUOTE, QUOTE_DECIMALS, QUOTE_ID, Market
from twinstar.sim.wires.lighter.transactions import HASH_DIGITS
from twinstar.sim.wires.margin import ZERO, Exposure
from twinstar.sim.wires.spelling import places
from twinstar.sim.wires.wallet import Wallet

CROWD = 2**48 - 2  # the account of everybody else
OWN_TRADES = 2**40  # the accounts' trades are counted apart from the market's
CROWD_ORDERS = 2**39  # the crowd's orders are counted apart from ours


def quote(value: Decimal) -> str:
    return places(value, QUOTE_DECIMALS)


def order_view(desk: Desk, account: Account, order: Order) -> Json:
    request, note, market = order.request, desk.blotter.note(order), BY_SYMBOL[order.request.symbol]
    index, client = desk.blotter.index(order), words.client_index(order.request.client_id)
    left = order.remaining if order.status.is_open else ZERO
    price = request.price or request.trigger_price or ZERO
    return {
        "order_index": index,
        "client_order_index": client,
        "order_id": str(index),
        "client_order_id": str(client),
        "market_index": market.id,
        "owner_account_index": account.index,
        "initial_base_amount": places(order.quantity, market.size_decimals),
        "price": places(price, market.price_decimals),
        "nonce": note.nonce,
        "remaining_base_amount": places(left, market.size_decimals),
        "is_ask": request.side is Side.SELL,
        "base_size": market.size_ticks(left),
        "base_price": market.price_ticks(price),
        "filled_base_amount": places(order.filled, market.size_decimals),
        "filled_quote_amount": quote(order.filled_cost),
        "side": request.side.value,
        "type": words.order_type(order, note),
        "time_in_force": words.TIMES_IN_FORCE[note.time_in_force],
        "reduce_only": request.reduce_only or request.close_position,
        "trigger_price": places(request.trigger_price or ZERO, market.price_decimals),
        "order_expiry": note.expiry_ms,
        "status": words.status(order, note),
        "trigger_status": words.trigger_status(order, note),
        "trigger_time": order.updated_ms if order.triggered else 0,
        "parent_order_index": note.parent,
        "parent_order_id": str(note.parent),
        "to_trigger_order_id_0": str(next(iter(note.children), 0)),
        "to_trigger_order_id_1": str(next(iter(note.children[1:]), 0)),
        "to_cancel_order_id_0": str(note.sibling),
        "integrator_fee_collector_index": "0",
        "integrator_taker_fee": "0",
        "integrator_maker_fee": "0",
        "block_height": block_height(order.updated_ms),
        "timestamp": order.created_ms,
        "created_at": order.created_ms,
        "updated_at": order.updated_ms,
        "transaction_time": order.updated_ms * 1000,
    }


def block_height(time_ms: int) -> int:
    return time_ms // 100 % 10**9


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


def position_view(desk: Desk, account: Account, held: Exposure, wallet: Wallet) -> Json:
    position, market = held.position, BY_SYMBOL[held.position.symbol]
    there_are = desk.blotter.orders(account.name, symbol=market.symbol, open_only=True)
    history = desk.exchange.executions(account.name, symbol=market.symbol)
    liquidation = margin.liquidation_price(held, wallet.exposures, wallet.balance)
    waiting, payments = _waiting(there_are), desk.exchange.payments(account.name, symbol=market.symbol)
    return {
        "market_id": market.id,
        "symbol": market.name,
        "initial_margin_fraction": places(Decimal(100) / position.leverage, 2),
        "open_order_count": len(there_are) - waiting,
        "pending_order_count": waiting,
        "position_tied_order_count": sum(each.request.close_position for each in there_are),
        "sign": -1 if position.quantity < 0 else 1,
        "position": places(abs(position.quantity), market.size_decimals),
        "avg_entry_price": places(position.entry_price, market.price_decimals + 4 if position.quantity else 1),
        "position_value": quote(abs(held.notional)),
        "unrealized_pnl": quote(held.unrealized),
        "realized_pnl": quote(sum((each.realized for each in history), ZERO)),
        "liquidation_price": places(liquidation, market.price_decimals) if liquidation else "0",
        "total_funding_paid_out": quote(-sum((each.amount for each in payments), ZERO)),
        "margin_mode": 1 if held.is_isolated else 0,
        "allocated_margin": quote(held.isolated_wallet),
    }


def _waiting(orders: Sequence[Order]) -> int:
    return sum(order.status is Status.UNTRIGGERED for order in orders)


def positions(desk: Desk, account: Account, wallet: Wallet) -> list[Json]:
    """Those that are held, or have orders."""
    return [position_view(desk, account, held, wallet) for held in wallet.exposures if held.position.quantity]


def asset_view(wallet: Wallet) -> Json:
    """All of it is collateral; nothing is in the spot wallet."""
    return {
        "symbol": QUOTE,
        "asset_id": QUOTE_ID,
        "balance": quote(ZERO),
        "locked_balance": quote(ZERO),
        "margin_mode": "enabled",
        "margin_balance": quote(wallet.balance),
    }


def account_view(desk: Desk, account: Account) -> Json:
    wallet = desk.wallet(account)
    there_are = desk.blotter.orders(account.name, open_only=True)
    value = wallet.balance + wallet.unrealized
    cross = wallet.cross_balance + wallet.cross_unrealized
    crossed = [one for one in wallet.exposures if not one.is_isolated]
    return {
        **account_head(desk, account),
        "total_order_count": len(there_are),
        "pending_order_count": _waiting(there_are),
        "available_balance": quote(wallet.available),
        "status": 1,
        "collateral": quote(wallet.balance),
        "account_index": account.index,
        "name": "",
        "description": "",
        "can_invite": False,
        "referral_points_percentage": "",
        "can_rfq": False,
        "can_rfq_market_ids": None,
        "created_at": 0,
        "metadata": {"color": ""},
        "positions": positions(desk, account, wallet),
        "assets": [asset_view(wallet)],
        "total_asset_value": quote(value),
        "cross_asset_value": quote(cross),
        "cross_initial_margin_requirement": quote(sum((one.initial for one in crossed), ZERO)),
        "cross_maintenance_margin_requirement": quote(sum((one.maintenance for one in crossed), ZERO)),
        "shares": [],
        "pending_unlocks": [],
        "approved_integrators": [],
    }


def account_head(desk: Desk, account: Account) -> Json:
    return {
        "code": 0,
        "account_type": 0,
        "index": account.index,
        "l1_address": account.l1_address,
        "cancel_all_time": desk.deadlines.at_ms(("cancel all", account.index)),
        "total_order_count": 0,
        "total_isolated_order_count": 0,
        "pending_order_count": 0,
        "available_balance": "",
        "status": 0,
        "collateral": quote(desk.wallet(account).balance),
        "transaction_time": 0,
        "account_trading_mode": 0,
    }
