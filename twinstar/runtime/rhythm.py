"""How often a stream usually speaks, so that a slow one is not doubted as soon as a fast one."""

from __future__ import annotations

SHARE = 0.02  # of each new pause: some fifty of them are remembered
FAR, GRACE_S = 4.0, 1.0  # times what is usual, and some more: no pause counts for longer


class Rhythm:
    """The pause that a random moment falls into, on average: a burst does not hide the pause before it."""

    def __init__(self) -> None:
        self._pauses_s = self._squares = 0.0

    def beat(self, pause_s: float) -> None:
        """One pause that is far too long, as an outage makes it, says little of what is usual."""
        pause_s = min(pause_s, FAR * self.usual_s + GRACE_S)
        self._pauses_s += (pause_s - self._pauses_s) * SHARE
        self._squares += (pause_s * pause_s - self._squares) * SHARE

    @property
    def usual_s(self) -> float:
        return self._squares / self._pauses_s if self._pauses_s else 0.0
