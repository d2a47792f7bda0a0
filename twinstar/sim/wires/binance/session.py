"""The WebSocket API, as far as it serves the user data stream: one signed request, and the account's news follow."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec import DecodeError, Struct, ValidationError, json

from twinstar.sim.model import AccountEvent
from twinstar.sim.ports import Line
from twinstar.sim.wires.binance.desk import Desk
from twinstar.sim.wires.binance.userdata import UserData
from twinstar.sim.wires.binance_common import gate
from twinstar.sim.wires.binance_common.desk import Json
from twinstar.sim.wires.binance_common.errors import ApiError
from twinstar.sim.wires.binance_common.limits import Limits
from twinstar.sim.wires.binance_common.params import Params
from twinstar.sim.wires.spelling import frame

SUBSCRIBING = 2  # request weight
REFUSED = ApiError(-1002, "You are not authorized to execute this request.", status=401)


class Asked(Struct):
    method: str
    id: int | str | None = None
    params: dict[str, Any] = {}


class ApiSession:
    def __init__(self, desk: Desk, limits: Limits, line: Line) -> None:
        self._desk, self._limits, self._line = desk, limits, line
        self._stops: dict[int, Callable[[], None]] = {}  # by subscription
        self._accounts: dict[str, int] = {}  # the subscription of each
        self._count = 0

    def on_frame(self, told: str | bytes) -> None:
        self._answer(told, self._obey)

    def refuse(self, told: str | bytes) -> None:
        def no(_: Asked) -> Json:
            raise REFUSED

        self._answer(told, no)

    def on_close(self) -> None:
        for stop in self._stops.values():
            stop()
        self._stops.clear()

    def _answer(self, told: str | bytes, obey: Callable[[Asked], Json]) -> None:
        number = None
        try:
            asked = _read(told)
            number = asked.id
            answer: Json = {"id": number, "status": 200, "result": obey(asked)}
        except ApiError as error:
            answer = {"id": number, "status": error.status, "error": {"code": error.code, "msg": error.message}}
        self._line.send(frame({**answer, "rateLimits": []}))

    def _obey(self, asked: Asked) -> Json:
        match asked.method:
            case "ping":
                return {}
            case "time":
                return {"serverTime": self._desk.exchange.clock.now_ms()}
            case "userDataStream.subscribe.signature":
                self._limits.spend(SUBSCRIBING)
                return {"subscriptionId": self._subscribe(_admitted(self._desk, asked.params))}
            case "userDataStream.unsubscribe":
                self.on_close()
                self._accounts.clear()
                return {}
            case _:
                raise ApiError(-1135, f"Method '{asked.method}' is not known here.")

    def _subscribe(self, account: str) -> int:
        if account in self._accounts:
            raise ApiError(-2035, "User Data Stream subscription already active.")
        number, self._count = self._count, self._count + 1
        news = UserData(self._desk, account)

        def tell(event: AccountEvent) -> None:
            for each in news.frames(event):
                self._line.send(frame({"subscriptionId": number, "event": each}))

        self._stops[number] = self._desk.exchange.on_account(account, tell)
        self._accounts[account] = number
        return number


def _read(told: str | bytes) -> Asked:
    try:
        return json.decode(told, type=Asked)
    except (DecodeError, ValidationError, UnicodeError, RecursionError) as error:
        raise ApiError(-1135, f"Invalid JSON Request: {error}") from error


def _admitted(desk: Desk, sent: dict[str, Any]) -> str:
    """Signed is what was sent, in the order of the names."""
    params = Params({name: str(value) for name, value in sent.items()})
    keys = gate.key_holder(desk.exchange, params.values.get("apiKey", ""))
    gate.check_time(desk.exchange.clock.now_ms(), params)
    payload = "&".join(f"{name}={value}" for name, value in sorted(params.values.items()) if name != "signature")
    gate.check_signed(keys.secret, payload, params.text("signature"))
    return keys.account
