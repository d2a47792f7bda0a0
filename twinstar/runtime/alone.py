"""Looks now and then whether we are still the only writer on an account. If not: no entries, and a person is told."""

from __future__ import annotations

from collections.abc import Callable

from twinstar.domain import Event, Level, Notice, TradingHalted
from twinstar.ports import Clock


class AloneWatch:
    """``trouble``: why another process may be writing; None while none can. Whatever is held stays protected."""

    def __init__(
        self,
        venue: str,
        trouble: Callable[[], str | None],
        *,
        accept: Callable[[Event], None],
        tell: Callable[[Notice], None],
        clock: Clock,
    ) -> None:
        self._venue, self._trouble = venue, trouble
        self._accept, self._tell, self._clock = accept, tell, clock
        self._told = False

    def look(self) -> None:
        if self._told or (reason := self._trouble()) is None:
            return
        self._told = True
        text = f"{reason}. No entries any more: see that only one runs, then restart it and `twinstar resume`"
        self._tell(Notice(level=Level.ALARM, text=text, venue=self._venue))
        self._accept(TradingHalted(time_ms=self._clock.now_ms(), venue=self._venue, reason=reason))
