"""What the venue tells of its markets, handed to the paper exchange.

The finest word counts. Where every trade was heard, a candle adds nothing; where only prices are shown now and then,
or where something was missed, the candle tells how far the market went meanwhile.
"""

from __future__ import annotations

from twinstar.builtin.paper.clock import PaperTime
from twinstar.builtin.paper.exchange import PaperExchange
from twinstar.builtin.paper.pit import ANY_AMOUNT
from twinstar.domain import Candle, CandleClosed, Event, InstrumentId, PriceSeen, Timeframe, TradeSeen
from twinstar.sim.model import Side


class Hearing:
    """``has_history``: what was missed will be told by `judge`, and first."""

    def __init__(self, exchange: PaperExchange, clock: PaperTime, timeframe: Timeframe, *, has_history: bool) -> None:
        self._exchange, self._clock, self._timeframe = exchange, clock, timeframe
        self._has_history = has_history
        self._every_trade_since_ms: dict[InstrumentId, int] = {}
        self._judged_until_ms: dict[InstrumentId, int] = {}

    def begin(self) -> None:
        """The venue's streams are opened anew; what they did not tell meanwhile, they never will."""
        self._every_trade_since_ms.clear()

    def hear(self, event: Event) -> None:
        match event:
            case TradeSeen(instrument=of, price=price, quantity=quantity, side=side, time_ms=at_ms):
                self._clock.reach(at_ms)
                self._every_trade_since_ms.setdefault(of, at_ms + 1)  # those before it in that moment are not known
                self._exchange.trade(of.symbol, price, quantity, Side(side.value))
            case PriceSeen(instrument=of, price=price, time_ms=at_ms):
                self._clock.reach(at_ms + 1)  # it may bear the time at which its candle opened
                self._exchange.trade(of.symbol, price, ANY_AMOUNT, Side.BUY)
            case CandleClosed(candle=candle) if not self._comes_too_early(candle):
                self.judge(candle)

    def judge(self, candle: Candle) -> None:
        """What a candle tells is counted once."""
        of, end_ms = candle.instrument, self._timeframe.after(candle.open_ms)
        self._clock.reach(end_ms)
        if candle.open_ms < self._judged_until_ms.get(of, 0):
            return
        self._judged_until_ms[of] = end_ms
        if not self._told_all(of, candle.open_ms):
            self._exchange.judge(candle, end_ms)

    def missed_since_ms(self, of: InstrumentId) -> int | None:
        """The first candle that may tell of our orders what nobody has told; None where nothing waits for it."""
        waits_ms = self._exchange.waits_since_ms(of.symbol)
        if waits_ms is None:
            return None
        first_ms = self._timeframe.after(self._timeframe.floor(waits_ms - 1))
        from_ms = max(first_ms, self._judged_until_ms.get(of, 0))
        return None if self._told_all(of, from_ms) else from_ms

    def _comes_too_early(self, candle: Candle) -> bool:
        """The history has to tell of earlier ones first; it will tell of this one too."""
        missed_ms = self.missed_since_ms(candle.instrument) if self._has_history else None
        return missed_ms is not None and missed_ms < candle.open_ms

    def _told_all(self, of: InstrumentId, open_ms: int) -> bool:
        since_ms = self._every_trade_since_ms.get(of)
        return since_ms is not None and since_ms <= open_ms
