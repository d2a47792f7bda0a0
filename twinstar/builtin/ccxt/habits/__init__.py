"""One small module a venue; what has none is treated as any venue."""

from __future__ import annotations

from twinstar.builtin.ccxt.habits import binance, binanceusdm, bingx, bitget, bybit, generic, okx, upbit
from twinstar.builtin.ccxt.habits.habit import Habit

__all__ = ["GENERIC", "Habit", "habit_of"]

GENERIC = generic.HABIT

_HABITS = {
    "binance": binance.HABIT,
    "binanceusdm": binanceusdm.HABIT,
    "bingx": bingx.HABIT,
    "bitget": bitget.HABIT,
    "bybit": bybit.HABIT,
    "okx": okx.HABIT,
    "upbit": upbit.HABIT,
}


def habit_of(exchange_id: str) -> Habit:
    return _HABITS.get(exchange_id, GENERIC)
