"""What was used of a limit in the current stretch of the clock."""

from __future__ import annotations


class Window:
    def __init__(self, span_ms: int) -> None:
        self.span_ms = span_ms
        self._start = -1
        self._used = 0

    def add(self, now_ms: int, amount: int) -> int:
        start = now_ms // self.span_ms
        if start != self._start:
            self._start, self._used = start, 0
        self._used += amount
        return self._used
