"""Where processes of one user meet: the runtime directory."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path

from twinstar.errors import StateError


def runtime_dir() -> Path:
    """``$TWINSTAR_RUNTIME_DIR``, else the user's own (also for whom, as with cron, nobody has set a variable)."""
    if given := os.environ.get("TWINSTAR_RUNTIME_DIR"):
        return _ours(Path(given))
    users = Path(os.environ.get("XDG_RUNTIME_DIR") or f"/run/user/{os.getuid()}")
    if users.is_dir() and os.access(users, os.W_OK | os.X_OK):
        return _ours(users / "twinstar")
    return _ours(Path(tempfile.gettempdir()) / f"twinstar-{os.getuid()}")


def _ours(directory: Path) -> Path:
    """Nobody else may write there, or they could stop us, or have us banned."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = directory.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o022:
        raise StateError(
            f"{directory} must be a directory that only you can write to; chmod 700 it, or set TWINSTAR_RUNTIME_DIR"
        )
    return directory
