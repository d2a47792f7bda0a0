"""Losses against their limits: since the day began (UTC), and since the best there was.

What they are counted from is journaled, so that a restart forgets nothing. It is counted anew when a day begins, and
when a person resumes trading: who resumes accepts what was lost.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from msgspec import Struct, structs

from twinstar.domain import Mark, ResultsMarked, TradingHalted
from twinstar.engine.limits import LossLimits, RiskLimits
from twinstar.engine.results import ZERO, Key, Results
from twinstar.engine.state import State

DAY_MS: Final = 86_400_000
PEAK_EVERY_MS: Final = 60_000  # how often a new peak may be written down


class Loss(Struct, frozen=True, kw_only=True):
    """A limit that is reached."""

    venue: str | None
    rule: str
    text: str


def broken(state: State, limits: RiskLimits, now: Results) -> Iterator[Loss]:
    for scope, losses in _scopes(limits):
        for asset in sorted({*losses.daily, *losses.drawdown}):
            mark, result = state.marks.get((scope, asset)), now.get((scope, asset), ZERO)
            if mark is not None and result is not None:
                yield from _of(scope, asset, mark, result, losses)


def halts(state: State, limits: RiskLimits, now: Results, now_ms: int) -> list[TradingHalted]:
    """A loss that has reached its limit halts entries, until a person resumes; the next day alone does not."""
    told = {(halt.venue, halt.reason.partition(":")[0]) for halt in state.trading_halts}
    new = {(loss.venue, f"risk.{loss.rule}"): loss for loss in broken(state, limits, now)}
    return [
        TradingHalted(time_ms=now_ms, venue=venue, reason=f"{rule}: {loss.text}")
        for (venue, rule), loss in new.items()
        if (venue, rule) not in told
    ]


def marked(state: State, limits: RiskLimits, now: Results, now_ms: int) -> list[ResultsMarked]:
    """What losses are to be counted from, where that has changed."""
    marks = []
    for key in [(scope, asset) for scope, its in _scopes(limits) for asset in sorted({*its.daily, *its.drawdown})]:
        result, old = now.get(key, ZERO), state.marks.get(key)
        mark = old if result is None else _mark(key, result, old, now_ms, state.marked_ms)
        if mark is not None and mark != old:
            marks.append(mark)
    return [ResultsMarked(time_ms=now_ms, marks=tuple(marks))] if marks else []


def _mark(key: Key, result: Decimal, old: Mark | None, now_ms: int, marked_ms: int) -> Mark:
    day = now_ms // DAY_MS
    if old is None:
        return Mark(venue=key[0], asset=key[1], day=day, begun=result, peak=result)
    if old.day != day:
        return structs.replace(old, day=day, begun=result, peak=max(old.peak, result))
    if result > old.peak and now_ms - marked_ms >= PEAK_EVERY_MS:
        return structs.replace(old, peak=result)
    return old


def _scopes(limits: RiskLimits) -> Iterator[tuple[str | None, LossLimits]]:
    yield None, limits.losses
    for venue, its in limits.venues.items():
        yield venue, its.losses


def _of(scope: str | None, asset: str, mark: Mark, result: Decimal, limits: LossLimits) -> Iterator[Loss]:
    where = scope or "all venues together"
    for rule, since, begun, most in (
        ("max_daily_loss", "since the day began", mark.begun, limits.daily.get(asset)),
        ("max_drawdown", "since the best so far", mark.peak, limits.drawdown.get(asset)),
    ):
        if most is not None and begun - result >= most and begun > result:
            text = f"{where} lost {begun - result:,.2f} {asset} {since}, the limit is {most:,f} {asset}"
            yield Loss(venue=scope, rule=rule, text=text)
