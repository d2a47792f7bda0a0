"""What looks wrong for a moment too long may be seen wrongly: the account is read again."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator

from twinstar.engine import Engine
from twinstar.engine.overdue import overdue
from twinstar.ports import Clock
from twinstar.runtime.recovery import TOLD_WITHIN_MS

PATIENCE_MS = TOLD_WITHIN_MS  # doubled with every reading that did not explain it


class SecondLook:
    """A position without a stop, and an order that should be filled by now: a stream of our orders may be deaf."""

    def __init__(self, engine: Engine, clock: Clock, suspect: Callable[[str], None]) -> None:
        self._engine, self._clock, self._suspect = engine, clock, suspect
        self._due: dict[Hashable, tuple[int, int]] = {}  # when to read, and the patience after that

    def look(self) -> None:
        now_ms = self._clock.now_ms()
        strange = dict(self._strange())
        self._due = {what: self._due.get(what, (now_ms + PATIENCE_MS, 2 * PATIENCE_MS)) for what in strange}
        for what, (due_ms, patience_ms) in self._due.items():
            if now_ms >= due_ms:
                self._due[what] = now_ms + patience_ms, 2 * patience_ms
                self._suspect(strange[what])

    def _strange(self) -> Iterator[tuple[Hashable, str]]:
        """Each with the venue that knows more."""
        for of, since_ms in self._engine.unprotected_since_ms.items():
            yield (of, since_ms), of.venue
        for order in overdue(self._engine.state):
            yield (order.order_id, order.filled), order.instrument.venue
