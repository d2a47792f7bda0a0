"""The journal in SQLite: what happened to orders and money, in order, each row chained to the one before it.

`sqlite` is the port, `file` commits and marks, `reading` verifies; `rows` says what a row is, `schema` what the file is
and `mark` how far it is known to have come.
"""

from __future__ import annotations

from pathlib import Path

from twinstar.builtin.journal.reading import read_entries, read_journal
from twinstar.builtin.journal.sqlite import SqliteJournal
from twinstar.plugin import Registry, hookimpl
from twinstar.ports import Clock, Journal

__all__ = ["SqliteJournal", "read_entries", "read_journal", "twinstar_register"]


@hookimpl
def twinstar_register(registry: Registry) -> None:
    registry.journal("sqlite", _make, entries=read_entries)


def _make(directory: Path, clock: Clock) -> Journal:
    return SqliteJournal(directory, clock)
