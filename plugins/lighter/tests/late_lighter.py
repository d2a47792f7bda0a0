"""Lighter's wire, where a transaction that was taken is carried out a moment later, as at the venue."""

from __future__ import annotations

from functools import partial

from twinstar.sim.wires.lighter import listings
from twinstar.sim.wires.lighter.wire import Lighter

__all__ = ["listings", "make"]

make = partial(Lighter, latency_ms=100)
