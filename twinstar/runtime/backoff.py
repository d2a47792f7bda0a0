"""How long to wait before the next attempt."""

from __future__ import annotations

from random import Random

from msgspec import Struct


class Backoff(Struct, frozen=True):
    """Longer with each attempt up to ``most_s``; less up to a quarter by chance, so that many do not come at once."""

    first_s: float = 3.0
    factor: float = 1.5
    most_s: float = 60.0

    def wait_s(self, attempt: int, random: Random) -> float:
        return self.longest_s(attempt) * random.uniform(0.75, 1.0)

    def longest_s(self, attempt: int) -> float:
        """Without chance, for one who waits alone."""
        return min(self.first_s * self.factor ** min(attempt, 64), self.most_s)


ASKING = Backoff(first_s=0.5, factor=2.0, most_s=30.0)
RECONNECTING = Backoff()
