"""The ring of what venues said in the last minutes: bounded, without secrets, playable from any minute on."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from twinstar.runtime import redaction
from twinstar.runtime.tape import Cut, Ring, cut, ring
from twinstar.runtime.tape.cleaning import Cleaner

MINUTE_MS = 60_000
KEY, SECRET, LISTEN_KEY = "canary-api-key-Zq81", "canary-secret-9fKx", "canaryListenKey7Tq2"
SIGNATURE = "5f" * 32


class Hands:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.ms = 1_772_359_200_000

    def now_ms(self) -> int:
        return self.ms

    def monotonic_s(self) -> float:
        return self.ms / 1_000

    async def sleep(self, seconds: float) -> None:
        self.ms += round(seconds * 1_000)


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> redaction.Redactor:
    """What the process knows to be secret, for this test only."""
    knows = redaction.Redactor()
    monkeypatch.setattr("twinstar.runtime.tape.cleaning.redactor", knows)
    return knows


def cuts(directory: Path, clock: Hands) -> list[Cut]:
    return list(cut(directory, 0, clock.ms + 1))


def test_no_secret_reaches_the_disk_in_any_of_its_forms(tmp_path: Path, known: redaction.Redactor) -> None:
    known.add(KEY)
    known.add(SECRET)
    clock = Hands()
    kept = Ring(tmp_path, clock, minutes=5, megabytes=10)
    tape = kept.tape("v")
    tape.exchange("POST", "https://v.com/listenKey", "", 200, json.dumps({"listenKey": LISTEN_KEY}))
    tape.exchange("GET", f"https://v.com/o?symbol=X&signature={SIGNATURE}&apiKey={KEY}", "", 200, f'{{"key":"{KEY}"}}')
    tape.exchange("POST", "https://v.com/o", {"a": "1", "sign": SIGNATURE, "auth": "short"}, 200, "{}")
    tape.exchange("POST", "https://v.com/o", json.dumps({"sign": "short-one", "tx": SIGNATURE}), 200, "{}")
    line = tape.open(f"wss://v.com/ws/{LISTEN_KEY}?token={SECRET}")
    tape.frame(line, ">", json.dumps({"op": "auth", "args": [KEY, 1, SIGNATURE]}))
    tape.frame(line, "<", json.dumps({"e": "listenKeyExpired", "listenKey": LISTEN_KEY}))
    tape.frame(line, "<", json.dumps({"of": KEY}).encode())
    tape.frame(line, "<", gzip.compress(json.dumps({"of": SECRET}).encode()))
    kept.write()
    (told,) = cuts(tmp_path, clock)
    assert (len(told.rows), len(told.exchanges)) == (5, 4)
    unpacked = [gzip.decompress(r.data) for r in told.rows if isinstance(r.data, bytes) and r.data[:1] == b"\x1f"]
    written = [path.read_bytes() for path in tmp_path.rglob("*.jsonl")] + [
        row.data.encode() if isinstance(row.data, str) else row.data for row in told.rows
    ]
    for secret in (KEY, SECRET, LISTEN_KEY, SIGNATURE, "short-one", "auth=short"):
        assert not [text for text in written + unpacked if secret.encode() in text], secret


def test_what_is_older_than_was_asked_for_goes_but_not_the_first_minute_of_a_life(tmp_path: Path) -> None:
    clock = Hands()
    kept = Ring(tmp_path, clock, minutes=2, megabytes=10)
    tape = kept.tape("v")
    tape.exchange("GET", "https://v.com/markets", "", 200, "[]")
    line = tape.open("wss://v.com/ws")
    tape.frame(line, ">", "subscribe")
    for minute in range(8):
        tape.frame(line, "<", f"{minute}")
        kept.write()
        clock.ms += MINUTE_MS
    kept.write()
    (told,) = cut(tmp_path, clock.ms - 2 * MINUTE_MS, clock.ms)
    assert [exchange.uri for exchange in told.exchanges] == ["venue://v.com/markets"]
    assert [row.text or row.path for row in told.rows] == [
        "/v.com/ws",
        "subscribe",
        "0",
        "6",
        "7",
    ]  # what was answered, too
    assert len(list(tmp_path.rglob("*.ws.jsonl"))) == 4  # the first, and those that may reach into the two minutes


def test_a_ring_that_is_full_gives_up_its_oldest_minutes(tmp_path: Path) -> None:
    clock = Hands()
    kept = Ring(tmp_path, clock, minutes=60, megabytes=0.05)
    tape = kept.tape("v")
    line = tape.open("wss://v.com/ws")
    for _ in range(10):
        tape.frame(line, "<", "x" * 10_000)
        kept.write()
        clock.ms += MINUTE_MS
    kept.write()
    assert sum(path.stat().st_size for path in tmp_path.rglob("*.jsonl")) <= 50_000
    assert cuts(tmp_path, clock)[0].rows[-1].time_ms == clock.ms - MINUTE_MS


def test_frames_that_the_disk_does_not_keep_up_with_are_dropped_and_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ring, "MOST_BYTES", 1_000)
    kept = Ring(tmp_path, Hands(), minutes=5, megabytes=10)
    tape = kept.tape("v")
    for _ in range(100):
        tape.frame(0, "<", "x" * 100)
    assert tape.dropped == 94
    kept.write()
    tape.frame(0, "<", "there is room again")
    assert tape.dropped == 94


def test_a_disk_that_cannot_be_written_stops_nobody(tmp_path: Path) -> None:
    (tmp_path / "v").write_text("a file where a directory should be")
    kept = Ring(tmp_path, Hands(), minutes=5, megabytes=10)
    kept.tape("v").open("wss://v.com/ws")
    kept.write()
    assert not list(tmp_path.rglob("*.jsonl"))


def test_a_row_that_a_kill_cut_short_is_left_out(tmp_path: Path) -> None:
    clock = Hands()
    kept = Ring(tmp_path, clock, minutes=5, megabytes=10)
    line = kept.tape("v").open("wss://v.com/ws")
    kept.tape("v").frame(line, "<", "whole")
    kept.write()
    (written,) = tmp_path.rglob("*.ws.jsonl")
    written.write_bytes(written.read_bytes() + b'{"line":0,"what":"<","te')
    assert [row.text for row in cuts(tmp_path, clock)[0].rows] == [None, "whole"]


def test_a_venues_host_is_in_the_path_wherever_it_was_asked() -> None:
    cleaner = Cleaner()
    assert cleaner.path("wss://v.com/ws?x=1#mark") == cleaner.path("ws://127.0.0.1:9/v.com/ws") == "/v.com/ws"
