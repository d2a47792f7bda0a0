"""What strategies look at: the state, read only, and without what nobody could trade."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from twinstar.domain import Candle, Instrument, InstrumentId, Position
from twinstar.engine.state import State


class StateView:
    """Dust is no position: a strategy that waits to be flat would wait for good."""

    def __init__(self, state: State) -> None:
        self._state = state

    def position(self, instrument: InstrumentId) -> Position:
        is_dust = self._state.is_dust(instrument)
        return Position(instrument=instrument) if is_dust else self._state.position(instrument)

    def instrument(self, instrument: InstrumentId) -> Instrument:
        return self._state.instrument(instrument)

    def candles(self, instrument: InstrumentId, count: int) -> Sequence[Candle]:
        return self._state.candles(instrument, count)

    def last_price(self, instrument: InstrumentId) -> Decimal | None:
        return self._state.last_price(instrument)
