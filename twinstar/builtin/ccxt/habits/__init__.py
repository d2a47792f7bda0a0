"""One small module a venue; what has none is treated as any venue."""

from __future__ import annotations

from itertools import chain

from twinstar.builtin.ccxt.habits import binanceusdm, generic, upbit
from twinstar.builtin.ccxt.habits.habit import Habit
from twinstar.ports import Quota

__all__ = ["Habit", "all_quotas", "habit_of"]

_HABITS = {"binanceusdm": binanceusdm.HABIT, "upbit": upbit.HABIT}


def habit_of(exchange_id: str) -> Habit:
    return _HABITS.get(exchange_id, generic.HABIT)


def all_quotas() -> tuple[Quota, ...]:
    """Of every venue: their names differ, so a limiter may know them all."""
    return tuple(chain(generic.HABIT.pacing.quotas, *(habit.pacing.quotas for habit in _HABITS.values())))
