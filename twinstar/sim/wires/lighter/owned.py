"""Channels of one account: what it did, what it holds, and what it is worth. Some of them are open to everybody."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import partial
from typing import TypeVar

from msgspec import Struct

from twinstar.sim.model import AccountChanged, AccountEvent, Execution, Order, OrderChanged
from twinstar.sim.wires.lighter.accounts import Account
from twinstar.sim.wires.lighter.channels import Start, Stop, Tell
from twinstar.sim.wires.lighter.deals import execution_view
from twinstar.sim.wires.lighter.desk import Desk, Json
from twinstar.sim.wires.lighter.markets import BY_SYMBOL, QUOTE_ID, Market
from twinstar.sim.wires.lighter.views import asset_view, order_view, positions
from twinstar.sim.wires.lighter.words import quote
from twinstar.sim.wires.margin import ZERO
from twinstar.sim.wires.spelling import places

PRIVATE = frozenset(
    {"account_all_orders", "account_all_trades", "account_all_positions", "account_all_assets", "account_orders"}
)
OPEN = frozenset({"account_all", "user_stats"})
SHOWN_TRADES = 100  # at first
Row = TypeVar("Row")


class View(Struct, frozen=True, kw_only=True):
    """What a channel says at first, and of an event: nothing, where it does not concern it."""

    whole: Callable[[], Json]
    update: Callable[[AccountEvent], Json | None]


def find(desk: Desk, kind: str, account: Account, market: Market | None) -> Start | None:
    """None for a channel that there is not; only one of them is of a market."""
    if kind == "account_orders":
        return None if market is None else partial(_start, desk, account, _orders_of(desk, account, market))
    makers = {
        "account_all": _all,
        "account_all_orders": _orders,
        "account_all_trades": _trades,
        "account_all_positions": _positions,
        "account_all_assets": _assets,
        "user_stats": _stats,
    }
    if kind not in makers or market is not None:
        return None
    return partial(_start, desk, account, makers[kind](desk, account))


def _start(desk: Desk, account: Account, view: View, tell: Tell) -> Stop:
    def hear(event: AccountEvent) -> None:
        if (body := view.update(event)) is not None:
            tell(body)

    tell(view.whole())
    return desk.blotter.on_account(account.name, hear)


def _orders(desk: Desk, account: Account) -> View:
    def of(orders: Sequence[Order]) -> Json:
        return {"orders": _by_market(orders, lambda order: order.request.symbol, partial(order_view, desk, account))}

    return View(
        whole=lambda: of(desk.blotter.orders(account.name, open_only=True)),
        update=lambda event: of([event.order]) if isinstance(event, OrderChanged) else None,
    )


def _orders_of(desk: Desk, account: Account, market: Market) -> View:
    all_of_them = _orders(desk, account)

    def of(orders: Json) -> Json:
        own = {str(market.id): orders["orders"].get(str(market.id), [])}
        return {"account": account.index, "nonce": desk.exchange.book(market.symbol, 1).update_id, "orders": own}

    def update(event: AccountEvent) -> Json | None:
        told = all_of_them.update(event)
        return of(told) if told is not None and str(market.id) in told["orders"] else None

    return View(whole=lambda: of(all_of_them.whole()), update=update)


def _trades(desk: Desk, account: Account) -> View:
    """At first a list, and then by market."""
    view = partial(execution_view, desk, account)

    def whole() -> Json:
        made = desk.exchange.executions(account.name)
        volume = float(sum((each.price * each.quantity for each in made), ZERO))
        spans = ("total_volume", "monthly_volume", "weekly_volume", "daily_volume")
        return {"trades": [view(each) for each in reversed(made[-SHOWN_TRADES:])], **dict.fromkeys(spans, volume)}

    def update(event: AccountEvent) -> Json | None:
        made = _execution(event)
        return None if made is None else {"trades": _by_market([made], lambda each: each.symbol, view)}

    return View(whole=whole, update=update)


def _positions(desk: Desk, account: Account) -> View:
    """All of them each time: a market that is not in it is flat."""

    def whole() -> Json:
        held = positions(desk, account, desk.wallet(account))
        return {"positions": {str(each["market_id"]): each for each in held}, "shares": []}

    return View(whole=whole, update=lambda event: whole() if _concerns_positions(event) else None)


def _assets(desk: Desk, account: Account) -> View:
    def whole() -> Json:
        return {"assets": {str(QUOTE_ID): asset_view(desk.wallet(account))}, "timestamp": desk.now_ms()}

    return View(whole=whole, update=lambda event: whole() if isinstance(event, AccountChanged) else None)


def _stats(desk: Desk, account: Account) -> View:
    def whole() -> Json:
        return {"stats": user_stats(desk, account), "timestamp": desk.now_ms()}

    return View(whole=whole, update=lambda event: whole() if isinstance(event, AccountChanged) else None)


def user_stats(desk: Desk, account: Account) -> Json:
    wallet = desk.wallet(account)
    crossed = [one for one in wallet.exposures if not one.is_isolated]
    cross_value = wallet.cross_balance + wallet.cross_unrealized
    cross = _scope(
        collateral=wallet.cross_balance,
        value=cross_value,
        notional=sum((abs(one.notional) for one in crossed), ZERO),
        available=wallet.available,
    )
    total = _scope(
        collateral=wallet.balance,
        value=wallet.balance + wallet.unrealized,
        notional=sum((abs(one.notional) for one in wallet.exposures), ZERO),
        available=wallet.available,
    )
    return {**total, "account_trading_mode": 0, "cross_stats": cross, "total_stats": total}


def _scope(*, collateral: Decimal, value: Decimal, notional: Decimal, available: Decimal) -> Json:
    return {
        "collateral": quote(collateral),
        "portfolio_value": quote(value),
        "leverage": places(notional / value if value > 0 else ZERO, 2),
        "available_balance": quote(available),
        "margin_usage": places((1 - available / value) * 100 if value > 0 else ZERO, 2),
        "buying_power": quote(available),
    }


def _all(desk: Desk, account: Account) -> View:
    """Without the orders, since everybody may look."""
    parts = (_positions(desk, account), _assets(desk, account))

    def whole() -> Json:
        told = {name: value for part in parts for name, value in part.whole().items()}
        return {"account": account.index, **told, "trades": {}, "funding_histories": {}}

    def update(event: AccountEvent) -> Json | None:
        if isinstance(event, AccountChanged):
            return whole()
        told = _trades(desk, account).update(event)
        return None if told is None else {**whole(), **told}

    return View(whole=whole, update=update)


def _execution(event: AccountEvent) -> Execution | None:
    return event.execution if isinstance(event, OrderChanged) else None


def _concerns_positions(event: AccountEvent) -> bool:
    return isinstance(event, AccountChanged) and bool(event.positions)


def _by_market(rows: Sequence[Row], symbol: Callable[[Row], str], view: Callable[[Row], Json]) -> Json:
    found: dict[str, list[Json]] = {}
    for row in rows:
        found.setdefault(str(BY_SYMBOL[symbol(row)].id), []).append(view(row))
    return found
