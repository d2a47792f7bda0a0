"""A market data connection: any streams, subscribed and unsubscribed by frames or named in its address."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress

from twinstar.sim.ports import Line
from twinstar.sim.wires.binance_common import control
from twinstar.sim.wires.binance_common.control import BadFrame, Order
from twinstar.sim.wires.binance_common.desk import Json
from twinstar.sim.wires.binance_common.feeds import Send, Stop
from twinstar.sim.wires.spelling import frame

MOST_STREAMS = 1_024

Start = Callable[[str, Send], Stop]  # raises BadFrame for a name that is no stream


class MarketSession:
    """``combined``: each frame says which stream it is of."""

    def __init__(self, start: Start, line: Line, streams: Iterable[str], *, combined: bool = False) -> None:
        self._start_feed = start
        self._line = line
        self._combined = combined
        self._stops: dict[str, Stop] = {}
        for name in streams:
            with suppress(BadFrame):  # clients number their connections, /ws/0; the venue ignores such names
                self._start(name)

    def on_frame(self, frame: str | bytes) -> None:
        try:
            order = control.read(frame)
            self._line.send(self._obey(order))
        except BadFrame as bad:
            self._line.send(control.error(bad))

    def refuse(self, frame: str | bytes) -> None:
        self._line.send(control.refused(frame))

    def on_close(self) -> None:
        for stop in self._stops.values():
            stop()
        self._stops.clear()

    def _obey(self, order: Order) -> str:
        match order.method:
            case "SUBSCRIBE":
                self._subscribe(order)
            case "UNSUBSCRIBE":
                for name in order.params:
                    self._stops.pop(name, _nothing)()
            case _:
                return control.result(order, list(self._stops))
        return control.result(order)

    def _subscribe(self, order: Order) -> None:
        """All of the names or none."""
        fresh = [name for name in dict.fromkeys(order.params) if name not in self._stops]
        if len(self._stops) + len(fresh) > MOST_STREAMS:
            raise BadFrame(2, "Invalid request: too many subscriptions", order.id)
        for done, name in enumerate(fresh):
            try:
                self._start(name)
            except BadFrame as bad:
                for started in fresh[:done]:
                    self._stops.pop(started)()
                raise BadFrame(bad.code, bad.message, order.id) from bad

    def _start(self, name: str) -> None:
        def send(told: Json) -> None:
            self._line.send(frame({"stream": name, "data": told} if self._combined else told))

        self._stops[name] = self._start_feed(name, send)


def _nothing() -> None:
    """Unsubscribing what was not subscribed is no error."""
