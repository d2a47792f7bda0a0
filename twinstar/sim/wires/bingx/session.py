"""One connection: its frames are gzipped, it asks for a sign of life, and it is subscribed by name."""

from __future__ import annotations

import asyncio
import gzip
from typing import Any

import msgspec
from msgspec import Struct

from twinstar.sim.ports import Line
from twinstar.sim.wires.bingx import channels
from twinstar.sim.wires.bingx.channels import Stop
from twinstar.sim.wires.bingx.desk import Desk, Json
from twinstar.sim.wires.bingx.news import News
from twinstar.sim.wires.idle import Idle
from twinstar.sim.wires.spelling import frame

PING_MS, IDLE_MS = 5_000, 30_000
MOST_TOPICS = 200
FASTEST = 1


class Asked(Struct, rename="camel"):
    id: str = ""
    req_type: str = "sub"
    data_type: str = ""


class BingxSession:
    """With ``news`` the account's, which need no subscription."""

    def __init__(self, desk: Desk, line: Line, news: News | None = None) -> None:
        self._desk, self._line = desk, line
        self._stops: dict[str, Stop] = {}
        self._idle = Idle(desk.now_ms, IDLE_MS, line.close)
        self._pinging = self._ping_later()
        self._silence = news.start(self._tell) if news is not None else _nothing

    def on_frame(self, told: str | bytes) -> None:
        self._idle.heard()
        if told in ("Pong", b"Pong"):
            return
        asked = _read(told)
        if asked is None:
            self._complain("", 100400, "")
        elif asked.req_type == "unsub":
            self._stops.pop(asked.data_type, _nothing)()
            self._confirm(asked)
        else:
            self._subscribe(asked)

    def refuse(self, told: str | bytes) -> None:
        """As a topic that it does not have."""
        asked = _read(told)
        self._complain(asked.id if asked is not None else "", 80014, "Invalid parameters, err:dataType")

    def on_close(self) -> None:
        self._idle.cancel()
        self._pinging.cancel()
        self._silence()
        for stop in self._stops.values():
            stop()
        self._stops.clear()

    def _ping_later(self) -> asyncio.TimerHandle:
        return asyncio.get_running_loop().call_later(PING_MS / 1000, self._ping)

    def _ping(self) -> None:
        self._send("Ping")
        self._pinging = self._ping_later()

    def _subscribe(self, asked: Asked) -> None:
        """Confirmed first, then whatever the topic brings; a second time it is only confirmed."""
        topic = asked.data_type
        start = channels.topic(self._desk, topic, lambda told: self._tell({"code": 0, "dataType": topic, **told}))
        if start is None:
            self._complain(asked.id, 80014, "Invalid parameters, err:dataType")
            return
        if len(self._stops) >= MOST_TOPICS and topic not in self._stops:
            self._complain(asked.id, 80403, "subscribe more than 200 topics")
            return
        self._confirm(asked)
        if topic not in self._stops:
            self._stops[topic] = start()

    def _confirm(self, asked: Asked) -> None:
        self._tell({"id": asked.id, "code": 0, "msg": "", "dataType": "", "data": None})

    def _complain(self, name: str, code: int, message: str) -> None:
        named = {"id": name} if name else {}
        self._tell({**named, "code": code, "msg": message, "timestamp": self._desk.now_ms()})

    def _tell(self, told: Json) -> None:
        self._send(frame(told))

    def _send(self, told: str) -> None:
        self._line.send(gzip.compress(told.encode(), FASTEST))


def _read(told: str | bytes) -> Asked | None:
    try:
        asked: Any = msgspec.json.decode(told, type=Asked)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None
    return asked if asked.req_type in ("sub", "unsub") else None


def _nothing() -> None:
    """Unsubscribing what was not subscribed is no error."""
