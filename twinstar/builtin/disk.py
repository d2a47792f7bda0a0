"""Files that survive a crash, and the lock that lets one process write them."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from twinstar.errors import StateError


class Lock:
    """Held until released, or until the process is gone, however it went. The file stays: only the lock counts."""

    def __init__(self, path: Path) -> None:
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(self._fd, 32, 0).decode(errors="replace").strip() or "unknown"
            os.close(self._fd)
            raise StateError(
                f"{path}: in use by process {holder}; stop that one first, or give this one another state directory"
            ) from None
        except OSError:
            os.close(self._fd)
            raise
        os.truncate(self._fd, 0)
        os.pwrite(self._fd, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        os.close(self._fd)


def write_temporary(path: Path, content: bytes, mode: int = 0o600) -> Path:
    """Put the content on disk beside ``path``, under a name that readers of the directory pass over."""
    temporary = path.with_name(f".{path.name}.tmp")
    fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, mode)
    try:
        with os.fdopen(fd, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(fd)
    except OSError:
        temporary.unlink()  # on a full disk every byte is wanted
        raise
    return temporary


def publish(temporary: Path, path: Path) -> None:
    """Give it its name: from now on, and after a crash, ``path`` is all new; until now it was all old."""
    temporary.replace(path)
    sync_directory(path.parent)


def make_directory(path: Path) -> None:
    """With its parents, each on disk: what is put in it must not be lost with it."""
    if not path.is_dir():
        make_directory(path.parent)
        path.mkdir(exist_ok=True)
        sync_directory(path.parent)


def sync_directory(path: Path) -> None:
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
