"""The block of numbers that windows live in. This one is a process's own; `shared.Shared` is a file of several."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import blake2b
from typing import Final

from twinstar.builtin.limiter import layout
from twinstar.builtin.limiter.window import Window
from twinstar.domain import Quota
from twinstar.errors import StateError

SEATS: Final = 32  # so many may share a block
WINDOWS: Final = 1_024
HEADER: Final = 16
PART: Final = layout.FLYING + SEATS
BYTES: Final = 8 * (HEADER + WINDOWS * PART)
COUNT: Final = 2  # of windows that have a part
NOTHING: Final = memoryview(bytes(8 * PART)).cast("d")


class Busy(Exception):  # not an error: whoever gets it comes back a moment later
    """Another process holds the lock and does not run."""


class Block:
    seats = 1

    def __init__(self) -> None:
        self.lay_out(memoryview(bytearray(BYTES)), seat=0)

    def lay_out(self, memory: memoryview, seat: int) -> None:
        self.nums, self.ints, self.seat = memory.cast("d"), memory.cast("q"), seat

    def enter(self) -> None:
        """Lock it; raise `Busy` where that would take long."""

    def leave(self) -> None: ...

    def enter_at_last(self) -> None:
        """Wait for the lock, however long it takes (`StateError` after seconds); only before anything is traded."""

    @contextmanager
    def held(self) -> Iterator[None]:
        self.enter()
        try:
            yield
        finally:
            self.leave()

    def window(self, quota: Quota, holder: str) -> Window:
        """The quota's window of whom the venue counts: an address, an account. The lock is held."""
        made = Window(quota)
        made.bind(self.nums, self.ints, self._part(digest(quota, holder)), self.seat, self.seats)
        return made

    def parts(self) -> range:
        """Where each window's part begins."""
        count = min(max(self.ints[COUNT], 0), WINDOWS)
        return range(HEADER, HEADER + count * PART, PART)

    def bury(self, now_s: float) -> None:
        """Settle what the dead had on their way. The lock is held."""

    def close(self) -> None: ...

    def _part(self, name: int) -> int:
        """Parts are given once and never taken back: a window that is idle may be somebody's the next moment."""
        known = self.parts()
        found = next((start for start in known if self.ints[start] == name), None)
        if found is not None:
            return found
        if len(known) == WINDOWS:
            raise StateError(f"more than {WINDOWS} limits are in use at once")
        self.nums[known.stop : known.stop + PART] = NOTHING
        self.ints[known.stop] = name
        self.ints[COUNT] = len(known) + 1
        return known.stop


def digest(quota: Quota, holder: str) -> int:
    """Windows of different length are not one, whatever they are called."""
    told = f"{quota.name}|{quota.per_s:g}|{quota.scope.value}|{holder}".encode()
    return int.from_bytes(blake2b(told, digest_size=7).digest(), "big") + 1
