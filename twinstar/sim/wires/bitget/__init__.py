"""Bitget v2, perpetuals in USDT of a classic account: its REST and its two sockets, over the simulated exchange.

Read in this order: `wire` (routes and sockets), `gate` (what is checked before anything else), `orders` and `plans`
(trading), `session`, `channels` and `news` (what is pushed), `words` and `views` (how it is spelt).
"""

from __future__ import annotations

from twinstar.sim.wires.bitget.contracts import listings
from twinstar.sim.wires.bitget.wire import make

__all__ = ["listings", "make"]
