"""What becomes of a file that is damaged: the writer puts it aside, others leave it out or refuse it."""

from __future__ import annotations

from pathlib import Path
from shutil import copyfile
from typing import NoReturn

from loguru import logger

from twinstar.builtin.store.seal import Damaged
from twinstar.errors import StateError

_LOST = "its candles are to be fetched again"


def put_aside(path: Path, why: Damaged) -> None:
    aside = _aside(path)
    path.replace(aside)
    logger.warning("{}: damaged ({}); put aside as {}, {}", path, why, aside.name, _LOST)


def copy_aside(path: Path, why: Damaged) -> None:
    """For a file of which the rest is good."""
    aside = _aside(path)
    copyfile(path, aside)
    logger.warning("{}: damaged ({}); a copy is kept as {}, {}", path, why, aside.name, _LOST)


def leave_out(path: Path, why: Damaged) -> None:
    logger.warning("{}: damaged ({}); {}", path, why, _LOST)


def refuse(path: Path, why: Damaged) -> NoReturn:
    raise StateError(f"{path}: damaged ({why}); {_LOST}") from why


def _aside(path: Path) -> Path:
    """Named by the time of the file, for there is no clock here, and with `_`, so that readers pass it over."""
    return path.with_name(f"_{path.name}.corrupt-{path.stat().st_mtime_ns // 1_000_000}")
