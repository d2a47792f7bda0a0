"""The private side of Bithumb to read: balances, what may be ordered, and orders looked up and listed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from twinstar.sim.model import Order
from twinstar.sim.ports import Exchange
from twinstar.sim.wires.bithumb import ids, messages, moments, orders
from twinstar.sim.wires.bithumb.desk import Desk
from twinstar.sim.wires.bithumb.errors import invalid
from twinstar.sim.wires.bithumb.markets import FEE, MAX_TOTAL
from twinstar.sim.wires.krw.errors import parameter_missing
from twinstar.sim.wires.krw.markets import MIN_TOTAL, market_id
from twinstar.sim.wires.krw.messages import Account, Chance, ChanceMarket, ChanceSide
from twinstar.sim.wires.krw.numbers import text
from twinstar.sim.wires.krw.params import Params
from twinstar.sim.wires.krw.purse import accounts, purses
from twinstar.sim.wires.krw.rest import listed
from twinstar.sim.wires.krw.times import DAY

OPEN_STATES = ("wait", "watch")
CLOSED_STATES = ("done", "cancel")
WINDOW_MS = 7 * DAY  # of a search among closed orders
MOST_LISTED = 100
MOST_CLOSED = 1000


class Reading:
    def __init__(self, exchange: Exchange, desk: Desk) -> None:
        self._exchange = exchange
        self._desk = desk

    # -- money

    def accounts(self, account: str, _: Params) -> list[Account]:
        return accounts(self._exchange, account)

    def chance(self, account: str, params: Params) -> Chance:
        listing = self._exchange.listings[listed(self._exchange, params.need("market"))]
        held = purses(self._exchange, account, listing.quote, listing.base)
        return Chance(
            bid_fee=text(FEE),
            ask_fee=text(FEE),
            maker_bid_fee=text(FEE),
            maker_ask_fee=text(FEE),
            market=ChanceMarket(
                id=market_id(listing.symbol),
                name=listing.symbol,
                order_types=("limit",),
                order_sides=("ask", "bid"),
                bid_types=("limit", "price", "best"),
                ask_types=("limit", "market", "best"),
                bid=ChanceSide(listing.quote, text(MIN_TOTAL)),
                ask=ChanceSide(listing.base, text(MIN_TOTAL)),
                max_total=text(MAX_TOTAL),
                state="active",
            ),
            bid_account=held[listing.quote],
            ask_account=held[listing.base],
        )

    # -- orders

    def order(self, account: str, params: Params) -> messages.OrderAnswer:
        order = self._desk.find(account, params.get("uuid"), params.get("client_order_id"))
        return orders.answer(order, best=self._desk.is_best(order), with_trades=True)

    def orders(self, account: str, params: Params) -> list[messages.OrderAnswer]:
        """By state, by uuids or by client order ids; newest first, in pages that are counted."""
        uuids, client_ids = params.all("uuids"), params.all("client_order_ids")
        states = _states(params, default=() if uuids or client_ids else ("wait",))
        found = self._ordered(account, params, lambda order: _is_meant(order, uuids, client_ids, states))
        limit, page = params.number("limit", MOST_LISTED, MOST_LISTED), params.number("page", 1, 1_000_000)
        return [self._told(each) for each in found[(page - 1) * limit : page * limit]]

    def search(self, account: str, params: Params) -> messages.Found:
        wanted, client_ids = params.all("order_ids"), params.all("client_order_ids")
        if bool(wanted) == bool(client_ids):
            raise parameter_missing()
        if len(wanted) + len(client_ids) > MOST_LISTED:
            raise invalid("order_ids" if wanted else "client_order_ids")
        found = self._ordered(account, params, lambda order: _is_meant(order, wanted, client_ids, ()))
        return messages.Found(tuple(self._told(each) for each in found))

    def pending(self, account: str, params: Params) -> messages.Page:
        found = self._ordered(account, params, lambda order: order.status.is_open)
        return self._page(found, params, MOST_LISTED)

    def history(self, account: str, params: Params) -> messages.Page:
        """Of at most seven days, by when the orders were placed."""
        start_ms, end_ms = moments.window(params, self._exchange.clock.now_ms(), WINDOW_MS)
        states = _states(params, default=CLOSED_STATES)
        if not set(states) <= set(CLOSED_STATES):
            raise invalid("state")
        found = self._ordered(
            account,
            params,
            lambda order: start_ms <= order.created_ms <= end_ms and orders.state_of(order) in states,
        )
        return self._page(found, params, MOST_CLOSED)

    # -- within

    def _told(self, order: Order) -> messages.OrderAnswer:
        return orders.answer(order, best=self._desk.is_best(order))

    def _ordered(self, account: str, params: Params, is_meant: Callable[[Order], bool]) -> list[Order]:
        market = params.get("market")
        symbol = listed(self._exchange, market) if market else None
        found = [each for each in self._exchange.orders(account, symbol=symbol) if is_meant(each)]
        return found if params.get("order_by") == "asc" else found[::-1]

    def _page(self, found: Sequence[Order], params: Params, most: int) -> messages.Page:
        """``next_key`` is the id of the order that the page begins with."""
        limit, key = params.number("limit", MOST_LISTED, most), params.get("next_key")
        start = 0
        if key is not None:
            start = next((at for at, each in enumerate(found) if ids.order_id(each.id) == key), len(found))
        page, rest = found[start : start + limit], found[start + limit :]
        next_key = ids.order_id(rest[0].id) if rest else None
        return messages.Page(bool(rest), next_key, tuple(self._told(each) for each in page))


def _is_meant(order: Order, order_ids: Sequence[str], client_ids: Sequence[str], states: Sequence[str]) -> bool:
    if order_ids and ids.order_id(order.id) not in order_ids:
        return False
    if client_ids and order.request.client_id not in client_ids:
        return False
    return not states or orders.state_of(order) in states


def _states(params: Params, default: Sequence[str]) -> Sequence[str]:
    one, many = params.get("state"), params.all("states")
    if one and many:
        raise invalid("states")
    states = many or ((one,) if one else default)
    if not set(states) <= {*OPEN_STATES, *CLOSED_STATES} or ("watch" in states and len(states) > 1):
        raise invalid("state")
    return states
