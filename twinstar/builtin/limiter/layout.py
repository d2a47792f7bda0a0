"""How a window lies in its block, and what can be done to it without knowing its quota."""

from __future__ import annotations

from typing import Final

RING: Final = 264  # grants that are told apart; those within 1/256 of a window are counted as one

# Places in a window's part of the block, in numbers of 8 bytes.
HEAD: Final = 1  # so many entries of the log have expired …
TAIL: Final = 2  # … of so many
EXPIRED: Final = 3  # the weight of all that have expired
FOREIGN: Final = 4  # used by others, as the venue says
FOREIGN_UNTIL: Final = 5
STOPPED_UNTIL: Final = 6
STOPPED_WALL_S: Final = 7  # the same by the wall clock, for after a reboot
STATUS: Final = 8  # of the answer that stopped it
STRIKES: Final = 9  # stops, one soon after the other
STRUCK_WALL_S: Final = 10
CLAIM_LANE: Final = 11  # somebody waits for room, in this lane …
CLAIM_WEIGHT: Final = 12  # … for so much
CLAIM_SEAT: Final = 13
CLAIM_UNTIL: Final = 14
LOG: Final = 16  # pairs: when it was settled; the weight of all up to it
FLYING: Final = LOG + 2 * RING  # what is on its way, a seat each

LONGEST_STOP_S: Final = 8 * 86_400.0


def log(
    nums: memoryview[float], ints: memoryview[int], at: int, at_s: float, weight: float, *, slice_s: float = 0.0
) -> None:
    """Enter what is on its way no longer. Entries of one slice of time are one, as of the last."""
    head, tail = ints[at + HEAD], ints[at + TAIL]
    total, last = nums[at + EXPIRED], at + LOG + 2 * ((tail - 1) % RING)
    if tail > head:
        total, at_s = nums[last + 1], max(at_s, nums[last])
        if tail - head >= RING or (slice_s and int(nums[last] / slice_s) == int(at_s / slice_s)):
            nums[last] = at_s
            nums[last + 1] = total + weight
            return
    entry = at + LOG + 2 * (tail % RING)
    nums[entry] = at_s
    nums[entry + 1] = total + weight
    ints[at + TAIL] = tail + 1


def carry_over(nums: memoryview[float], ints: memoryview[int], at: int, now_s: float, wall_s: float) -> None:
    """Into another boot, where monotonic time has begun anew."""
    head, tail = ints[at + HEAD], ints[at + TAIL]
    used = nums[at + LOG + 2 * ((tail - 1) % RING) + 1] - nums[at + EXPIRED] if tail > head else 0.0
    left_s = nums[at + STOPPED_WALL_S] - wall_s
    ints[at + HEAD] = ints[at + TAIL] = 0
    nums[at + EXPIRED] = nums[at + FOREIGN_UNTIL] = 0.0
    nums[at + STOPPED_UNTIL] = now_s + left_s if 0 < left_s < LONGEST_STOP_S else 0.0
    if used > 0:
        log(nums, ints, at, now_s, used)
