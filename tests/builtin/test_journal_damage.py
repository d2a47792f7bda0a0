"""Whatever becomes of the files: what is read is what was written, or the reading stops and says where."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from random import Random

import pytest
from builtin.journal_records import accepted
from fakes import FakeClock

from twinstar.builtin.journal import SqliteJournal, read_journal
from twinstar.builtin.journal.rows import Row
from twinstar.errors import StateError

RECORDS = [accepted(number) for number in range(1, 303)]
SAMPLED = 200


@pytest.fixture(scope="module")
def closed(tmp_path_factory) -> Path:
    """A journal that was closed in order: all in one file, and its mark."""
    directory = tmp_path_factory.mktemp("closed")
    asyncio.run(write(directory))
    return directory


@pytest.fixture(scope="module")
def killed(tmp_path_factory) -> Path:
    """A journal as a kill would leave it: all in the write-ahead log, and a mark."""
    directory, copy = tmp_path_factory.mktemp("killed"), tmp_path_factory.mktemp("copy") / "state"
    asyncio.run(write(directory, before_close=lambda: shutil.copytree(directory, copy)))
    assert (copy / "journal.sqlite-wal").stat().st_size > (copy / "journal.sqlite").stat().st_size
    return copy


async def write(directory: Path, before_close: Callable[[], object] = lambda: None) -> None:
    journal = SqliteJournal(directory, FakeClock())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("twinstar.builtin.journal.sqlite._MARK_AFTER_S", 0.0)
        for record in RECORDS[:-2]:
            journal.append(record)
        while not (directory / "journal.mark").exists():  # noqa: ASYNC110 - nobody is told
            await asyncio.sleep(0.01)
    await journal.durable(journal.append(RECORDS[-2]))
    await journal.durable(journal.append(RECORDS[-1]))
    before_close()
    await journal.close()


@pytest.fixture
def state(tmp_path: Path, closed: Path) -> Path:
    return shutil.copytree(closed, tmp_path / "state")


def edit(state: Path, statement: str) -> None:
    with closing(sqlite3.connect(state / "journal.sqlite")) as db, db:
        db.executescript(statement)


def refusal_of(state: Path) -> str | None:
    try:
        list(read_journal(state))
    except StateError as e:
        return str(e)
    return None


def opened(state: Path) -> None:
    """Opened as a service would, which then replays it."""

    async def run() -> None:
        journal = SqliteJournal(state, FakeClock())
        try:
            assert list(journal.read()) == RECORDS
        finally:
            await journal.close()

    asyncio.run(run())


@pytest.mark.parametrize("file", ["journal.sqlite", "journal.mark"])
def test_a_changed_byte_anywhere_is_never_silently_wrong(state: Path, file: str) -> None:
    original, random, caught = (state / file).read_bytes(), Random(7), 0
    for _ in range(SAMPLED):
        damaged = bytearray(original)
        damaged[random.randrange(len(damaged))] ^= random.randrange(1, 256)
        (state / file).write_bytes(damaged)
        told = refusal_of(state)
        if told is None:
            assert list(read_journal(state)) == RECORDS
        else:
            assert str(state) in told
            caught += 1
    assert caught > SAMPLED * 0.7  # the rest hit what SQLite does not use


def small(directory: Path) -> Path:
    """Three rows in a file of little pages, so that every byte of it can be tried."""

    async def three() -> None:
        journal = SqliteJournal(directory, FakeClock())
        for record in RECORDS[:3]:
            journal.append(record)
        await journal.close()

    asyncio.run(three())
    with closing(sqlite3.connect(directory / "journal.sqlite", isolation_level=None)) as db:
        db.executescript("PRAGMA journal_mode = DELETE; PRAGMA page_size = 512; VACUUM; PRAGMA journal_mode = WAL")
    return directory


def test_each_byte_of_a_small_journal_may_change_and_no_wrong_row_is_read(tmp_path: Path) -> None:
    state = small(tmp_path)
    file = state / "journal.sqlite"
    original, caught = file.read_bytes(), 0
    assert len(original) < 4_000
    for place, byte in enumerate(original):
        damaged = bytearray(original)
        damaged[place] = byte ^ (1 << place % 8)
        file.write_bytes(damaged)
        told = refusal_of(state)
        if told is None:
            assert list(read_journal(state)) == RECORDS[:3], place
        else:
            assert told.startswith(str(file)), told
            assert any(way in told for way in ("docs/state.md", "upgrade", "twinstar start", "permissions")), told
            caught += 1
    assert caught > 600  # the others are used by nobody


def test_each_bit_of_the_mark_may_change_and_it_is_noticed(state: Path) -> None:
    mark = state / "journal.mark"
    original, unnoticed = mark.read_bytes(), []
    for place in range(8 * len(original)):
        damaged = bytearray(original)
        damaged[place // 8] ^= 1 << place % 8
        mark.write_bytes(damaged)
        told = refusal_of(state)
        if told is None:
            unnoticed.append(bytes(damaged))
        else:
            assert told.startswith(str(state / "journal."))
    # Upper case, another blank: it says the same.
    assert {(int(mark.split()[0]), mark.split()[1].lower()) for mark in unnoticed} == {(302, original.split()[1])}


@pytest.mark.parametrize("to_length", [0, 1_000, 40_000])
def test_a_write_ahead_log_that_lost_its_end_is_noticed(killed: Path, tmp_path: Path, to_length: int) -> None:
    state = shutil.copytree(killed, tmp_path / "state")
    log = state / "journal.sqlite-wal"
    log.write_bytes(log.read_bytes()[:to_length])
    with pytest.raises(StateError, match=r"journal\.sqlite"):
        list(read_journal(state))
    with pytest.raises(StateError, match=r"journal\.sqlite"):
        opened(state)


def test_a_changed_byte_in_the_write_ahead_log_is_never_silently_wrong(killed: Path, tmp_path: Path) -> None:
    random, caught = Random(7), 0
    original = (killed / "journal.sqlite-wal").read_bytes()
    for number in range(60):
        state = shutil.copytree(killed, tmp_path / str(number))
        damaged = bytearray(original)
        damaged[random.randrange(len(damaged))] ^= random.randrange(1, 256)
        (state / "journal.sqlite-wal").write_bytes(damaged)
        told = refusal_of(state)
        if told is not None:
            assert str(state) in told
            caught += 1
        else:
            read = list(read_journal(state))
            assert read == RECORDS[: len(read)]
            assert len(read) >= len(RECORDS) - 2  # only what came after the mark can be lost unseen
    assert caught > 40


def test_what_a_kill_left_behind_is_read_whole(killed: Path, tmp_path: Path) -> None:
    state = shutil.copytree(killed, tmp_path / "state")
    assert list(read_journal(state)) == RECORDS
    opened(state)


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE journal SET body = replace(body, 'tw-17', 'tw-18') WHERE seq = 17", "row 17 is not what was written"),
        ("UPDATE journal SET time_ms = time_ms + 1 WHERE seq = 17", "row 17 is not what was written"),
        ("UPDATE journal SET kind = 'OrderRejected' WHERE seq = 17", "row 17 is not what was written"),
        ("UPDATE journal SET hash = zeroblob(16) WHERE seq = 17", "row 17 is not what was written"),
        ("DELETE FROM journal WHERE seq = 17", "row 17 is missing"),
        ("DELETE FROM journal WHERE seq > 17", "row 302 was written and is missing"),
        ("DELETE FROM journal", "row 302 was written and is missing"),
        ("UPDATE journal SET seq = 1000 WHERE seq = 302", "row 302 is missing"),
        (
            (
                "UPDATE journal SET seq = -1 WHERE seq = 17; UPDATE journal SET seq = 17 WHERE seq = 18;"
                "UPDATE journal SET seq = 18 WHERE seq = -1"
            ),
            "row 17 is not what was written",
        ),
        ("INSERT INTO journal SELECT 0, time_ms, kind, body, hash FROM journal WHERE seq = 1", "row 1 is missing"),
        ("INSERT INTO journal SELECT -9, time_ms, kind, body, hash FROM journal WHERE seq = 1", "row 1 is missing"),
        ("INSERT INTO journal SELECT 303, time_ms, kind, body, hash FROM journal WHERE seq = 302", "row 303 is not"),
        ("DELETE FROM journal WHERE seq = 1", "row 1 is missing"),
        ("DROP TABLE journal", "its tables are not those of a journal (column journal 0 seq INTEGER"),
        (
            "ALTER TABLE journal ADD COLUMN fence TEXT",
            "its tables are not those of a journal (column journal 5 fence TEXT",
        ),
        ("CREATE TABLE songs (title TEXT)", "its tables are not those of a journal (column songs 0 title TEXT"),
        (
            "CREATE TRIGGER t AFTER INSERT ON journal BEGIN UPDATE journal SET body = '{}' WHERE seq = new.seq; END",
            "its tables are not those of a journal (trigger t journal)",
        ),
    ],
)
def test_a_row_that_cannot_be_trusted_is_named_with_the_file_and_the_way_out(
    state: Path, statement: str, said: str
) -> None:
    edit(state, statement)
    with pytest.raises(StateError) as caught:
        list(read_journal(state))
    text = str(caught.value)
    assert text.startswith(f"{state / 'journal.sqlite'}: {said}")
    assert "docs/state.md" in text
    with pytest.raises(StateError):
        opened(state)


def test_all_that_came_before_the_damage_can_still_be_read(state: Path) -> None:
    edit(state, "DELETE FROM journal WHERE seq = 17")
    read = []
    with pytest.raises(StateError, match="row 17 is missing"):
        read.extend(read_journal(state))
    assert read == RECORDS[:16]


def test_a_journal_that_is_gone_while_its_mark_is_there_is_not_a_new_one(state: Path) -> None:
    (state / "journal.sqlite").unlink()
    with pytest.raises(StateError, match="row 302 was written and is missing"):
        list(read_journal(state))
    with pytest.raises(StateError, match="row 302 was written and is missing"):
        opened(state)


@pytest.mark.parametrize("mark", [b"", b"302", b"x y\n", b"302 zz\n", b"\xff\xff"])
def test_a_mark_that_cannot_be_read_is_named(state: Path, mark: bytes) -> None:
    (state / "journal.mark").write_bytes(mark)
    with pytest.raises(StateError, match=r"journal\.mark: damaged .* remove it once"):
        list(read_journal(state))


def test_a_journal_that_lost_only_its_mark_is_whole(state: Path) -> None:
    (state / "journal.mark").unlink()
    opened(state)
    assert (state / "journal.mark").exists()


def test_a_record_of_a_later_version_is_named_and_not_skipped(state: Path) -> None:
    with closing(sqlite3.connect(state / "journal.sqlite")) as db, db:
        seq, last = db.execute("SELECT max(seq), hash FROM journal").fetchone()
        row = Row(seq + 1, 0, b"OrderAmended", b'{"type":"OrderAmended"}')
        db.execute(
            "INSERT INTO journal VALUES (?, ?, ?, ?, ?)",
            (row.seq, 0, "OrderAmended", row.body.decode(), row.hash(last)),
        )
    with pytest.raises(StateError, match="row 303: this version cannot read OrderAmended"):
        list(read_journal(state))


def test_a_file_that_is_no_database_is_refused(state: Path) -> None:
    (state / "journal.sqlite").write_bytes(b"{}" * 4_000)
    with pytest.raises(StateError, match="file is not a database"):
        list(read_journal(state))
    with pytest.raises(StateError, match="file is not a database"):
        opened(state)
