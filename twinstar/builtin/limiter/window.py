"""One rolling window: what was let go, what is on its way, what others used. Numbers in a block that may be shared.

A request counts from the moment it is let go until a whole window after its answer came: the venue counted it
somewhere in between, so whatever its way took, no window of the venue's holds more than the cap.

Each change is written so that a process that dies between any two writes leaves a window that is right, or counts
something twice for one window's time. Nothing is ever counted too little.
"""

from __future__ import annotations

from math import ceil, inf
from typing import Final

from twinstar.builtin.limiter.layout import (
    CLAIM_LANE,
    CLAIM_SEAT,
    CLAIM_UNTIL,
    CLAIM_WEIGHT,
    EXPIRED,
    FLYING,
    FOREIGN,
    FOREIGN_UNTIL,
    HEAD,
    LOG,
    LONGEST_STOP_S,
    RING,
    STATUS,
    STOPPED_UNTIL,
    STOPPED_WALL_S,
    STRIKES,
    STRUCK_WALL_S,
    TAIL,
    log,
)
from twinstar.domain import Lane, Quota

SLICES: Final = 256

CLOCKS_DIFFER: Final = 1e-3  # the venue's second may be so much longer than ours
LONG_S: Final = 5.0  # from here on a burst could use up what a stop will want
LEFT_TO_OTHERS: Final = 0.005  # of a long window, by each lane to each before it; not less than one request
SQUEEZE: Final = 0.8  # what is left of a cap after each 429 …
SQUEEZED_MOST: Final = 0.25  # … at least
RELAX: Final = 0.05  # of the cap comes back …
CONTENT: Final = 5  # … after so many windows without one
ROUNDING: Final = 1e-6
FORGOTTEN_S: Final = 600.0  # strikes count together within so long after a stop
LATE_S: Final = 0.02  # whoever claims room comes for it within so long after there is some
AHEAD_S: Final = 60.0  # an entry that lies further in the future is damage


