"""A connection: it subscribes to channels, sends transactions, and has to be heard from every two minutes.

Source: apidocs.lighter.xyz/docs/websocket-reference and its rate limits (2026-07).
"""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
from msgspec import Struct

from twinstar.sim.ports import Line
from twinstar.sim.wires.idle import Idle
from twinstar.sim.wires.lighter import channels, owned, sending
from twinstar.sim.wires.lighter.channels import Start, Stop, Tell
from twinstar.sim.wires.lighter.desk import Desk, Json
from twinstar.sim.wires.lighter.errors import BAD_NONCE, BAD_TOKEN, ApiError
from twinstar.sim.wires.lighter.limits import Rolling
from twinstar.sim.wires.lighter.params import whole
from twinstar.sim.wires.spelling import frame

IDLE_MS = 120_000
PING_S = 60
TOLD_S = 0.5  # a line that is closed at once says nothing
MOST_MESSAGES = 200  # a minute, transactions not counted
MOST_CHANNELS = 500
SEND, SEND_BATCH = "jsonapi/sendtx", "jsonapi/sendtxbatch"
BAD_JSON, BAD_MESSAGE, NOT_SUBSCRIBED, ALREADY, BAD_CHANNEL, TOO_MANY_MESSAGES = (
    30000, 30001, 30002, 30003, 30005, 30009,
)  # fmt: skip
TOO_MANY_CHANNELS = (23001, "Too Many Subscriptions!")
TOO_MANY_LINES = (23003, "Too Many Connections!")


class Message(Struct):
    type: str = ""
    channel: str = ""
    auth: str = ""
    data: Any = None


