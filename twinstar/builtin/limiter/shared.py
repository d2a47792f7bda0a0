"""A block in a file: what all processes of this user on this machine have used together.

The file is taken into memory (mmap). Its lock is the kernel's (flock), free as soon as its holder dies. Whoever uses it
has a seat, a locked file of its own: whose seat can be locked by another is dead, and what it had on its way is settled
by whoever finds out. Times are those of CLOCK_MONOTONIC, which processes of one boot have in common.
"""

from __future__ import annotations

import fcntl
import mmap
import os
import time
from hashlib import blake2b
from pathlib import Path
from typing import Final

from twinstar.builtin.limiter import layout
from twinstar.builtin.limiter.block import BYTES, SEATS, Block, Busy
from twinstar.errors import StateError
from twinstar.ports import Clock

FILE: Final = "block-1"  # ends in the version of the layout: two that differ do not share
BOOT: Final = 1  # the place of the boot's digest
CLOSED: Final = -1
TRIES: Final = 16
BURY_EVERY_S: Final = 0.1
_BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")
_OPEN: Final = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW


class Shared(Block):
    seats = SEATS

    def __init__(self, directory: Path, clock: Clock) -> None:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._directory = directory
        self._seats: dict[int, int] = {}  # the files of the others' seats, open
        self._looked_s = float("-inf")
        self._seat_fd, seat = self._sit_down()
        self._fd = os.open(directory / FILE, _OPEN, 0o600)
        self.enter_at_last()
        try:
            if os.fstat(self._fd).st_size != BYTES:
                os.ftruncate(self._fd, 0)
                os.ftruncate(self._fd, BYTES)
            self.lay_out(memoryview(mmap.mmap(self._fd, BYTES)), seat)
            now_s, wall_s = clock.monotonic_s(), clock.now_ms() / 1_000
            if self.ints[BOOT] != boot():
                self._carry_over(now_s, wall_s)
            self._settle_seat(seat, now_s)
        finally:
            self.leave()

    def enter(self) -> None:
        if self._fd == CLOSED:
            raise Busy
        for _ in range(TRIES):
            try:
                fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                time.sleep(0)  # it is held for microseconds, by a process that wants to run
            else:
                return
        raise Busy

    def leave(self) -> None:
        fcntl.flock(self._fd, fcntl.LOCK_UN)

    def bury(self, now_s: float) -> None:
        if now_s - self._looked_s < BURY_EVERY_S:
            return
        self._looked_s = now_s
        for seat in range(SEATS):
            if seat != self.seat and any(self.nums[at + layout.FLYING + seat] for at in self.parts()):
                self._bury(seat, now_s)

    def close(self) -> None:
        """What was on its way is settled by whoever takes the seat next."""
        for fd in (*self._seats.values(), self._seat_fd, self._fd):
            os.close(fd)
        self._seats.clear()
        self._fd = CLOSED  # its number may be another file's from now on

    def _bury(self, seat: int, now_s: float) -> None:
        if seat not in self._seats:
            try:
                self._seats[seat] = os.open(self._directory / f"seat-{seat}", _OPEN, 0o600)
            except OSError:  # no file may be opened now: it is looked at again
                return
        if _locked(self._seats[seat]):
            self._settle_seat(seat, now_s)
            fcntl.flock(self._seats[seat], fcntl.LOCK_UN)

    def _settle_seat(self, seat: int, now_s: float) -> None:
        for at in self.parts():
            weight = self.nums[at + layout.FLYING + seat]
            if weight:
                layout.log(self.nums, self.ints, at, now_s, weight)
                self.nums[at + layout.FLYING + seat] = 0.0

    def _sit_down(self) -> tuple[int, int]:
        for seat in range(SEATS):
            fd = os.open(self._directory / f"seat-{seat}", _OPEN, 0o600)
            if _locked(fd):
                return fd, seat
            os.close(fd)
        raise StateError(f"{self._directory} is in use by {SEATS} processes; no more can share it")

    def enter_at_last(self) -> None:
        for _ in range(1_000):
            try:
                return self.enter()
            except Busy:
                time.sleep(0.005)
        raise StateError(f"{self._directory / FILE} is locked by a process that does not run; see `lsof`")

    def _carry_over(self, now_s: float, wall_s: float) -> None:
        """After a reboot: what was used counts as used now, and what was stopped still is, by the wall clock."""
        for at in self.parts():
            layout.carry_over(self.nums, self.ints, at, now_s, wall_s)
        self.ints[BOOT] = boot()


def boot() -> int:
    """Differs from boot to boot where the system tells; elsewhere the runtime directory does not outlive one."""
    text = _BOOT_ID.read_text("ascii") if _BOOT_ID.exists() else "unknown"
    return int.from_bytes(blake2b(text.encode(), digest_size=7).digest(), "big") + 1


def _locked(fd: int) -> bool:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
