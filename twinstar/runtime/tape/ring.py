"""A venue's last minutes on disk. On the way of a frame it is only put aside; a thread cleans and writes it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import Final, Literal
from urllib.parse import urlencode

from loguru import logger
from msgspec import Struct

from twinstar.ports import Clock
from twinstar.runtime.tape.cleaning import Cleaner
from twinstar.runtime.tape.files import SEGMENT_MS, Segment, forget
from twinstar.runtime.tape.row import Exchange, Row, frame, is_heartbeat

WRITE_EVERY_S: Final = 0.25
FORGET_EVERY_MS: Final = 10_000
ANSWERED_MS, MOST_ROWS = 2_000, 500
MOST_BYTES: Final = 16 * 2**20  # put aside and not yet written; what comes beyond that is dropped and counted

Put = tuple[int, int, str, str | bytes] | Exchange


class Head(Struct):
    """How a line began: all that we said, and what was answered."""

    rows: list[Row]
    said_ms: int = 0


class RingTape:
    """One venue's, of this life of the service."""

    def __init__(self, directory: Path, clock: Clock) -> None:
        self.dropped = 0
        self._directory, self._clock, self._life_ms = directory, clock, clock.now_ms()
        self._aside: deque[Put] = deque()
        self._put = self._taken = 0  # bytes; the loop writes the one, the thread the other
        self._numbers, self._cleaner = count(), Cleaner()
        self._heads: dict[int, Head] = {}  # of lines that are open
        self._segment: Segment | None = None

    def open(self, url: str) -> int:
        line = next(self._numbers)
        self._keep((self._clock.now_ms(), line, "open", url))
        return line

    def frame(self, line: int, what: Literal["<", ">"], data: str | bytes) -> None:
        self._keep((self._clock.now_ms(), line, what, data))

    def close(self, line: int) -> None:
        self._keep((self._clock.now_ms(), line, "close", ""))

    def exchange(self, method: str, url: str, body: object, status: int, answer: str | bytes) -> None:
        self._keep(Exchange(self._clock.now_ms(), method, url, _text(body), status, _text(answer)))

    def _keep(self, put: Put) -> None:
        if self._put - self._taken > MOST_BYTES:
            self.dropped += 1
            return
        self._put += _size(put)
        self._aside.append(put)

    # In the thread.

    def write(self) -> None:
        """All that was put aside until now."""
        rows, exchanges = list[Row](), list[Exchange]()
        for _ in range(len(self._aside)):
            put = self._aside.popleft()
            self._taken += _size(put)
            if isinstance(put, Exchange):
                exchanges.append(self._cleaner.exchange(put))
            elif (row := self._row(*put)) is not None:
                rows.append(row)
        if rows or exchanges:
            self._current().append(rows, exchanges)
        for row in rows:
            self._head(row)

    def _row(self, time_ms: int, line: int, what: str, data: str | bytes) -> Row | None:
        match what:
            case "open":
                return Row(line, "open", path=self._cleaner.path(str(data)), time_ms=time_ms)
            case "<" | ">":
                if what == ">" and isinstance(data, str):
                    self._cleaner.learn(data)  # an error may repeat it
                text = self._cleaner.data(data)
                return None if is_heartbeat(text) else frame(line, what, 0, text, time_ms)
            case _:
                return Row(line, "close", time_ms=time_ms)

    def _head(self, row: Row) -> None:
        if row.what == "close":
            self._heads.pop(row.line, None)
            return
        head = self._heads.setdefault(row.line, Head([]))
        if row.what != "<":
            head.said_ms = row.time_ms
        if row.time_ms - head.said_ms <= ANSWERED_MS and len(head.rows) < MOST_ROWS:
            head.rows.append(row)

    def _current(self) -> Segment:
        now_ms = self._clock.now_ms()
        if self._segment is None or now_ms - self._segment.from_ms >= SEGMENT_MS:
            self._segment = Segment(self._directory, self._life_ms, now_ms)
            self._segment.begin([row for head in self._heads.values() for row in head.rows])
        return self._segment


class Ring:
    """Of all venues. ``megabytes``: of all their files; the oldest go first."""

    def __init__(self, directory: Path, clock: Clock, *, minutes: float, megabytes: float) -> None:
        self._directory, self._clock = directory, clock
        self._keep_ms, self._most = round(minutes * 60_000), round(megabytes * 1_000_000)
        self._tapes: dict[str, RingTape] = {}
        self._told = self._forgot_ms = 0

    def tape(self, venue_id: str) -> RingTape:
        return self._tapes.setdefault(venue_id, RingTape(self._directory / venue_id, self._clock))

    async def run(self) -> None:
        """Until canceled."""
        while True:
            await self._clock.sleep(WRITE_EVERY_S)
            await asyncio.to_thread(self.write)
            self._tell_of_losses()

    def write(self) -> None:
        """What cannot be written is lost and told: a full disk is no reason not to trade."""
        try:
            for tape in self._tapes.values():
                tape.write()
            now_ms = self._clock.now_ms()
            if now_ms - self._forgot_ms >= FORGET_EVERY_MS:  # it looks at every file
                self._forgot_ms = now_ms
                forget(self._directory, older_than_ms=now_ms - self._keep_ms, most_bytes=self._most)
        except OSError as error:
            logger.warning("tapes: {} could not be written: {}", self._directory, error)

    def _tell_of_losses(self) -> None:
        dropped = sum(tape.dropped for tape in self._tapes.values())
        if dropped > self._told:
            logger.warning("tapes: {} frames were dropped, the disk did not keep up", dropped - self._told)
            self._told = dropped


def _text(body: object) -> str:
    match body:
        case None:
            return ""
        case bytes():
            return body.decode(errors="replace")
        case dict():
            return urlencode(body)
        case _:
            return str(body)


def _size(put: Put) -> int:
    parts: Sequence[str | bytes] = (put.uri, put.body, put.answer) if isinstance(put, Exchange) else (put[3],)
    return 100 + sum(map(len, parts))
