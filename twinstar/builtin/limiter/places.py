"""Where processes of one user meet: the runtime directory."""

from __future__ import annotations

import os
import re
import shutil
import stat
import tempfile
import time
from pathlib import Path
from typing import Final

from twinstar.errors import StateError

OLD_S: Final = 7 * 86_400.0


def runtime_dir() -> Path:
    """``$TWINSTAR_RUNTIME_DIR``, else the user's own (also for whom, as with cron, nobody has set a variable)."""
    if given := os.environ.get("TWINSTAR_RUNTIME_DIR"):
        return _ours(Path(given))
    users = Path(os.environ.get("XDG_RUNTIME_DIR") or f"/run/user/{os.getuid()}")
    if users.is_dir() and os.access(users, os.W_OK | os.X_OK):
        return _ours(users / "twinstar")
    return _ours(Path(tempfile.gettempdir()) / f"twinstar-{os.getuid()}")


def private_place(name: str) -> Path:
    """A directory of the runtime directory's."""
    return _ours(runtime_dir() / name)


def place_of(name: str) -> Path:
    """The directory of those who share counters. Those of simulated exchanges that are long gone are removed."""
    limits = private_place("limits")
    for old in limits.glob("sim-*"):
        if old.name != name and time.time() - old.stat().st_mtime > OLD_S:  # noqa: TID251 - against a file's own time
            shutil.rmtree(old, ignore_errors=True)
    return limits / re.sub(r"[^A-Za-z0-9_.-]", "_", name)


def _ours(directory: Path) -> Path:
    """Nobody else may write there, or they could stop us, or have us banned."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = directory.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o022:
        raise StateError(
            f"{directory} must be a directory that only you can write to; chmod 700 it, or set TWINSTAR_RUNTIME_DIR"
        )
    return directory
