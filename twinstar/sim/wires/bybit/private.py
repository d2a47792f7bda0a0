"""The private connection: it logs in, and hears of its orders, executions, positions and wallet."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import assert_never

from twinstar.sim.model import AccountChanged, AccountEvent, OrderChanged
from twinstar.sim.ports import Keys, Line
from twinstar.sim.wires import margin
from twinstar.sim.wires.bybit import control, gate
from twinstar.sim.wires.bybit.account import wallet_view
from twinstar.sim.wires.bybit.control import BadFrame, Order
from twinstar.sim.wires.bybit.desk import ASSET, Desk, Json
from twinstar.sim.wires.bybit.views import entry_price, execution_view, order_view, position_view
from twinstar.sim.wires.spelling import frame

TOPICS = ("order", "execution", "position", "wallet")
CATEGORY = {"category": "linear"}
NOT_LOGGED_IN = "Request not authorized"


class PrivateSession:
    def __init__(self, desk: Desk, line: Line, name: str) -> None:
        self._desk, self._line, self._name = desk, line, name
        self._keys: Keys | None = None
        self._topics: dict[str, str] = {}  # as they were asked for, each with its plain name
        self._forget: Callable[[], None] | None = None
        self._said = 0

    def on_frame(self, frame: str | bytes) -> None:
        try:
            self._obey(control.read(frame))
        except BadFrame as bad:
            self._line.send(control.answer(bad.order, self._name, success=False, message=bad.message))

    def refuse(self, frame: str | bytes) -> None:
        try:
            order = control.read(frame)
        except BadFrame as bad:
            order = bad.order or Order("")
        message = gate.BAD_LOGIN if order.op == "auth" else NOT_LOGGED_IN
        self._line.send(control.answer(order, self._name, success=False, message=message))

    def on_close(self) -> None:
        if self._forget is not None:
            self._forget()
            self._forget = None

    def _obey(self, order: Order) -> None:
        match order.op:
            case "ping":
                now = str(self._desk.exchange.clock.now_ms())
                told = {"req_id": str(order.req_id), "op": "pong", "args": [now], "conn_id": self._name}
                self._line.send(frame(told))
            case "auth":
                self._log_in(order)
            case "subscribe":
                self._subscribe(order)
            case _:
                for topic in map(str, order.args):
                    self._topics.pop(topic, None)
                self._line.send(control.answer(order, self._name))

    def _log_in(self, order: Order) -> None:
        keys = gate.log_in(self._desk.exchange, order.args)
        if isinstance(keys, gate.Refused):
            raise BadFrame(keys.why, order)
        if self._keys is None:
            self._keys = keys
            self._forget = self._desk.exchange.on_account(keys.account, self._on_event)
        self._line.send(control.answer(order, self._name))

    def _subscribe(self, order: Order) -> None:
        """All of the topics or none. ``order.linear`` is ``order`` of that category, which is all there is here."""
        if self._keys is None:
            raise BadFrame(NOT_LOGGED_IN, order)
        asked = {topic: topic.removesuffix(".linear") for topic in map(str, order.args)}
        for topic, plain in asked.items():
            if plain not in TOPICS or topic in self._topics:
                known = plain in TOPICS
                already = f"error:already subscribed,topic:{topic}"
                raise BadFrame(already if known else control.handler_not_found(topic), order)
        self._topics.update(asked)
        self._line.send(control.answer(order, self._name))

    def _on_event(self, event: AccountEvent) -> None:
        match event:
            case OrderChanged():
                self._tell("order", self._orders(event))
                if event.execution is not None and self._keys is not None:
                    told = execution_view(self._desk.exchange, self._keys.account, event.execution)
                    self._tell("execution", [{**told, **CATEGORY, "feeCoin": ASSET}])
            case AccountChanged():
                self._tell("position", self._positions(event))
                if event.balances and self._keys is not None:
                    self._tell("wallet", [wallet_view(self._desk, self._keys.account)])
            case _:
                assert_never(event)

    def _orders(self, event: OrderChanged) -> list[Json]:
        """One that has fired is told twice: that it has, and that it is an order now."""
        told = {**order_view(event.order), **CATEGORY, "feeCurrency": "", "closedPnl": "0"}
        return [{**told, "orderStatus": "Triggered"}, told] if event.what == "triggered" else [told]

    def _positions(self, event: AccountChanged) -> list[Json]:
        if self._keys is None:
            return []
        account, exchange = self._keys.account, self._desk.exchange
        wallet = self._desk.wallet(account)
        exposures = [margin.exposure(exchange, held) for held in event.positions]
        return [
            {**CATEGORY, "entryPrice": entry_price(held), **position_view(exchange, account, held, wallet)}
            for held in exposures
        ]

    def _tell(self, plain: str, rows: Iterable[Json]) -> None:
        """A frame a row, under the name that was subscribed."""
        for topic in [topic for topic, name in self._topics.items() if name == plain]:
            for row in rows:
                self._said += 1
                now = self._desk.exchange.clock.now_ms()
                told = {"id": f"{self._name}-{self._said}", "topic": topic, "creationTime": now, "data": [row]}
                self._line.send(frame(told))
