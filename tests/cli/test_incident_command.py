"""``twinstar incident``: all that led to a moment is in one file, none of it is secret, and it replays."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from itertools import count
from pathlib import Path
from zipfile import ZipFile

import msgspec
import pytest
from simulation.story import Story

from twinstar.app.incident import ABOUT, JOURNAL, replay
from twinstar.builtin.journal import SqliteJournal
from twinstar.cli import main
from twinstar.domain import CandleClosed, OrderRejected, TradingHalted
from twinstar.errors import StateError
from twinstar.runtime.service import replayed

KEY = "a-key-that-must-not-be-told"
BEGIN_MS = 1_767_225_600_000  # 2026-01-01
CONFIG = """
venues:
  binanceusdm:
    mode: testnet
    instruments: [BTC/USDT:USDT]
    account: {api_key: 'env:INCIDENT_TEST_KEY', secret: 'env:INCIDENT_TEST_SECRET'}
log: {file: service.log}
"""
Bundle = Callable[..., tuple[int, Path, str]]


class EachSecond:
    def __init__(self) -> None:
        self._ms = count(BEGIN_MS, 1_000)

    def now_ms(self) -> int:
        return next(self._ms)

    def monotonic_s(self) -> float:
        return 0.0


@pytest.fixture(scope="module")
def story() -> Story:
    """A service that was killed now and then, and whose venues lied to it."""
    return Story(11).run()


@pytest.fixture
def bundle(story: Story, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Bundle:
    """``bundle(arguments) -> (exit code, the file, what was said)``."""
    monkeypatch.setenv("INCIDENT_TEST_KEY", KEY)
    monkeypatch.setenv("INCIDENT_TEST_SECRET", "another-secret-of-ours")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.yaml").write_text(CONFIG, encoding="utf-8")
    (tmp_path / "service.log").write_text(
        "2025-12-01 23:00:00.000 INFO    long before\n"
        "2026-01-01 00:00:01.000 WARNING of that time\n"
        f"  Traceback that shows {KEY}\n"
        '{"time": "2026-01-01T00:00:02.000+00:00", "message": "as JSON"}\n'
        "2026-01-09 00:00:00.000 INFO    long after\n",
        encoding="utf-8",
    )

    async def fill() -> None:
        journal = SqliteJournal(tmp_path / "state", EachSecond())
        rejected = OrderRejected(time_ms=1, order_id="x", reason=f"said {KEY}")
        for record in (*story.disk.records, rejected, TradingHalted(time_ms=1, reason=f"because of {KEY}")):
            journal.append(record)
        await journal.close()

    asyncio.run(fill())

    def call(*arguments: str) -> tuple[int, Path, str]:
        with pytest.raises(SystemExit) as ended:
            main(["incident", *arguments, "--state-dir", "state"])
        told = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return ended.value.code, tmp_path / "incident.zip", told.out + told.err

    return call


def test_what_was_believed_then_is_what_the_bundle_comes_to_now(bundle: Bundle, story: Story) -> None:
    code, path, said = bundle("2026-01-01", "--around", "2d")
    assert code == 0, said
    found = replay(path)
    assert found.now == found.then.belief
    assert found.tripped == ()
    assert found.then.belief.orders.keys() == replayed(story.disk).orders.keys()


def test_it_ends_at_the_moment_and_has_all_that_led_there(bundle: Bundle) -> None:
    _, path, _ = bundle("2026-01-01T00:01:00", "--around", "10s")
    found = replay(path)
    assert 0 < found.then.rows <= 70
    assert found.now == found.then.belief
    with ZipFile(path) as opened:
        rows = [json.loads(row) for row in opened.read(JOURNAL).splitlines()]
    assert rows[-1]["time_ms"] < found.then.until_ms
    candles = [row["time_ms"] for row in rows if row["kind"] == CandleClosed.__name__]
    assert all(ms >= found.then.from_ms for ms in candles)


def test_no_secret_is_in_it_and_the_log_is_of_that_time(bundle: Bundle) -> None:
    _, path, _ = bundle("2026-01-01", "--around", "2d")
    with ZipFile(path) as opened:
        whole = {name: opened.read(name).decode() for name in opened.namelist()}
    assert not [name for name, text in whole.items() if KEY in text or "another-secret" in text]
    assert "said ***" in whole[JOURNAL]
    assert "because of ***" in whole[ABOUT]
    assert replay(path).now == replay(path).then.belief
    assert "binanceusdm" in whole["config.json"]
    assert "of that time" in whole["log.txt"]
    assert "Traceback that shows ***" in whole["log.txt"]
    assert "as JSON" in whole["log.txt"]
    assert "long" not in whole["log.txt"]


def test_code_that_comes_to_another_belief_is_found_out(bundle: Bundle) -> None:
    _, path, _ = bundle("2026-01-01", "--around", "2d")
    with ZipFile(path) as opened:
        whole = {name: opened.read(name) for name in opened.namelist()}
    rows = [row for row in whole[JOURNAL].splitlines() if json.loads(row)["kind"] != "OrderFilled"]
    other = path.with_name("other.zip")
    with ZipFile(other, "w") as made:
        made.writestr(JOURNAL, b"\n".join(rows))
        made.writestr(ABOUT, whole[ABOUT])
    found = replay(other)
    assert found.now != found.then.belief


def test_what_is_no_bundle_is_told_so(tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_text("nothing of ours")
    with pytest.raises(StateError, match=r"x\.zip: no bundle of `twinstar incident`"):
        replay(tmp_path / "x.zip")
    with ZipFile(tmp_path / "y.zip", "w") as other:
        other.writestr(ABOUT, msgspec.json.encode({}))
    with pytest.raises(StateError, match=r"y\.zip: no bundle"):
        replay(tmp_path / "y.zip")
