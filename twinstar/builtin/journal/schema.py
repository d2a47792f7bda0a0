"""The SQLite file: how it is opened, what is in it, and how an older one is brought up to date."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from twinstar.builtin.journal.rows import WAY_OUT
from twinstar.errors import StateError

FILE_NAME = "journal.sqlite"

# Step n takes a file from schema version n to n + 1; a released step is never changed.
STEPS = (
    """
    CREATE TABLE journal (
        seq INTEGER PRIMARY KEY,
        time_ms INTEGER NOT NULL,
        kind TEXT NOT NULL,
        body TEXT NOT NULL,
        hash BLOB NOT NULL
    ) STRICT
    """,
)
INSERT = "INSERT INTO journal VALUES (?, ?, ?, ?, ?)"
SELECT = (
    "SELECT seq, time_ms, CAST(kind AS BLOB), CAST(body AS BLOB), hash FROM journal WHERE seq >= ? ORDER BY seq LIMIT ?"
)

# What is no damage.
_LOOK_AT_DISK = "Look at the disk and at the permissions of the file, then start again"
_ADVICE = {
    sqlite3.SQLITE_FULL: "Make room, then start again",
    sqlite3.SQLITE_BUSY: "Close the program that holds it locked, then start again",
    sqlite3.SQLITE_IOERR: _LOOK_AT_DISK,
    sqlite3.SQLITE_CANTOPEN: _LOOK_AT_DISK,
    sqlite3.SQLITE_READONLY: _LOOK_AT_DISK,
}
_CHECK_BELOW_BYTES = 64 * 1024 * 1024  # SQLite's own check reads the whole file: 64 MB take a tenth of a second


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Every fault that comes out of here names the file."""
    try:
        yield
    except StateError as e:
        raise StateError(f"{path}: {e}") from e.__cause__
    except OSError as e:
        raise StateError(f"{path}: {e}. {_LOOK_AT_DISK}") from e
    except (sqlite3.Error, UnicodeDecodeError) as e:  # the second: SQLite quotes damaged bytes in its errors
        raise StateError(f"{path}: {e}. {_ADVICE.get(_primary_code(e), WAY_OUT)}") from e


def open_to_write(path: Path) -> sqlite3.Connection:
    """A connection that any one thread at a time may use; what it has committed survives a power cut."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))  # SQLite alone would let others read it
    db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    try:
        _check(db, path)
        migrate(db)  # before there is a write-ahead log, so that a new file is empty or whole, and never in between
        _check_tables(db)
        _keep_what_is_committed(db)
    except BaseException:
        db.close()
        raise
    return db


@contextmanager
def open_to_read(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection beside the writer's, or after it; the writer may be gone by ``kill -9``."""
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as db:
        version = _version(db)
        if version != len(STEPS):
            raise StateError(f"schema version {version}, this TwinStar reads {len(STEPS)}; run its `twinstar start`")
        _check_tables(db)
        yield db


def migrate(db: sqlite3.Connection, steps: Sequence[str] = STEPS) -> None:
    """Bring an older file up to date, each step whole or not at all; refuse one that is newer."""
    version = _version(db)
    if version > len(steps):
        raise StateError(f"schema version {version} is newer than this TwinStar, which knows {len(steps)}; upgrade it")
    for done, step in enumerate(steps[version:], version + 1):
        db.execute("BEGIN IMMEDIATE")
        try:
            db.execute(step)
            db.execute(f"PRAGMA user_version = {done}")
            db.execute("COMMIT")
        except BaseException:
            db.execute("ROLLBACK")
            raise


def _check(db: sqlite3.Connection, path: Path) -> None:
    if path.stat().st_size < _CHECK_BELOW_BYTES:
        ((verdict,),) = db.execute("PRAGMA quick_check(1)").fetchall()
        if verdict != "ok":
            raise StateError(f"{verdict}. {WAY_OUT}")
    if _version(db) == 0 and db.execute("SELECT 1 FROM sqlite_schema").fetchone():
        raise StateError("not a journal but another SQLite file; use another state directory")


def _check_tables(db: sqlite3.Connection) -> None:
    """Exactly a journal's: a foreign column would not be in any hash, and a trigger could rewrite what is appended."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as ours:
        migrate(ours)
        if (found := _tables(db)) != (expected := _tables(ours)):
            odd = ", ".join(sorted(" ".join(map(str, each)) for each in found ^ expected))
            raise StateError(f"its tables are not those of a journal ({odd}). {WAY_OUT}")


def _tables(db: sqlite3.Connection) -> set[tuple[Any, ...]]:
    """What there is, SQLite's own aside, and what it says of each column."""
    things = "SELECT type, name, tbl_name FROM sqlite_schema WHERE name NOT GLOB 'sqlite_*'"
    columns = f"SELECT 'column', t.name, c.* FROM ({things}) t, pragma_table_xinfo(t.name) c"  # noqa: S608 - our own text
    return {*db.execute(things), *db.execute(columns)}


def _keep_what_is_committed(db: sqlite3.Connection) -> None:
    if db.execute("PRAGMA journal_mode = WAL").fetchone() != ("wal",):
        raise StateError("this file system cannot keep a write-ahead log; use a local disk")
    db.execute("PRAGMA synchronous = FULL")
    db.execute("PRAGMA fullfsync = ON")  # macOS: an ordinary fsync stops at the disk's cache


def _primary_code(error: Exception) -> int:
    """SQLite tells more in the higher bits."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def _version(db: sqlite3.Connection) -> int:
    (version,) = db.execute("PRAGMA user_version").fetchone()
    return int(version)
