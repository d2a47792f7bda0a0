"""``sim.json``, by which a service finds the simulated exchange. Of the exchange itself nothing is imported."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import msgspec
from msgspec import Struct

from twinstar.errors import StateError

FILE = "sim.json"
LOCK = "sim.lock"


class Served(Struct, frozen=True):
    """How to reach one venue."""

    ccxt_id: str
    port: int
    api_key: str
    secret: str

    def __repr__(self) -> str:
        return f"Served(ccxt_id={self.ccxt_id!r}, port={self.port})"


class SimFile(Struct, frozen=True):
    """``sim.json``. Without a pid nobody serves; keys and ports are kept for the next time."""

    pid: int | None
    venues: dict[str, Served]


def read(directory: Path) -> SimFile | None:
    """None where there never was a simulated exchange."""
    file = directory / FILE
    if not file.exists():
        return None
    try:
        return msgspec.json.decode(file.read_bytes(), type=SimFile)
    except msgspec.DecodeError as error:
        raise StateError(f"{file} is damaged: {error}; delete it, its keys are made anew") from error


def write(directory: Path, file: SimFile) -> None:
    """Whole or not at all, and for nobody else to read: it holds keys."""
    handle, name = tempfile.mkstemp(prefix=FILE, dir=directory)  # made with mode 0600
    with os.fdopen(handle, "wb") as temporary:
        temporary.write(msgspec.json.format(msgspec.json.encode(file)))
    Path(name).replace(directory / FILE)
