"""One small module a venue; what has none is treated as any venue."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from twinstar.builtin.ccxt.habits import binance, binanceusdm, bingx, bitget, bitget_unified, bybit, generic, okx, upbit
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


def habit_of(exchange_id: str, options: Mapping[str, Any] | None = None) -> Habit:
    """``options`` are those of the config, which may name another kind of account."""
    if exchange_id == "bitget" and (options or {}).get("uta"):
        return bitget_unified.HABIT
    return _HABITS.get(exchange_id, GENERIC)
