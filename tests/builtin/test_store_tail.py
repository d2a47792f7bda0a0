"""The tail: a commit is there as a whole or not at all, and what a broken disk did to it is noticed."""

from __future__ import annotations

from collections.abc import Iterator
from errno import ENOSPC
from pathlib import Path
from random import Random

import pytest
from builtin.candles import BTC, ETH, FIRST_MS, candle
from loguru import logger

from twinstar.builtin.store import tail
from twinstar.builtin.store.archive import Archive
from twinstar.builtin.store.damage import refuse
from twinstar.builtin.store.reading import read_candles
from twinstar.domain import Timeframe
from twinstar.errors import StateError
from twinstar.ports import Stored

M1 = Timeframe.M1


@pytest.fixture
def warnings() -> Iterator[list[str]]:
    told: list[str] = []
    sink = logger.add(told.append, level="WARNING", format="{message}")
    yield told
    logger.remove(sink)


@pytest.fixture
def crashed(tmp_path: Path) -> Path:
    """The file that a process left which died after ten commits."""
    archive = Archive(tmp_path / "before")
    for minute in range(10):
        archive.hear([candle(minute)])
        archive.commit()
    (path,) = tail.files(tmp_path / "before")
    left = tmp_path / "after" / "_tail" / path.name
    left.parent.mkdir(parents=True)
    left.write_bytes(path.read_bytes())
    archive.close()
    return left


def test_damage_costs_its_own_commit_and_is_told_and_kept(crashed: Path, warnings: list[str]) -> None:
    content, random = crashed.read_bytes(), Random(4)
    frame = len(content) // 10
    for at in random.sample(range(len(content) - frame), 60):
        broken = bytearray(content)
        broken[at] ^= random.randrange(1, 256)
        crashed.write_bytes(broken)
        with pytest.raises(StateError, match="damaged"):
            tail.read(crashed.parents[1], refuse)
    archive = Archive(crashed.parents[1])
    assert archive.stored == {(BTC, M1): Stored(9, FIRST_MS, FIRST_MS + 9 * 60_000)}
    assert f"{frame} bytes from " in warnings[0]
    archive.close()
    (kept,) = crashed.parent.iterdir()
    assert kept.name in warnings[0]
    assert kept.read_bytes() == broken


def test_what_follows_the_last_whole_commit_is_nobodys(crashed: Path, warnings: list[str]) -> None:
    crashed.write_bytes(crashed.read_bytes() + crashed.read_bytes()[:70])
    archive = Archive(crashed.parents[1])
    archive.hear([candle(10)])
    archive.commit()
    archive.close()
    assert read_candles(crashed.parents[1], BTC, M1) == [candle(n) for n in range(11)]
    assert not warnings


def test_a_commit_that_fails_was_never_said_and_can_be_said_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = Archive(tmp_path)
    archive.hear([candle(0), candle(1)])
    archive.commit()
    before = archive.stored.copy()

    def full(fd: int) -> None:
        raise OSError(ENOSPC, "No space left on device")

    news = [candle(1, "7"), candle(2), candle(0, instrument=ETH), candle(2, "8")]
    with monkeypatch.context() as patch:
        patch.setattr(tail, "_sync", full)
        archive.hear(news)
        with pytest.raises(OSError, match=r"No space left on device: \d+ bytes are needed: .*00000001.tail"):
            archive.commit()
    assert archive.stored == before
    assert archive.read((BTC, M1), 0, 2**48)["close"].to_pylist() == [candle(0).close] * 2
    archive.hear(news)
    archive.commit()
    assert read_candles(tmp_path, BTC, M1) == [candle(0), candle(1, "7"), candle(2, "8")]
    assert read_candles(tmp_path, ETH, M1) == [candle(0, instrument=ETH)]
    archive.close()


def test_a_word_that_failed_does_not_come_back_over_a_newer_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = Archive(tmp_path)
    sync = tail._sync

    def fail_once(fd: int) -> None:
        monkeypatch.setattr(tail, "_sync", sync)
        raise OSError(ENOSPC, "No space left on device")

    monkeypatch.setattr(tail, "_sync", fail_once)
    archive.hear([candle(n, "1") for n in range(9)])
    with pytest.raises(OSError, match="No space"):
        archive.commit()
    archive.hear([candle(0, "2")])
    archive.commit()
    assert read_candles(tmp_path, BTC, M1) == [candle(0, "2")]
    archive.close()
