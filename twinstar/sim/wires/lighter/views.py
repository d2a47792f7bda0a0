"""How orders, positions and accounts are spelt, over REST and over the streams alike."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from twinstar.sim.model import Order, Side, Status
from twinstar.sim.wires import margin
from twinstar.sim.wires.lighter import words
from twinstar.sim.wires.lighter.accounts import Account
from twinstar.sim.wires.lighter.blotter import is_tied
from twinstar.sim.wires.lighter.desk import Desk, Json
from twinstar.sim.wires.lighter.markets import BY_SYMBOL, QUOTE, QUOTE_ID
from twinstar.sim.wires.lighter.words import block_height, quote
from twinstar.sim.wires.margin import ZERO, Exposure
from twinstar.sim.wires.spelling import places
from twinstar.sim.wires.wallet import Wallet


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
        "position_tied_order_count": sum(map(is_tied, there_are)),
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
