"""How far the journal is known to have come, in a small file of its own.

SQLite takes a write-ahead log that lost its end for one that ended there. The mark tells the two apart.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from twinstar.builtin import disk
from twinstar.builtin.journal.rows import WAY_OUT
from twinstar.errors import StateError


class Mark(NamedTuple):
    seq: int
    hash: bytes


def mark_path(journal: Path) -> Path:
    return journal.with_suffix(".mark")


def write_mark(journal: Path, mark: Mark) -> None:
    path = mark_path(journal)
    disk.publish(disk.write_temporary(path, f"{mark.seq} {mark.hash.hex()}\n".encode()), path)


def read_mark(journal: Path) -> Mark | None:
    """None for a journal so young that it has none."""
    path = mark_path(journal)
    try:
        seq, digest = path.read_text("ascii").split()
        return Mark(int(seq), bytes.fromhex(digest))
    except FileNotFoundError:
        return None
    except ValueError as e:
        raise StateError(f"{path}: damaged ({e}); remove it once `{journal}` is known to be whole") from e


def check_mark(mark: Mark, found: bytes | None) -> None:
    """``found`` is the hash of the row that the mark names; None when the journal does not come so far."""
    if found is None:
        raise StateError(f"row {mark.seq} was written and is missing: the file lost its end. {WAY_OUT}")
    if found != mark.hash:
        raise StateError(f"row {mark.seq} is not the one its mark remembers. {WAY_OUT}")
