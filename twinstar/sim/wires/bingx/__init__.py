"""BingX, perpetuals in USDT of an account in one-way mode: its REST and its socket, over the simulated exchange.

Read in this order: `wire` (routes and the socket), `gate` (what is checked before anything else), `orders` (trading),
`session`, `channels` and `news` (what is pushed, gzipped), `words` and `views` (how it is spelt).
"""

from __future__ import annotations

from twinstar.sim.wires.bingx.contracts import listings
from twinstar.sim.wires.bingx.wire import make

__all__ = ["listings", "make"]
