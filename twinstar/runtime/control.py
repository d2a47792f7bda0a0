"""Questions to a running service, over a Unix socket in its state directory: one JSON line each way."""

from __future__ import annotations

import asyncio
import inspect
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, TypeAlias

import msgspec

from twinstar.errors import StateError, TwinStarError
from twinstar.ports import JsonObject
from twinstar.runtime.redaction import redactor

Handler: TypeAlias = Callable[[JsonObject], Awaitable[object] | object]

MAX_REQUEST: Final = 64 * 1024
MAX_ANSWER: Final = 16 * 1024 * 1024
MAX_CLIENTS: Final = 16
PATIENCE_S: Final = 5.0  # for a client to ask, and to take its answer
_COMING_IN_S: Final = 0.01
_LONGEST_ADDRESS: Final = 100  # the kernel takes 108 bytes, macOS 104


class NotRunning(TwinStarError):
    """No service answers there."""


class _Request(msgspec.Struct, frozen=True):
    call: str
    args: JsonObject = {}


@asynccontextmanager
async def serve_control(path: Path, handlers: Mapping[str, Handler]) -> AsyncIterator[None]:
    """Answer for as long as the block runs. Raise `StateError` when somebody answers there already."""
    listening = _listen(path)
    door = _Door(handlers)
    try:
        server = await asyncio.start_unix_server(door.serve, sock=listening, limit=MAX_REQUEST)
        try:
            yield
        finally:
            # Nobody new is let in, and who was is let through the door before everybody is shown out of it: asyncio
            # loses the socket of a client that it accepted but had not yet handed over.
            asyncio.get_running_loop().remove_reader(listening.fileno())
            await asyncio.sleep(_COMING_IN_S)
            await door.close()
            server.close()
            await server.wait_closed()
    finally:
        _remove(path)


async def call(path: Path, name: str, /, *, within_s: float = PATIENCE_S, **args: Any) -> Any:
    """Ask a running service. Raise `NotRunning` when there is none, `TimeoutError` when it does not answer in time."""
    async with asyncio.timeout(within_s):
        try:
            with _short(path) as address:
                reader, writer = await asyncio.open_unix_connection(address, limit=MAX_ANSWER)
        except (FileNotFoundError, NotADirectoryError, ConnectionRefusedError):
            raise NotRunning(f"no service answers at {path}; start one with `twinstar start`") from None
        except PermissionError:
            raise StateError(f"the service at {path} belongs to another user") from None
        try:
            writer.write(msgspec.json.encode(_Request(name, args)) + b"\n")
            line = await reader.readline()
        except ConnectionError:
            line = b""
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()
    return _answer(line, path)


def _answer(line: bytes, path: Path) -> Any:
    if not line.endswith(b"\n"):
        raise NotRunning(f"the service at {path} ended before it answered")
    answer = msgspec.json.decode(line)
    if "error" in answer:
        raise TwinStarError(f"the service at {path} refused: {answer['error']}")
    return answer["result"]


class _Door:
    """The clients of the moment; whatever one of them sends, the others are served."""

    def __init__(self, handlers: Mapping[str, Handler]) -> None:
        self._handlers = handlers
        self._clients: dict[asyncio.StreamWriter, asyncio.Task[None] | None] = {}

    async def close(self) -> None:
        """Hang up on everybody. Not by cancelling: Python 3.11's streams report that as an error."""
        tasks = [task for task in self._clients.values() if task is not None]
        for writer in self._clients:
            writer.transport.abort()
        if tasks:
            await asyncio.wait(tasks, timeout=PATIENCE_S)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._clients) >= MAX_CLIENTS:
            writer.transport.abort()
            return
        self._clients[writer] = asyncio.current_task()
        try:
            await self._talk(reader, writer)
        except (ConnectionError, TimeoutError, ValueError):
            writer.transport.abort()  # It left, stalled, or sent more than a request may have: its own loss.
        finally:
            del self._clients[writer]
            writer.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            async with asyncio.timeout(PATIENCE_S):
                line = await reader.readline()
            if not line:
                return
            writer.write(await self._respond(line) + b"\n")
            async with asyncio.timeout(PATIENCE_S):
                await writer.drain()

    async def _respond(self, line: bytes) -> bytes:
        try:
            request = msgspec.json.decode(line, type=_Request)
            result = await self._ask(request)
        except msgspec.DecodeError as e:
            return msgspec.json.encode({"error": f'{e}; write {{"call": "status"}} on one line'})
        except TwinStarError as e:
            return msgspec.json.encode({"error": redactor(str(e))})
        return redactor(msgspec.json.encode({"result": result}).decode()).encode()

    async def _ask(self, request: _Request) -> object:
        handler = self._handlers.get(request.call)
        if handler is None:
            raise TwinStarError(f"no call {request.call!r}; there are: {', '.join(sorted(self._handlers))}")
        result = handler(request.args)
        return await result if inspect.isawaitable(result) else result


def _listen(path: Path) -> socket.socket:
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        with _short(path) as address:
            _remove_stale(path, address)
            listening.bind(address)
        path.chmod(0o600)  # before it listens: nobody else was ever let in
        listening.listen(MAX_CLIENTS)
        listening.setblocking(False)
    except OSError as e:
        listening.close()
        raise StateError(f"cannot listen at {path}: {e.strerror or e}") from e
    except StateError:
        listening.close()
        raise
    return listening


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)


def _remove_stale(path: Path, address: str) -> None:
    """A killed service leaves its socket behind; one that lives is left alone."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as knocking:
        knocking.settimeout(PATIENCE_S)
        try:
            knocking.connect(address)
        except FileNotFoundError:
            return
        except ConnectionRefusedError:
            path.unlink(missing_ok=True)
            return
    raise StateError(f"another process answers at {path}; stop it first, or use another --state-dir")


@contextmanager
def _short(path: Path) -> Iterator[str]:
    """An address that the kernel takes, however deep the state directory lies."""
    if len(os.fsencode(path)) <= _LONGEST_ADDRESS:
        yield str(path)
        return
    with TemporaryDirectory(prefix="twinstar-") as directory:
        shortcut = Path(directory, "s")
        shortcut.symlink_to(path.parent.absolute(), target_is_directory=True)
        yield str(shortcut / path.name)
