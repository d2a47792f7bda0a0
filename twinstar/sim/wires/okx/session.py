"""One connection: logging in, subscribing, the venue's own ping, and the silence after which it is cut."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct

from twinstar.sim.ports import Line
from twinstar.sim.wires.idle import Idle
from twinstar.sim.wires.okx import channels, gate, news, params
from twinstar.sim.wires.okx.channels import Send, Stop
from twinstar.sim.wires.okx.desk import UID, Desk, Json
from twinstar.sim.wires.okx.errors import ApiError
from twinstar.sim.wires.okx.params import Params
from twinstar.sim.wires.spelling import frame
from twinstar.sim.wires.windows import Window

PLACES = ("public", "business", "private")
IDLE_MS = 30_000
NO_DATA = 4004  # the close code of a connection that was silent
HOUR_MS, ASKED_AN_HOUR = 3_600_000, 480
CONNECTION = "a4d3ae55"


class Asked(Struct):
    op: str
    args: list[dict[str, Any]]
    id: str | int | None = None


class OkxSession:
    def __init__(self, desk: Desk, line: Line, place: str) -> None:
        self._desk, self._line, self._place = desk, line, place
        self._account: str | None = None
        self._stops: dict[str, Stop] = {}
        self._asked = Window(HOUR_MS)
        self._idle = Idle(desk.now_ms, IDLE_MS, lambda: line.close(NO_DATA))

    def on_frame(self, told: str | bytes) -> None:
        self._idle.heard()
        if told in ("ping", b"ping"):
            self._line.send("pong")
            return
        try:
            self._obey(_read(told))
        except ApiError as error:
            self._complain(error)

    def refuse(self, told: str | bytes) -> None:
        """As a channel that it does not have."""
        try:
            asked = _read(told)
        except ApiError as error:
            self._complain(error)
        else:
            self._complain(channels.unknown(next(iter(asked.args), {})))

    def on_close(self) -> None:
        self._idle.cancel()
        for stop in self._stops.values():
            stop()
        self._stops.clear()

    def _obey(self, asked: Asked) -> None:
        if self._asked.add(self._desk.now_ms(), 1) > ASKED_AN_HOUR:
            raise ApiError("60014", "Requests too frequent")
        match asked.op:
            case "login":
                self._login(asked)
            case "subscribe":
                for arg in asked.args:
                    self._subscribe(arg)
            case "unsubscribe":
                for arg in asked.args:
                    self._stops.pop(_name(arg), _nothing)()
                    self._tell({"event": "unsubscribe", "arg": arg, "connId": CONNECTION})
            case _:
                raise ApiError("60012", f"Illegal request: {frame(msgspec.to_builtins(asked))}")

    def _login(self, asked: Asked) -> None:
        if self._place == "public":
            raise ApiError("60008", "Login is not supported for public channels.")
        if len(asked.args) != 1:
            raise ApiError("60013", "Invalid args")
        self._account = gate.logged_in(self._desk.exchange, params.of_object(asked.args[0]))
        self._tell({"event": "login", "code": "0", "msg": "", "connId": CONNECTION})

    def _subscribe(self, arg: Mapping[str, Any]) -> None:
        """Confirmed first, then whatever the channel begins with; a second time it is only confirmed."""
        start = self._channel(arg, params.of_object(dict(arg)))
        self._tell({"event": "subscribe", "arg": arg, "connId": CONNECTION})
        if _name(arg) not in self._stops:
            self._stops[_name(arg)] = start()

    def _channel(self, arg: Mapping[str, Any], wanted: Params) -> channels.Start:
        name = wanted.get("channel")
        if news.has(self._place, name):
            if self._account is None:
                raise ApiError("60011", "Please log in")
            return news.channel(self._desk, self._account, wanted, self._sender({**arg, "uid": UID}))
        if self._place == "private":
            raise channels.unknown(arg)
        return channels.channel(self._desk, self._place, wanted, self._sender(arg))

    def _sender(self, arg: Mapping[str, Any]) -> Send:
        def send(rows: list[Any], **more: Any) -> None:
            self._tell({"arg": arg, **more, "data": rows})

        return send

    def _complain(self, error: ApiError) -> None:
        self._tell({"event": "error", "code": error.code, "msg": error.message, "connId": CONNECTION})

    def _tell(self, told: Json) -> None:
        self._idle.heard()
        self._line.send(frame(told))


def _read(told: str | bytes) -> Asked:
    try:
        return msgspec.json.decode(told, type=Asked)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        shown = told if isinstance(told, str) else told.decode("utf-8", "replace")
        raise ApiError("60012", f"Illegal request: {shown}") from error


def _name(arg: Mapping[str, Any]) -> str:
    return frame(dict(sorted(arg.items())))


def _nothing() -> None:
    """Unsubscribing what was not subscribed is no error."""
