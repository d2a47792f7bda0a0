"""When the frame came that closes a candle, and when the next order left: the same two places, whoever trades."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import Any, Protocol, TypeVar

from aiohttp.client_proto import ResponseHandler
from aiohttp.http_writer import StreamWriter

CLOSES = b'"x":true'
ORDERS = (b"POST ", b"/fapi/v1/order")


class Wire:
    def __init__(self) -> None:
        self.took_ms: list[float] = []
        self._came_s: float | None = None

    @property
    def has_closed(self) -> bool:
        """And no order has left since."""
        return self._came_s is not None

    def read(self, data: bytes) -> None:
        if CLOSES in data:
            self._came_s = perf_counter()

    def written(self, chunks: Iterable[Any]) -> None:
        if self._came_s is not None and _is_order(bytes(next(iter(chunks)))):
            self.took_ms.append((perf_counter() - self._came_s) * 1_000)
            self._came_s = None


def _is_order(head: bytes) -> bool:
    method, path = ORDERS
    return head.startswith(method) and path in head.partition(b"\r\n")[0]


class Watching(Protocol):
    def read(self, data: bytes) -> None: ...
    def written(self, chunks: Iterable[Any]) -> None: ...


W = TypeVar("W", bound=Watching)


@contextmanager
def watched(wire: W) -> Iterator[W]:
    """aiohttp is under both sides: where it is handed what a socket brought, and where it hands on what shall leave."""
    received, write, writelines = ResponseHandler.data_received, StreamWriter._write, StreamWriter._writelines  # noqa: SLF001 - there is no other place

    def data_received(self: Any, data: bytes) -> None:
        wire.read(data)
        received(self, data)

    def one(self: Any, chunk: Any) -> None:
        wire.written((chunk,))
        write(self, chunk)

    def several(self: Any, chunks: Any) -> None:
        wire.written(chunks)
        writelines(self, chunks)

    ResponseHandler.data_received = data_received  # type: ignore[method-assign]
    StreamWriter._write, StreamWriter._writelines = one, several  # type: ignore[method-assign] # noqa: SLF001
    try:
        yield wire
    finally:
        ResponseHandler.data_received = received  # type: ignore[method-assign]
        StreamWriter._write, StreamWriter._writelines = write, writelines  # type: ignore[method-assign] # noqa: SLF001
