"""When a line may be dialled again. Pure: time and chance are given."""

from __future__ import annotations

from random import Random

HEALTHY_S = 10.0  # a line that lived this long was not flapping
FIRST_S = 0.25
LONGEST_S = 30.0
DROPPED_S = 3.0  # a line that lived shorter was taken only to be dropped
REMEMBERED_S = 30.0  # so long after that its host may be expected to do it again


class Backoff:
    """Waits longer after each line that died young, however well its handshake went."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._losses: dict[str, int] = {}
        self._not_before_s: dict[str, float] = {}
        self._dropped_s = float("-inf")

    def lost(self, line: str, *, lived_s: float, now_s: float, at_least_s: float = 0.0) -> None:
        if lived_s < DROPPED_S:
            self._dropped_s = now_s
        losses = 1 if lived_s > HEALTHY_S else self._losses.get(line, 0) + 1
        self._losses[line] = losses
        wait_s = min(FIRST_S * 2 ** min(losses - 1, 10), LONGEST_S) * self._random.uniform(0.5, 1.0)
        self._not_before_s[line] = now_s + max(wait_s, at_least_s)

    def is_flapping(self, now_s: float) -> bool:
        """Whatever the line: they lead to one host."""
        return now_s - self._dropped_s < REMEMBERED_S

    def wait_s(self, line: str, now_s: float) -> float:
        return max(self._not_before_s.get(line, now_s) - now_s, 0.0)

    def longest_wait_s(self, now_s: float) -> float:
        return max((self.wait_s(line, now_s) for line in self._not_before_s), default=0.0)
