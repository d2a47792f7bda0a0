"""Watch over what a venue's streams should be saying; silence is judged by asking, never by a timer alone."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from twinstar.domain import InstrumentId, Level, Notice, Timeframe
from twinstar.errors import VenueError, VenueUnavailable
from twinstar.ports import Clock, Venue
from twinstar.runtime.candles import Candles

LOOK_EVERY_S = 0.5


class Patience(Struct, frozen=True, kw_only=True):
    """How long silence may last, in real seconds. The bounds of one stream do not add up with another's."""

    quiet_s: float = 5.0  # then the venue is asked when the instrument last traded
    dead_s: float = 10.0  # and again: if it traded meanwhile and we heard nothing, the line is dead
    blind_s: float = 30.0  # a line that is silent and cannot be asked about is given up after so long
    grace_s: float = 2.0  # after a candle's end, before its history is asked for it
    confirm_s: float = 5.0  # candles built from trades are compared with the venue's own this often


class Vigil:
    """One instrument's watch. `look` is called twice a second, with a line up or without."""

    def __init__(
        self,
        venue: Venue,
        instrument: InstrumentId,
        timeframe: Timeframe,
        *,
        candles: Candles,
        patience: Patience,
        clock: Clock,
        tell: Callable[[Notice], None],
    ) -> None:
        self._venue, self._instrument, self._patience = venue, instrument, patience
        self._candles, self._clock, self._tell = candles, clock, tell
        span_ms = timeframe.after(timeframe.floor(0)) - timeframe.floor(0)
        now_s = clock.monotonic_s()
        self._candle_s = span_ms / 1_000 / venue.market_speed
        self._due_s = now_s + patience.grace_s  # when the history is asked for candles, unless one is told before
        self._heard_s = self._asked_s = self._confirmed_s = now_s
        self._pulse_ms: int | None = None  # when the market had last traded, asked since we last heard of it
        self._ask_again_s = patience.quiet_s

    @property
    def instrument(self) -> InstrumentId:
        return self._instrument

    def heard(self) -> None:
        """A stream spoke of the instrument."""
        self._heard_s = self._clock.monotonic_s()
        self._pulse_ms, self._ask_again_s = None, self._patience.quiet_s

    def told(self) -> None:
        """A candle was told, by whoever."""
        self._due_s = self._clock.monotonic_s() + self._candle_s + self._patience.grace_s

    async def look(self, *, line_is_up: bool) -> None:
        """Raise `VenueUnavailable` when the line is found dead; a history that cannot be had is asked again later."""
        now_s = self._clock.monotonic_s()
        if now_s >= self._due_s:
            await self._ask_history(now_s)
        if self._instrument in self._candles.unconfirmed and now_s - self._confirmed_s >= self._patience.confirm_s:
            await self._confirm(now_s)
        if line_is_up and now_s - self._heard_s >= self._patience.quiet_s:
            await self._judge_silence(now_s)

    async def _ask_history(self, now_s: float) -> None:
        """A candle should be over by now: the history says, and so goes on while the line is down."""
        # The market may be quiet, or the venue slow to show it; each candle told sets this anew.
        self._due_s = now_s + min(max(self._candle_s / 2, self._patience.grace_s), self._patience.blind_s)
        if not self._candles.has_history:
            return
        try:
            if self._candles.is_begun(self._instrument):
                await self._candles.catch_up(self._instrument)
            elif self._venue.pulse is not None and (pulse_ms := await self._venue.pulse(self._instrument)) is not None:
                await self._candles.begin(self._instrument, pulse_ms)
        except VenueError:
            return  # No answer; a refused key the line itself will meet.

    async def _confirm(self, now_s: float) -> None:
        self._confirmed_s = now_s
        try:
            wrong = await self._candles.confirm(self._instrument)
        except VenueError:
            return  # No answer; a refused key the line itself will meet.
        if wrong:
            text = f"{wrong} candles built from trades differed from the venue's own and were corrected"
            self._tell(
                Notice(level=Level.WARNING, text=text, venue=self._instrument.venue, instrument=self._instrument)
            )

    async def _judge_silence(self, now_s: float) -> None:
        silent_s = now_s - self._heard_s
        if self._venue.pulse is None or now_s - self._asked_s < self._ask_again_s:
            return
        self._asked_s = now_s
        try:
            pulse_ms = await self._venue.pulse(self._instrument)
        except VenueError as e:
            if silent_s >= self._patience.blind_s:
                raise self._dead(f"silent for {silent_s:.0f} s, and the venue cannot be asked: {e}") from e
            return
        if self._clock.monotonic_s() - self._heard_s < silent_s:
            return  # It spoke while we asked.
        before_ms, self._pulse_ms = self._pulse_ms, pulse_ms
        if before_ms is None or pulse_ms is None:
            return
        if pulse_ms > before_ms and silent_s >= self._patience.dead_s and await self._stays_silent():
            raise self._dead(f"silent for {silent_s:.0f} s while the market traded")
        self._ask_again_s = min(self._ask_again_s * 1.5, self._patience.blind_s)  # A quiet market: no hurry.

    async def _stays_silent(self) -> bool:
        """What the market did a moment ago may be on its way to us."""
        heard_s = self._heard_s
        await self._clock.sleep(LOOK_EVERY_S)
        return self._heard_s == heard_s

    def _dead(self, reason: str) -> VenueUnavailable:
        return VenueUnavailable(self._instrument.venue, f"{self._instrument.symbol}: {reason}")
