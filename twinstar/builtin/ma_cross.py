"""The cross of two moving averages, always with a stop: the simplest strategy worth reading.

While the fast average is above the slow one it wants to be long, while below flat, or short where it may.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Annotated

from pydantic import Field, model_validator

from twinstar.config import StrategyConfig
from twinstar.domain import Candle, Enter, Exit, Intent, Side, Trail
from twinstar.plugin import Registry, hookimpl
from twinstar.ports import View


class MaCrossConfig(StrategyConfig):
    fast: Annotated[int, Field(ge=1, le=500)] = 5
    slow: Annotated[int, Field(ge=2, le=900)] = 20
    stop_percent: Annotated[Decimal, Field(gt=0, lt=100)] = Decimal(1)  # distance of the protective stop
    trail: Annotated[Decimal, Field(ge=0)] | None = None  # the stop follows from this profit on, in its distances
    notional: Annotated[Decimal, Field(gt=0)]  # what to spend on an entry, in the quote asset
    short: bool = False  # perpetuals only

    @model_validator(mode="after")
    def _fast_is_faster(self) -> MaCrossConfig:
        if self.fast >= self.slow:
            raise ValueError(f"fast ({self.fast}) must be below slow ({self.slow})")
        return self


class MaCross:
    def __init__(self, config: MaCrossConfig) -> None:
        self._config = config
        self.candles_needed = config.slow

    def on_candle(self, candle: Candle, view: View) -> Iterable[Intent]:
        wanted = self._wanted_side(candle, view)
        position = view.position(candle.instrument)
        if wanted is None and position.is_flat:
            return
        if position.is_flat and wanted is not None:
            yield self._enter(candle, wanted)
        elif wanted is not position.side:
            yield Exit(instrument=candle.instrument)  # The other side, if it is wanted, comes with the next candle.

    def _wanted_side(self, candle: Candle, view: View) -> Side | None:
        closes = [c.close for c in view.candles(candle.instrument, self._config.slow)]
        fast = sum(closes[-self._config.fast :]) / self._config.fast
        slow = sum(closes) / self._config.slow
        if fast > slow:
            return Side.BUY
        may_short = self._config.short and not view.instrument(candle.instrument).is_spot
        return Side.SELL if fast < slow and may_short else None

    def _enter(self, candle: Candle, side: Side) -> Enter:
        distance = candle.close * self._config.stop_percent / 100
        return Enter(
            instrument=candle.instrument,
            side=side,
            quantity=self._config.notional / candle.close,
            stop_price=candle.close - distance * side.sign,
            trail=None if self._config.trail is None else Trail(start=self._config.trail, distance=Decimal(1)),
        )


@hookimpl
def twinstar_register(registry: Registry) -> None:
    registry.strategy("ma_cross", MaCrossConfig, MaCross)
