"""How long from a frame of the market to the ack of an order that answers it, all on loopback."""

from __future__ import annotations

from contextlib import aclosing
from statistics import median
from time import perf_counter
from typing import Final

from twinstar.domain import StreamOpened
from twinstar.testing.conformance.listening import opened
from twinstar.testing.conformance.quality import Quality
from twinstar.testing.conformance.stage import Stage, staged

ROUNDS: Final = 7  # more would wait for the venue's limits


async def message_to_ack_ms(quality: Quality) -> float | None:
    """The median; None where the venue does not trade."""
    async with staged(quality) as stage:
        if stage.venue.trading is None:
            return None
        return round(median(await _rounds(stage)) * 1_000, 2)


async def _rounds(stage: Stage) -> list[float]:
    market, *others = opened(stage.venue, stage.symbol)
    for other in others:
        await other.aclose()
    took: list[float] = []
    async with aclosing(market):
        assert isinstance(await anext(market), StreamOpened)
        while len(took) < ROUNDS:
            stage.minutes(1)
            begun_s = perf_counter()
            await anext(market)
            await stage.trading.place(stage.resting())
            took.append(perf_counter() - begun_s)
    return took