class StreamSession:
    def __init__(self, desk: Desk, line: Line, name: str) -> None:
        self._desk, self._line = desk, line
        self._stops: dict[str, Stop] = {}
        self._messages = Rolling()
        self._idle = Idle(desk.now_ms, IDLE_MS, line.close)
        self._ping = self._ping_later()
        self._send({"session_id": name, "type": "connected"})

    def on_frame(self, told: str | bytes) -> None:
        self._idle.heard()
        self._desk.deadlines.look()
        try:
            self._obey(_read(told))
        except ApiError as error:
            self._send_error(error.code, error.message)

    def refuse(self, told: str | bytes) -> None:
        """A transaction's nonce is not what it should be, and no answer says which transaction it was."""
        try:
            message = _read(told)
        except ApiError as error:
            self._send_error(error.code, error.message)
            return
        if message.type in (SEND, SEND_BATCH):
            self._send_error(*BAD_NONCE)
        else:
            self._send_error(BAD_CHANNEL, f"Invalid Channel:  ({message.channel})")

    def on_close(self) -> None:
        self._idle.cancel()
        self._ping.cancel()
        for stop in self._stops.values():
            stop()
        self._stops.clear()

    def _obey(self, message: Message) -> None:
        if message.type in (SEND, SEND_BATCH):
            self._send_transactions(message)
            return
        if not self._messages.add(self._desk.now_ms(), 1, MOST_MESSAGES):
            raise ApiError(TOO_MANY_MESSAGES, "Too Many Websocket Messages!")
        match message.type:
            case "subscribe":
                self._subscribe(message)
            case "unsubscribe":
                self._unsubscribe(message.channel.replace("/", ":"))
            case "ping":
                self._send({"type": "pong"})
            case "pong":
                pass  # that it was heard is all that it is for
            case _:
                raise ApiError(BAD_MESSAGE, "Invalid Type")

    # Channels.

    def _subscribe(self, message: Message) -> None:
        channel = message.channel.replace("/", ":")
        if channel in self._stops:
            raise ApiError(ALREADY, f"Already Subscribed to : {channel}")
        if len(self._stops) >= MOST_CHANNELS:
            raise ApiError(*TOO_MANY_CHANNELS)
        kind, *arguments = channel.split(":")
        start = self._find(kind, arguments, message.auth)
        if start is None:
            raise ApiError(BAD_CHANNEL, f"Invalid Channel:  ({message.channel})")
        self._stops[channel] = start(self._teller(kind, _spelt(kind, arguments)))

    def _find(self, kind: str, arguments: list[str], token: str) -> Start | None:
        if kind not in owned.PRIVATE | owned.OPEN:
            return channels.find(self._desk, kind, arguments)
        numbers = [number for number in map(whole, arguments) if number is not None]
        if len(numbers) < len(arguments) or len(numbers) not in (1, 2):
            return None
        account = self._desk.accounts.find(numbers[-1])
        if kind in owned.PRIVATE and self._desk.accounts.of_token(token) != account:
            raise ApiError(*BAD_TOKEN)
        market = self._desk.find(numbers[0]) if len(numbers) == 2 else None
        return owned.find(self._desk, kind, account, market)

    def _teller(self, kind: str, channel: str) -> Tell:
        first = True

        def tell(body: Json) -> None:
            nonlocal first
            what, first = "subscribed" if first else "update", False
            self._send({"channel": channel, **body, "type": f"{what}/{kind}"})

        return tell

    def _unsubscribe(self, channel: str) -> None:
        if channel not in self._stops:
            raise ApiError(NOT_SUBSCRIBED, f"Not Subscribed to : {channel}")
        self._stops.pop(channel)()
        self._send({"type": "unsubscribed", "channel": channel})

    # Transactions.

    def _send_transactions(self, message: Message) -> None:
        """The answer has the request's id, whether it was accepted or not; one without an id cannot be answered so."""
        data = message.data
        if not isinstance(data, dict) or "id" not in data:
            raise ApiError(BAD_MESSAGE, "Invalid Data")
        answer = {"id": data["id"], "type": message.type}
        try:
            told = self._carry_out(message.type, data)
        except ApiError as error:
            self._send({**answer, "code": error.code, "message": error.message})
            return
        self._send({**answer, "code": 200, **told})

    def _carry_out(self, kind: str, data: Json) -> Json:
        if kind == SEND:
            info = data.get("tx_info")
            text = info if isinstance(info, str) else msgspec.json.encode(info)
            return sending.send_one(self._desk, _integer(data.get("tx_type")), text)
        types, infos = str(data.get("tx_types")), str(data.get("tx_infos"))
        return sending.send_several(self._desk, types, infos, most=sending.MOST_IN_FRAME)

    # What goes out.

    def _send(self, told: Json) -> None:
        self._line.send(frame(told))

    def _send_error(self, code: int, message: str) -> None:
        self._send({"error": {"code": code, "message": message}})

    def _ping_later(self) -> asyncio.TimerHandle:
        return asyncio.get_running_loop().call_later(PING_S, self._send_ping)

    def _send_ping(self) -> None:
        self._send({"type": "ping"})
        self._ping = self._ping_later()


def _spelt(kind: str, arguments: list[str]) -> str:
    """Orders of one market come under the market alone."""
    return ":".join([kind, *arguments[:1]] if kind == "account_orders" else [kind, *arguments])


def _integer(value: object) -> int:
    return value if isinstance(value, int) else -1


def _read(told: str | bytes) -> Message:
    try:
        return msgspec.json.decode(told, type=Message)
    except msgspec.ValidationError as error:
        raise ApiError(BAD_MESSAGE, "Invalid Type") from error
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise ApiError(BAD_JSON, "Invalid Json") from error


class ShutSession:
    """A line too many: it is told so, and closed."""

    def __init__(self, line: Line) -> None:
        code, message = TOO_MANY_LINES
        line.send(frame({"error": {"code": code, "message": message}}))
        self._timer = asyncio.get_running_loop().call_later(TOLD_S, line.close)

    def on_frame(self, told: str | bytes) -> None:
        """Nothing is heard any more."""

    def refuse(self, told: str | bytes) -> None:
        """As little as that."""

    def on_close(self) -> None:
        self._timer.cancel()
