"""What we ship, through the same hooks as any plugin."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

_NAMES = ("defaults", "limiter", "ma_cross", "journal", "store", "ccxt", "paper")


def plugins() -> list[ModuleType]:
    """Cheap to import, all of them: what is heavy they import when it is used."""
    return [import_module(f"{__name__}.{name}") for name in _NAMES]
