"""One connection: logging in, subscribing, the venue's own ping, its limits, and the silence after which it is cut."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct

from twinstar.sim.ports import Line
from twinstar.sim.wires.bitget import channels, gate, news, params, unified_news
from twinstar.sim.wires.bitget.channels import Start
from twinstar.sim.wires.bitget.desk import PRODUCT, Desk
from twinstar.sim.wires.bitget.errors import ApiError
from twinstar.sim.wires.bitget.news import News, Send, Stop
from twinstar.sim.wires.idle import Idle
from twinstar.sim.wires.spelling import frame
from twinstar.sim.wires.windows import Window

IDLE_MS = 120_000
SECOND_MS, MESSAGES = 1_000, 10
HOUR_MS, SUBSCRIPTIONS = 3_600_000, 240
ALL = "default"


class Asked(Struct):
    op: str
    args: list[dict[str, Any]]


class BitgetSession:
    def __init__(self, desk: Desk, line: Line, *, is_private: bool, is_unified: bool = False) -> None:
        self._desk, self._line = desk, line
        self._is_private, self._is_unified = is_private, is_unified
        self._account: str | None = None
        self._stops: dict[str, Stop] = {}
        self._messages, self._subscriptions = Window(SECOND_MS), Window(HOUR_MS)
        self._idle = Idle(desk.now_ms, IDLE_MS, line.close)  # only its own ping counts as a sign of life

    def on_frame(self, told: str | bytes) -> None:
        now_ms = self._desk.now_ms()
        if self._messages.add(now_ms, 1) > MESSAGES:
            self._complain(ApiError("30007", "request over limit,connection close"))
            self._line.close()
            return
        if told in ("ping", b"ping"):
            self._idle.heard()
            self._line.send("pong")
            return
        try:
            self._obey(_read(told))
        except ApiError as error:
            self._complain(error)

    def refuse(self, told: str | bytes) -> None:
        """As a channel that it does not have."""
        try:
            self._complain(_unknown(next(iter(_read(told).args), {})))
        except ApiError as error:
            self._complain(error)

    def on_close(self) -> None:
        self._idle.cancel()
        for stop in self._stops.values():
            stop()
        self._stops.clear()

    def _obey(self, asked: Asked) -> None:
        if asked.op == "login":
            self._login(asked)
        elif asked.op == "subscribe":
            for arg in asked.args:
                self._subscribe(arg)
        elif asked.op == "unsubscribe":
            for arg in asked.args:
                self._stops.pop(_name(arg), _nothing)()
                self._tell({"event": "unsubscribe", "arg": arg})
        else:
            raise ApiError("30003", "invalid op")

    def _login(self, asked: Asked) -> None:
        """Whom it does not let in it cuts off."""
        try:
            self._account = gate.logged_in(self._desk.exchange, params.of_object(next(iter(asked.args), None)))
        except ApiError as error:
            self._complain(error)
            self._line.close()
        else:
            self._tell({"event": "login", "code": 0})

    def _subscribe(self, arg: Mapping[str, Any]) -> None:
        """Confirmed first, then whatever the channel begins with; a second time it is only confirmed."""
        if self._subscriptions.add(self._desk.now_ms(), 1) > SUBSCRIPTIONS:
            raise ApiError("30006", "too many requests")
        start = self._private(arg) if self._is_private else self._public(arg)
        self._tell({"event": "subscribe", "arg": arg})
        if _name(arg) not in self._stops:
            self._stops[_name(arg)] = start()

    def _public(self, arg: Mapping[str, Any]) -> Start:
        if self._is_unified:
            return _there(unified_news.topic(self._desk, arg, self._sender(arg)), arg)
        contract = self._desk.contracts.get(str(arg.get("instId")))
        if contract is None or arg.get("instType") != PRODUCT:
            raise _unknown(arg)
        return _there(channels.channel(self._desk, str(arg.get("channel")), contract, self._sender(arg)), arg)

    def _private(self, arg: Mapping[str, Any]) -> Start:
        name, wanted = str(arg.get("channel")), str(arg.get("instId") or arg.get("coin") or ALL)
        account, desk = self._account, self._desk
        if account is None:
            raise ApiError("30004", "requires login")
        if self._is_unified:
            return _there(unified_news.news(desk, account, arg, self._sender(arg)), arg)
        if name not in news.CHANNELS or arg.get("instType") != PRODUCT:
            raise _unknown(arg)
        if wanted != ALL and name != "account" and wanted not in desk.contracts:
            raise _unknown(arg)
        asked = [desk.contracts[wanted]] if wanted in desk.contracts else desk.contracts.values()
        told = News(desk, account, {each.symbol for each in asked})
        return lambda: told.start(name, self._sender(arg))

    def _sender(self, arg: Mapping[str, Any]) -> Send:
        def send(action: str, rows: list[Any]) -> None:
            self._tell({"action": action, "arg": arg, "data": rows, "ts": self._desk.now_ms()})

        return send

    def _complain(self, error: ApiError) -> None:
        self._tell({"event": "error", "code": int(error.code), "msg": error.message})

    def _tell(self, told: Mapping[str, Any]) -> None:
        self._line.send(frame(told))


def _read(told: str | bytes) -> Asked:
    try:
        return msgspec.json.decode(told, type=Asked)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise ApiError("30002", "illegal request") from error


def _unknown(arg: Mapping[str, Any]) -> ApiError:
    return ApiError("30001", f"{','.join(f'{name}:{value}' for name, value in arg.items())} doesn't exist")


def _there(start: Start | None, arg: Mapping[str, Any]) -> Start:
    if start is None:
        raise _unknown(arg)
    return start


def _name(arg: Mapping[str, Any]) -> str:
    return frame(dict(sorted(arg.items())))


def _nothing() -> None:
    """Unsubscribing what was not subscribed is no error."""
