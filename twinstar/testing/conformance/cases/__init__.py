"""The cases, a module a group; to import them is to enter them. Keys are never used again for another claim."""

from importlib import import_module

from twinstar.testing.conformance.case import CASES

__all__ = ["CASES", "GROUPS"]

GROUPS = (
    "setup",
    "market",
    "history",
    "orders",
    "doubts",
    "stops",
    "account",
    "limits",
    "clock",
    "errors",
    "reconnect",
)

for _group in GROUPS:
    import_module(f"{__name__}.{_group}")
