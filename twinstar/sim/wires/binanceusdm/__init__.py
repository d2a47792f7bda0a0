"""Binance USD-M: its REST (fapi), market streams and user data stream, over the simulated exchange.

Read in this order: `wire` (routes and sockets), `gate` (what is checked before anything else), `orders` and `algo`
(trading), `userdata` and `streams` (what is pushed), `words` and `frames` (how it is spelt).
"""

from __future__ import annotations

from twinstar.sim.wires.binanceusdm.contracts import listings, made_up
from twinstar.sim.wires.binanceusdm.wire import make

__all__ = ["listings", "made_up", "make"]
