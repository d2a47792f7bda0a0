"""The private side of Upbit: balances, and orders placed, cancelled, replaced and looked up."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from twinstar.sim.model import Order, Refusal, Request
from twinstar.sim.ports import Exchange
from twinstar.sim.wires.krw.errors import field_missing
from twinstar.sim.wires.krw.markets import MIN_TOTAL, market_id, symbol_of
from twinstar.sim.wires.krw.messages import Account, Chance, ChanceMarket, ChanceSide
from twinstar.sim.wires.krw.numbers import text
from twinstar.sim.wires.krw.orders import side_of, state_of
from twinstar.sim.wires.krw.params import Params
from twinstar.sim.wires.krw.placing import Wish, to_request
from twinstar.sim.wires.krw.purse import accounts, purses
from twinstar.sim.wires.krw.times import DAY
from twinstar.sim.wires.upbit import ids, messages, orders, placing
from twinstar.sim.wires.upbit.errors import denied, of_refusal
from twinstar.sim.wires.upbit.markets import FEE, MAX_TOTAL

OPEN_STATES = ("wait", "watch")
CLOSED_STATES = ("done", "cancel")
WINDOW_MS = 7 * DAY  # of a search among closed orders


class Desk:
    """Remembers which identifiers were refused (they are spent as well) and which orders were of type best.

    Both are forgotten with the process: the exchange keeps no refused orders, and a best order is a limit order to it.
    """

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._spent: set[tuple[str, str]] = set()
        self._best: set[int] = set()
        self._placing_best: Request | None = None

    def is_best(self, order: Order) -> bool:
        return order.id in self._best or order.request is self._placing_best

    # -- orders

    def create(self, account: str, params: Params) -> messages.OrderAnswer:
        self._spend(account, params.get("identifier"))
        return self._answer(self._place(account, placing.read(params, self._exchange)))

    def cancel(self, account: str, params: Params) -> messages.OrderAnswer:
        """Upbit confirms that it will cancel: the answer shows the order as it was."""
        before = self._find(account, params.get("uuid"), params.get("identifier"))
        self._cancel(account, before)
        return self._answer(before)

    def replace(self, account: str, params: Params) -> messages.OrderAnswer:
        before = self._find(account, params.get("prev_order_uuid"), params.get("prev_order_identifier"))
        wish = placing.read_replacement(
            params, self._exchange, before.request.symbol, side_of(before), before.remaining
        )
        if not before.status.is_open:
            raise denied("order_not_found")
        self._spend(account, wish.client_id)
        self._cancel(account, before)
        after = self._place(account, wish)
        return msgspec.structs.replace(
            self._answer(before),
            new_order_uuid=ids.order_uuid(after.id),
            new_order_identifier=wish.client_id or msgspec.UNSET,
        )

    def order(self, account: str, params: Params) -> messages.OrderAnswer:
        order = self._find(account, params.get("uuid"), params.get("identifier"))
        return msgspec.structs.replace(self._answer(order), trades=orders.trades(order))

    def open_orders(self, account: str, params: Params) -> list[messages.OrderAnswer]:
        states = self._states(params, OPEN_STATES, default=("wait",))
        found = self._listed(account, params, states)
        limit, page = params.number("limit", 100, 100), params.number("page", 1, 1_000_000)
        return found[(page - 1) * limit : page * limit]

    def closed_orders(self, account: str, params: Params) -> list[messages.OrderAnswer]:
        start_ms, end_ms = params.time("start_time"), params.time("end_time")
        if end_ms is None:
            end_ms = self._exchange.clock.now_ms() if start_ms is None else start_ms + WINDOW_MS
        if start_ms is None:
            start_ms = end_ms - WINDOW_MS
        if not 0 <= end_ms - start_ms <= WINDOW_MS:
            raise denied("invalid_parameter")
        states = self._states(params, CLOSED_STATES, default=CLOSED_STATES)
        found = self._listed(account, params, states, created=range(start_ms, end_ms + 1))
        return found[: params.number("limit", 100, 1000)]

    def orders_by_id(self, account: str, params: Params) -> list[messages.OrderAnswer]:
        uuids, identifiers = set(params.all("uuids")), set(params.all("identifiers"))
        if bool(uuids) == bool(identifiers):
            raise denied("invalid_parameter")
        return [
            each
            for each in self._listed(account, params, (*OPEN_STATES, *CLOSED_STATES))
            if each.uuid in uuids or each.identifier in identifiers
        ]

    # -- money

    def accounts(self, account: str) -> list[Account]:
        return accounts(self._exchange, account)

    def chance(self, account: str, params: Params) -> Chance:
        symbol = symbol_of(params.field("market"))
        listing = self._exchange.listings.get(symbol)
        if listing is None:
            raise denied("notfoundmarket")
        held = purses(self._exchange, account, listing.quote, listing.base)
        return Chance(
            bid_fee=text(FEE),
            ask_fee=text(FEE),
            maker_bid_fee=text(FEE),
            maker_ask_fee=text(FEE),
            market=ChanceMarket(
                id=market_id(symbol),
                name=symbol,
                order_types=("limit",),
                order_sides=("ask", "bid"),
                bid_types=("best_fok", "best_ioc", "limit", "limit_fok", "limit_ioc", "price"),
                ask_types=("best_fok", "best_ioc", "limit", "limit_fok", "limit_ioc", "market"),
                bid=ChanceSide(listing.quote, int(MIN_TOTAL), None),
                ask=ChanceSide(listing.base, int(MIN_TOTAL), None),
                max_total=text(MAX_TOTAL),
                state="active",
            ),
            bid_account=held[listing.quote],
            ask_account=held[listing.base],
        )

    # -- within

    def _answer(self, order: Order) -> messages.OrderAnswer:
        return orders.answer(order, best=self.is_best(order))

    def _spend(self, account: str, identifier: str | None) -> None:
        """An identifier serves once, whatever became of its order. Source: docs.upbit.com/kr/reference/new-order."""
        if identifier is None:
            return
        if (account, identifier) in self._spent or self._known(account, identifier):
            raise denied("duplicated_identifier")
        self._spent.add((account, identifier))

    def _known(self, account: str, identifier: str) -> bool:
        try:
            self._exchange.order(account, client_id=identifier)
        except Refusal:
            return False
        return True

    def _place(self, account: str, wish: Wish) -> Order:
        listing = self._exchange.listings[wish.symbol]
        asset = listing.quote if wish.side == "bid" else listing.base
        request = to_request(wish, self._exchange)
        best = wish.ord_type == "best"
        self._placing_best = request if best else None  # its frames leave before its number is known here
        try:
            order = self._exchange.place(account, request)
        except Refusal as refusal:
            raise of_refusal(refusal, wish.side, asset) from refusal
        finally:
            self._placing_best = None
        if best:
            self._best.add(order.id)
        return order

    def _cancel(self, account: str, order: Order) -> None:
        try:
            self._exchange.cancel(account, order.id)
        except Refusal as refusal:
            raise of_refusal(refusal, side_of(order), "") from refusal

    def _find(self, account: str, uuid: str | None, identifier: str | None) -> Order:
        """By UUID where both are given, as Upbit documents."""
        if uuid is None and identifier is None:
            raise field_missing("uuid")
        order_id = ids.order_id_of(uuid) if uuid else None
        if uuid and order_id is None:
            raise denied("order_not_found")
        try:
            if order_id is not None:
                return self._exchange.order(account, order_id=order_id)
            return self._exchange.order(account, client_id=identifier)
        except Refusal:
            raise denied("order_not_found") from None

    def _states(self, params: Params, allowed: Sequence[str], default: Sequence[str]) -> Sequence[str]:
        one = params.get("state")
        states = params.all("states") or ((one,) if one else default)
        if not set(states) <= set(allowed):
            raise denied("invalid_parameter")
        return states

    def _listed(
        self, account: str, params: Params, states: Sequence[str], created: range | None = None
    ) -> list[messages.OrderAnswer]:
        """Newest first, unless ``order_by`` says asc."""
        market = params.get("market")
        symbol = symbol_of(market) if market else None
        if symbol is not None and symbol not in self._exchange.listings:
            raise denied("notfoundmarket")
        found = [
            orders.answer(each, best=self.is_best(each), listed=True)
            for each in self._exchange.orders(account, symbol=symbol, open_only=set(states) <= set(OPEN_STATES))
            if state_of(each) in states and (created is None or each.created_ms in created)
        ]
        return found if params.get("order_by") == "asc" else found[::-1]