class Window:
    """A quota, for one of those whom the venue counts. Whoever calls holds the lock of its block."""

    __slots__ = (
        *("_at", "_highest", "_ints", "_log", "_mine", "_nums", "_places", "_seats", "_slice_s", "_squeezed_s"),
        *("cap", "heaviest", "keep_s", "quota", "reserve", "shared", "stop_place"),
    )

    def __init__(self, quota: Quota) -> None:
        self.quota = quota
        self.cap = self._highest = quota.cap
        self._squeezed_s = -inf
        self.heaviest = 0.0  # of what was ever asked for: the cap must let it pass
        self.keep_s = quota.per_s * (1 + CLOCKS_DIFFER)
        self.reserve = reserves(quota)
        self._slice_s = quota.per_s / SLICES

    def bind(self, nums: memoryview[float], ints: memoryview[int], at: int, seat: int, seats: int) -> None:
        """The block, as floats and as integers, and where in it the window's part begins."""
        self._nums, self._ints, self._at, self._log = nums, ints, at, at + LOG
        self._mine = at + FLYING + seat
        self.stop_place = at + STOPPED_UNTIL
        self.shared = seats > 1
        told = (STOPPED_UNTIL, HEAD, TAIL, EXPIRED, FOREIGN, FOREIGN_UNTIL, LOG)
        self._places = (*(at + place for place in told), self._mine)  # looked up with every request
        self._seats = slice(at + FLYING, at + FLYING + seats)

    def room(self, now_s: float) -> float:
        """How much may be let go at once; minus infinity while it is stopped."""
        nums, ints = self._nums, self._ints
        stopped, head_at, tail_at, expired, foreign, foreign_until, log, mine = self._places
        if nums[stopped] > now_s and self.stopped_until(now_s):
            return -inf
        head, tail = ints[head_at], ints[tail_at]
        used, expired_s = 0.0, now_s - self.keep_s
        while head < tail:
            oldest = log + 2 * (head % RING)
            if nums[oldest] > expired_s:
                used = nums[log + 2 * ((tail - 1) % RING) + 1] - nums[expired]
                if not nums[oldest] <= now_s + AHEAD_S:
                    used = -inf
                break
            nums[expired] = nums[oldest + 1]
            ints[head_at] = head = head + 1
        if nums[foreign_until] > now_s:
            used += nums[foreign] if nums[foreign_until] - now_s < self.keep_s + AHEAD_S else -inf
        used += sum(nums[self._seats]) if self.shared else nums[mine]
        if not (0 <= tail - head <= RING and -ROUNDING <= used < inf):
            return self._repair(now_s)
        return self.cap - used

    def used(self, now_s: float) -> float:
        """By everybody, as far as known. While it is stopped, all of it."""
        return self.cap - max(self.room(now_s), 0.0)

    def own(self) -> float:
        """What we have let go, settled or on its way, as of the last look at the window."""
        nums, ints, at = self._nums, self._ints, self._at
        head, tail = ints[at + HEAD], ints[at + TAIL]
        settled = nums[self._log + 2 * ((tail - 1) % RING) + 1] - nums[at + EXPIRED] if tail > head else 0.0
        return settled + (sum(nums[self._seats]) if self.shared else nums[self._mine])

    def claimed(self, now_s: float, lane: int) -> float:
        """What others that share the window are to be left, as their lane goes before this one."""
        nums, at = self._nums, self._at
        if not self.shared or not now_s < nums[at + CLAIM_UNTIL] < now_s + self.keep_s + AHEAD_S:
            return 0.0
        own = nums[at + CLAIM_SEAT] == self._mine - at
        return 0.0 if own or nums[at + CLAIM_LANE] >= lane else nums[at + CLAIM_WEIGHT]

    def claim(self, now_s: float, lane: int, weight: float, from_s: float) -> None:
        """So much is waited for, and will be taken once there is room, from then on."""
        nums, at = self._nums, self._at
        if not self.shared or (nums[at + CLAIM_UNTIL] > now_s and nums[at + CLAIM_LANE] < lane):
            return
        nums[at + CLAIM_UNTIL] = 0.0
        nums[at + CLAIM_LANE] = lane
        nums[at + CLAIM_WEIGHT] = weight
        nums[at + CLAIM_SEAT] = self._mine - at
        nums[at + CLAIM_UNTIL] = from_s + LATE_S

    def take(self, weight: float) -> None:
        self._nums[self._mine] += weight
        if self.shared and self._nums[self._at + CLAIM_SEAT] == self._mine - self._at:
            self._nums[self._at + CLAIM_UNTIL] = 0.0

    def give_back(self, weight: float) -> None:
        """It was not sent after all."""
        self._nums[self._mine] = _less(self._nums[self._mine], weight)

    def settle(self, at_s: float, weight: float) -> None:
        """It is on its way no longer: the venue has counted it by now."""
        log(self._nums, self._ints, self._at, at_s, weight, slice_s=self._slice_s)
        self.give_back(weight)

    def when(self, now_s: float, weight: float) -> tuple[float, float]:
        """When there may be room for so much, and how much will be to spare then.

        What is on its way frees nothing before a whole window from now.
        """
        nums, ints, at = self._nums, self._ints, self._at
        lacking = weight - self.room(now_s)
        if nums[at + STOPPED_UNTIL] > now_s:
            return nums[at + STOPPED_UNTIL], 0.0
        soonest, spare = now_s + self.keep_s, 0.0
        enough = nums[at + EXPIRED] + lacking
        for place in range(ints[at + HEAD], ints[at + TAIL]):
            entry = self._log + 2 * (place % RING)
            if nums[entry + 1] + ROUNDING >= enough:
                soonest, spare = nums[entry] + self.keep_s, nums[entry + 1] - enough
                break
        if now_s < nums[at + FOREIGN_UNTIL] < soonest:
            return nums[at + FOREIGN_UNTIL], 0.0
        return soonest, spare

    # What the venue says.

    def cap_told(self, cap: float) -> None:
        """Never above what is configured."""
        if cap > 0:
            self._highest = self.cap = min(cap, self.quota.cap)

    def squeeze(self, now_s: float) -> None:
        """The venue says too much though we kept to the cap: it allows less than it says."""
        self._squeezed_s = now_s
        self.cap = max(self.cap * SQUEEZE, self._highest * SQUEEZED_MOST, self.heaviest)

    def relax(self, now_s: float) -> None:
        """It has been content for a while: a little more is tried."""
        if self.cap < self._highest and now_s - self._squeezed_s > CONTENT * self.quota.per_s:
            self._squeezed_s = now_s
            self.cap = min(self.cap + RELAX * self._highest, self._highest)

    def used_since(self, since_s: float) -> float:
        """By us, at most: all that was settled since then, and all that is on its way."""
        nums, ints, at = self._nums, self._ints, self._at
        before = nums[at + EXPIRED]
        tail = ints[at + TAIL]
        for place in range(ints[at + HEAD], tail):
            entry = self._log + 2 * (place % RING)
            if nums[entry] >= since_s:
                break
            before = nums[entry + 1]
        total = nums[self._log + 2 * ((tail - 1) % RING) + 1] if tail else nums[at + EXPIRED]
        return max(total - before, 0.0) + sum(nums[self._seats])

    def foreign(self, weight: float, now_s: float, until_s: float) -> None:
        """Others have used so much, and it counts until then. Within one window the most that was heard holds."""
        nums, at = self._nums, self._at
        if nums[at + FOREIGN_UNTIL] > now_s:
            weight = max(weight, nums[at + FOREIGN])
        nums[at + FOREIGN] = weight
        nums[at + FOREIGN_UNTIL] = until_s

    def stop(self, now_s: float, wall_s: float, for_s: float, status: int) -> None:
        """Nothing is let go for so long; a longer stop that stands already stays."""
        nums, at = self._nums, self._at
        if nums[at + STOPPED_UNTIL] < now_s + for_s:
            nums[at + STATUS] = status
            nums[at + STOPPED_WALL_S] = wall_s + for_s
            nums[at + STOPPED_UNTIL] = now_s + for_s
        if wall_s > nums[at + STRUCK_WALL_S]:  # one ban is answered to all that was on its way
            nums[at + STRIKES] = self.strikes(wall_s) + 1
            nums[at + STRUCK_WALL_S] = wall_s + for_s

    def strikes(self, wall_s: float) -> int:
        """Stops one soon after the other, up to now."""
        forgotten = not 0 <= wall_s - self._nums[self._at + STRUCK_WALL_S] < FORGOTTEN_S
        return 0 if forgotten else int(self._nums[self._at + STRIKES])

    def stopped_until(self, now_s: float) -> float:
        until_s = self._nums[self._at + STOPPED_UNTIL]
        if not until_s - now_s < LONGEST_STOP_S:  # damage, or a block that was written before a reboot
            self._nums[self._at + STOPPED_UNTIL] = until_s = 0.0
        return until_s if until_s > now_s else 0.0

    @property
    def status(self) -> int:
        return int(self._nums[self._at + STATUS])

    def _repair(self, now_s: float) -> float:
        """What cannot be true is forgotten, and the window counts as used up for its length."""
        nums, ints, at = self._nums, self._ints, self._at
        ints[at + HEAD] = ints[at + TAIL] = 0
        nums[at + EXPIRED] = 0.0
        nums[self._seats] = memoryview(bytes(8 * len(nums[self._seats]))).cast("d")
        nums[at + FOREIGN] = self.cap
        nums[at + FOREIGN_UNTIL] = now_s + self.keep_s
        return 0.0


def reserves(quota: Quota) -> tuple[float, ...]:
    """What each lane leaves of a long window to those before it: a burst of reads must not make a stop wait."""
    if quota.per_s < LONG_S or quota.cap == inf:
        return (0.0,) * len(Lane)
    return tuple(float(ceil(quota.cap * LEFT_TO_OTHERS) * lane) - ROUNDING for lane in Lane)


def _less(amount: float, weight: float) -> float:
    left = amount - weight
    return left if left > ROUNDING else 0.0
