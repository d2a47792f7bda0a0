"""The journal as the service uses it."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import stat
import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import hypothesis.strategies as st
import pytest
from builtin.journal_records import KINDS, accepted, values
from fakes import FakeClock
from hypothesis import given, settings

from twinstar.builtin.journal import SqliteJournal, read_entries, read_journal, reading
from twinstar.builtin.journal.mark import read_mark
from twinstar.builtin.journal.rows import to_record, to_row
from twinstar.errors import StateError


@pytest.fixture
async def journal(tmp_path: Path, clock: FakeClock) -> AsyncIterator[SqliteJournal]:
    made = SqliteJournal(tmp_path, clock)
    yield made
    await made.close()


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_kind_of_record_comes_back_equal_and_byte_for_byte(kind: type) -> None:
    @given(values(kind))
    @settings(max_examples=30, database=None)
    def holds(record):
        row = to_row(1, 0, record)
        assert to_record(row) == record
        assert to_row(1, 0, to_record(row)) == row

    holds()


@given(st.lists(st.one_of(*map(values, KINDS)), min_size=1, max_size=20))
@settings(max_examples=10, deadline=None, database=None)
def test_what_is_read_after_a_restart_is_what_was_appended(tmp_path_factory, records) -> None:
    directory = tmp_path_factory.mktemp("journal")

    async def first_run() -> None:
        journal = SqliteJournal(directory, FakeClock())
        for record in records:
            journal.append(record)
        await journal.close()

    asyncio.run(first_run())
    assert list(read_journal(directory)) == records


async def test_places_count_up_and_go_on_after_a_restart(tmp_path: Path, clock: FakeClock) -> None:
    for start in (1, 4, 7):
        journal = SqliteJournal(tmp_path, clock)
        assert [journal.append(accepted(n)) for n in range(start, start + 3)] == [start, start + 1, start + 2]
        await journal.close()
    assert list(read_journal(tmp_path)) == [accepted(n) for n in range(1, 10)]


async def test_a_record_is_on_disk_once_durable_returns(journal: SqliteJournal, tmp_path: Path) -> None:
    for number in range(1, 6):
        await journal.durable(journal.append(accepted(number)))
        assert list(read_journal(tmp_path)) == [accepted(n) for n in range(1, number + 1)]


async def test_a_candle_and_the_order_that_follows_from_it_are_one_commit_however_long_the_strategy_thinks(
    journal: SqliteJournal, tmp_path: Path
) -> None:
    place = journal.append(accepted(1))
    time.sleep(0.05)  # noqa: ASYNC251 - a strategy that lets go of the interpreter, as numpy does
    assert list(read_journal(tmp_path)) == []
    journal.append(accepted(2))
    await journal.durable(place)
    assert list(read_journal(tmp_path)) == [accepted(1), accepted(2)]


async def test_what_was_appended_in_a_loop_that_ended_is_on_disk_after_closing(
    tmp_path: Path, clock: FakeClock
) -> None:
    journal = SqliteJournal(tmp_path, clock)

    async def append() -> None:
        journal.append(accepted(1))

    await asyncio.to_thread(asyncio.run, append())
    await journal.durable(journal.append(accepted(2)))
    await asyncio.to_thread(asyncio.run, append())
    await journal.close()
    assert len(list(read_journal(tmp_path))) == 3


async def test_how_far_it_has_come_is_marked_although_nothing_more_happens(
    journal: SqliteJournal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("twinstar.builtin.journal.sqlite._MARK_AFTER_S", 0.01)
    for number in (1, 2):
        await journal.durable(journal.append(accepted(number)))
        async with asyncio.timeout(5):
            while (mark := read_mark(tmp_path / "journal.sqlite")) is None or mark.seq < number:  # noqa: ASYNC110 - nobody is told
                await asyncio.sleep(0.005)


async def test_a_mark_that_cannot_be_written_stops_the_service(
    tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("twinstar.builtin.journal.sqlite._MARK_AFTER_S", 0.0)
    journal = SqliteJournal(tmp_path, clock)
    (tmp_path / ".journal.mark.tmp").mkdir()  # in its way

    async def go_on() -> None:
        while True:
            await journal.durable(journal.append(accepted(1)))
            await asyncio.sleep(0.005)

    with pytest.raises(StateError, match=r"journal\.sqlite: .*Is a directory.*Look at the disk"):
        await asyncio.wait_for(go_on(), 5)
    with pytest.raises(StateError):
        await journal.close()


async def test_nobody_waits_for_the_disk_but_who_asks_whether_it_is_done(
    journal: SqliteJournal, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(tmp_path / "journal.sqlite", isolation_level=None)) as blocking:
        blocking.execute("BEGIN IMMEDIATE")
        places = [journal.append(accepted(number)) for number in range(1, 1_001)]
        waiting = asyncio.gather(*map(journal.durable, places))
        done, _ = await asyncio.wait([waiting], timeout=0.05)
        assert not done
        blocking.execute("ROLLBACK")
    await waiting
    assert len(list(journal.read())) == 1_000


async def test_a_waiter_that_gives_up_disturbs_no_other(journal: SqliteJournal, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "journal.sqlite", isolation_level=None)) as blocking:
        blocking.execute("BEGIN IMMEDIATE")
        place = journal.append(accepted(1))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(journal.durable(place), 0.02)
        patient = asyncio.gather(journal.durable(place))
        blocking.execute("ROLLBACK")
    await asyncio.wait_for(patient, 5)


async def test_a_disk_that_falls_far_behind_stops_the_service(
    journal: SqliteJournal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("twinstar.builtin.journal.sqlite._MOST_WAITING", 100)
    with closing(sqlite3.connect(tmp_path / "journal.sqlite", isolation_level=None)) as blocking:
        blocking.execute("BEGIN IMMEDIATE")
        with pytest.raises(StateError, match=r"journal\.sqlite: the disk is 100 records behind"):
            deque(map(journal.append, map(accepted, range(1_000))))


async def test_what_was_appended_is_on_disk_after_closing_and_nothing_comes_after(
    journal: SqliteJournal, tmp_path: Path
) -> None:
    for number in range(1, 101):
        journal.append(accepted(number))
    await journal.close()
    await journal.close()
    assert len(list(read_journal(tmp_path))) == 100
    with pytest.raises(StateError, match="closed"):
        journal.append(accepted(101))


async def test_a_second_service_is_refused_and_told_who_has_it(
    journal: SqliteJournal, tmp_path: Path, clock: FakeClock
) -> None:
    with pytest.raises(StateError, match=rf"journal\.lock: in use by process {os.getpid()}; stop that one first"):
        SqliteJournal(tmp_path, clock)
    await journal.close()
    await SqliteJournal(tmp_path, clock).close()


async def test_a_second_writer_that_went_around_the_lock_is_stopped_by_the_first_ones_rows(
    journal: SqliteJournal, tmp_path: Path, clock: FakeClock
) -> None:
    (tmp_path / "journal.lock").unlink()
    second = SqliteJournal(tmp_path, clock)
    await journal.durable(journal.append(accepted(1)))
    with pytest.raises(StateError, match="UNIQUE"):
        await second.durable(second.append(accepted(1)))
    with pytest.raises(StateError):
        await second.close()


async def test_anybody_may_read_while_the_service_writes(journal: SqliteJournal, tmp_path: Path) -> None:
    await journal.durable(journal.append(accepted(1)))
    reading = read_journal(tmp_path)
    assert next(iter(reading)) == accepted(1)
    await journal.durable(journal.append(accepted(2)))  # with the first reader half way
    assert len(list(read_journal(tmp_path))) == 2


async def test_a_reader_that_stops_in_the_middle_holds_nobody_up_and_reads_on_across_its_pages(
    journal: SqliteJournal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "_A_PAGE", 10)
    for number in range(25):
        place = journal.append(accepted(number))
    await journal.durable(place)
    entries = read_entries(tmp_path)
    first = next(entries)  # and is looked at, for hours perhaps
    await journal.durable(journal.append(accepted(25)))
    with closing(sqlite3.connect(tmp_path / "journal.sqlite", isolation_level=None)) as db:
        assert db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone() == (0, 0, 0)  # nobody was in the way
    read = [first, *entries]
    assert [entry.seq for entry in read] == list(range(1, 27))
    assert [entry.record for entry in read] == [accepted(number) for number in range(26)]


async def test_only_the_owner_may_read_the_files(tmp_path: Path, clock: FakeClock) -> None:
    journal = SqliteJournal(tmp_path / "state", clock)
    await journal.durable(journal.append(accepted(1)))
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "state").iterdir()}
    await journal.close()
    assert len(modes) >= 4
    assert set(modes.values()) == {0o600}
    assert stat.S_IMODE((tmp_path / "state").stat().st_mode) == 0o700


def test_a_file_that_others_may_not_read_is_not_taken_for_a_damaged_one(tmp_path: Path) -> None:
    (tmp_path / "journal.sqlite").mkdir()
    with pytest.raises(StateError, match=r"journal\.sqlite: .*Look at the disk and at the permissions"):
        SqliteJournal(tmp_path, FakeClock())


def test_where_no_service_ever_ran_there_is_nothing_to_read(tmp_path: Path) -> None:
    assert not list(read_journal(tmp_path))
    assert not list(tmp_path.iterdir())
    (tmp_path / "journal.sqlite").touch()  # a service is just about to make it
    assert not list(read_journal(tmp_path))


def test_one_journal_serves_event_loops_one_after_the_other(tmp_path: Path) -> None:
    journal = SqliteJournal(tmp_path, FakeClock())

    async def one_more() -> None:
        await journal.durable(journal.append(accepted(1)))

    asyncio.run(one_more())
    asyncio.run(one_more())
    asyncio.run(journal.close())
    assert len(list(read_journal(tmp_path))) == 2
