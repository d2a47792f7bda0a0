"""A connection for market data."""

from __future__ import annotations

from twinstar.sim.ports import Line
from twinstar.sim.wires.bybit import control, topics
from twinstar.sim.wires.bybit.control import BadFrame, Order
from twinstar.sim.wires.bybit.desk import Desk, Json
from twinstar.sim.wires.spelling import frame


class PublicSession:
    def __init__(self, desk: Desk, line: Line, name: str) -> None:
        self._desk, self._line, self._name = desk, line, name
        self._stops: dict[str, topics.Stop] = {}

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
        message = control.handler_not_found(str(next(iter(order.args), "")))
        self._line.send(control.answer(order, self._name, success=False, message=message))

    def on_close(self) -> None:
        for stop in self._stops.values():
            stop()
        self._stops.clear()

    def _obey(self, order: Order) -> None:
        match order.op:
            case "ping":
                self._line.send(control.answer(order, self._name, message="pong"))
            case "subscribe":
                self._subscribe(order)
            case "unsubscribe":
                for topic in map(str, order.args):
                    self._stops.pop(topic, _nothing)()
                self._line.send(control.answer(order, self._name))
            case _:
                raise BadFrame("error:invalid op", order)

    def _subscribe(self, order: Order) -> None:
        """All of the topics or none; what a topic says at once comes after the answer."""
        fresh = {topic: topics.find(self._desk, topic) for topic in map(str, order.args)}
        for topic, start in fresh.items():
            if topic in self._stops:
                raise BadFrame(f"error:already subscribed,topic:{topic}", order)
            if start is None:
                raise BadFrame(control.handler_not_found(topic), order)
        self._line.send(control.answer(order, self._name))
        for topic, start in fresh.items():
            if start is not None:
                self._stops[topic] = start(self._send)

    def _send(self, told: Json) -> None:
        self._line.send(frame(told))


def _nothing() -> None:
    """Unsubscribing what was not subscribed is no error."""
