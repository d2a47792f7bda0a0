"""One writer an account: what a service holds for as long as it may trade on one, whatever its state directory.

Two things that only one process can have, both gone with it however it ends: the kernel's lock on a file in the user's
runtime directory, which says whose it is; and, on Linux, a socket's name, which nobody can delete.
"""

from __future__ import annotations

import errno
import fcntl
import os
import re
import socket
import struct
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from twinstar.builtin.limiter.places import private_place
from twinstar.errors import AccountInUse
from twinstar.ports import Clock

_OPEN: Final = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
UNKNOWN: Final = "an unknown process"
_TELLS_MOST: Final = 4_096
_PEER: Final = struct.Struct("3i")  # process, user, group


class Holder(Struct, frozen=True, kw_only=True):
    """Who has it, for whoever is refused."""

    pid: int
    host: str
    since: str
    state_dir: str

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host}, since {self.since}, state in {self.state_dir}"


class AccountLock:
    """Making one raises `AccountInUse` where another process has it. ``key`` is the account, ``venue`` what people
    call it.
    """

    def __init__(self, key: str, *, venue: str, holder: Holder) -> None:
        self._venue, self._holder = venue, holder
        self._path = private_place("accounts") / f"{re.sub(r'[^A-Za-z0-9_.-]', '_', key)}.lock"
        with ExitStack() as undo:
            # The name first, so that a process that will be refused never holds the file.
            self._name = self._take_name(key)
            undo.callback(self._name.close)
            self._fd = self._take_file()
            undo.pop_all()

    def trouble(self) -> str | None:
        """Why others may be writing too. A file that is gone is put back, one that was replaced is no lock of ours."""
        try:
            if not self._path.exists():
                gone, self._fd = self._fd, self._take_file()
                os.close(gone)
            if _is_at(self._fd, self._path):
                return None
        except AccountInUse as e:
            return e.reason
        except OSError as e:
            return f"its lock cannot be looked at: {e}"
        other = _holder_in(self._path) or UNKNOWN
        return f"its lock {self._path} was replaced by {other}; another TwinStar may be trading on it"

    def release(self) -> None:
        if _is_at(self._fd, self._path):
            self._path.unlink(missing_ok=True)  # whoever has opened it already finds that it is not there any more
        os.close(self._fd)
        self._name.close()

    def _take_name(self, key: str) -> socket.socket:
        """Linux keeps such names apart from files; elsewhere the socket has none."""
        name = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        if sys.platform != "linux":
            return name
        address = f"\0twinstar-account-{os.getuid()}-{key}"
        try:
            name.bind(address)
            name.listen(1)
        except OSError as e:
            name.close()
            if e.errno != errno.EADDRINUSE:
                raise
            raise self._in_use(_holder_in(self._path) or _process_behind(address)) from None
        return name

    def _take_file(self) -> int:
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)  # somebody may have cleaned up
        while True:
            fd = os.open(self._path, _OPEN, 0o600)
            with ExitStack() as undo:
                undo.callback(os.close, fd)
                try:
                    fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    raise self._in_use(_holder_in(self._path)) from None
                if _is_at(fd, self._path):  # else it was deleted between opening and locking
                    os.truncate(fd, 0)
                    os.pwrite(fd, msgspec.json.encode(self._holder), 0)
                    undo.pop_all()
                    return fd

    def _in_use(self, other: Holder | str | None) -> AccountInUse:
        return AccountInUse(
            self._venue,
            f"another TwinStar trades on this account: {other or UNKNOWN}. Two on one account would undo "
            "each other's orders: stop that one first, or give this one an account of its own (a sub-account)",
        )


@contextmanager
def held(key: str, venue: str, state_dir: Path, clock: Clock) -> Iterator[AccountLock]:
    """For as long as the block runs, by this process."""
    since = datetime.fromtimestamp(clock.now_ms() // 1_000, UTC)
    holder = Holder(
        pid=os.getpid(), host=socket.gethostname(), since=f"{since:%Y-%m-%d %H:%M:%S} UTC", state_dir=str(state_dir)
    )
    lock = AccountLock(key, venue=venue, holder=holder)
    try:
        yield lock
    finally:
        lock.release()


def _is_at(fd: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(fd), path.lstat())
    except OSError:  # whatever is there, it is not ours
        return False


def _holder_in(path: Path) -> Holder | None:
    try:
        return msgspec.json.decode(path.read_bytes()[:_TELLS_MOST], type=Holder)
    except (OSError, msgspec.DecodeError):
        return None


def _process_behind(address: str) -> str | None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as caller:
        caller.setblocking(False)
        try:
            caller.connect(address)
            pid, _, _ = _PEER.unpack(caller.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEER.size))
        except OSError:
            return None
    return f"process {pid}"
