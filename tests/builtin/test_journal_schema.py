"""Journals of other versions: older ones are brought up to date, newer and foreign ones refused."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from builtin.journal_records import accepted
from fakes import FakeClock

from twinstar.builtin.journal import SqliteJournal, read_journal
from twinstar.builtin.journal.schema import STEPS, migrate
from twinstar.errors import StateError

NEXT = "ALTER TABLE journal ADD COLUMN fence INTEGER NOT NULL DEFAULT 0"


@pytest.fixture
async def file(tmp_path: Path) -> Path:
    journal = SqliteJournal(tmp_path, FakeClock())
    await journal.durable(journal.append(accepted(1)))
    await journal.close()
    return tmp_path / "journal.sqlite"


@pytest.fixture
def db(file: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(file, isolation_level=None)) as db:
        yield db


def version(db: sqlite3.Connection) -> int:
    return db.execute("PRAGMA user_version").fetchone()[0]


def test_an_older_journal_is_brought_up_to_date_and_keeps_its_rows(file: Path, db: sqlite3.Connection) -> None:
    before = db.execute("SELECT * FROM journal").fetchall()
    assert version(db) == len(STEPS)
    migrate(db, (*STEPS, NEXT, "CREATE TABLE later (x)"))
    assert version(db) == len(STEPS) + 2
    assert db.execute("SELECT * FROM journal").fetchall() == [(*row, 0) for row in before]
    migrate(db, (*STEPS, NEXT, "CREATE TABLE later (x)"))  # nothing is left to do
    assert version(db) == len(STEPS) + 2


def test_a_migration_that_fails_leaves_the_journal_as_it_was(file: Path, db: sqlite3.Connection) -> None:
    with pytest.raises(sqlite3.Error):
        migrate(db, (*STEPS, NEXT, "CREATE TABLE journal (x)"))
    assert version(db) == len(STEPS) + 1  # each step is whole or was never begun
    with pytest.raises(sqlite3.Error):
        migrate(db, (*STEPS, NEXT, "nonsense"))
    assert version(db) == len(STEPS) + 1


@pytest.mark.parametrize("attempt", ["open", "read"])
def test_a_newer_journal_is_refused_with_both_versions(file: Path, db: sqlite3.Connection, attempt: str) -> None:
    db.execute("PRAGMA user_version = 7")
    with pytest.raises(StateError, match=rf"journal\.sqlite: schema version 7.*{len(STEPS)}"):
        SqliteJournal(file.parent, FakeClock()) if attempt == "open" else list(read_journal(file.parent))


def test_another_programs_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "journal.sqlite")) as db, db:
        db.execute("CREATE TABLE songs (title)")
    before = (tmp_path / "journal.sqlite").read_bytes()
    with pytest.raises(StateError, match="not a journal but another SQLite file"):
        SqliteJournal(tmp_path, FakeClock())
    assert (tmp_path / "journal.sqlite").read_bytes() == before


async def test_after_a_refusal_the_next_start_is_not_locked_out(tmp_path: Path) -> None:
    test_another_programs_database_is_refused_and_left_alone(tmp_path)
    (tmp_path / "journal.sqlite").unlink()
    await SqliteJournal(tmp_path, FakeClock()).close()
