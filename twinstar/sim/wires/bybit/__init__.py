"""Bybit v5, linear perpetuals of a unified account: its REST and its public and private streams.

Read in this order: `wire` (routes and sockets), `gate` (what is checked before anything else), `placing` and `orders`
(trading), `public` and `private` (what is pushed), `words` and `views` (how it is spelt).
"""

from __future__ import annotations

from twinstar.sim.wires.bybit.contracts import listings
from twinstar.sim.wires.bybit.wire import make

__all__ = ["listings", "make"]
