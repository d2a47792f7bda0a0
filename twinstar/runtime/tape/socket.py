"""A WebSocket of aiohttp that tells a tape what goes over it: for adapters that have a socket of their own."""

from __future__ import annotations

from typing import Any, TypeVar, cast

from aiohttp import WSMsgType

from twinstar.ports import Tape

S = TypeVar("S")
OVER = (WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED, WSMsgType.ERROR)


def taped(socket: S, tape: Tape | None, url: str) -> S:
    """The socket itself where nobody keeps a tape."""
    return socket if tape is None else cast("S", TapedSocket(socket, tape, url))


class TapedSocket:
    """As the socket, and what is sent and received as text or bytes is told."""

    def __init__(self, socket: Any, tape: Tape, url: str) -> None:
        self._socket, self._tape, self._line = socket, tape, tape.open(url)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._socket, name)

    async def receive(self, timeout: float | None = None) -> Any:  # noqa: ASYNC109 - aiohttp's signature
        message = await self._socket.receive(timeout)
        if message.type is WSMsgType.TEXT:
            data = message.data  # bytes, where the socket was told not to decode them
            self._tape.frame(self._line, "<", data if isinstance(data, str) else data.decode(errors="replace"))
        elif message.type is WSMsgType.BINARY:
            self._tape.frame(self._line, "<", message.data)
        elif message.type in OVER:
            self._tape.close(self._line)
        return message

    async def send_str(self, data: str) -> None:
        self._tape.frame(self._line, ">", data)
        await self._socket.send_str(data)
