"""Binance spot: its REST (api/v3), market streams and user data stream, over the simulated exchange.

What it shares with futures is in `binance_common`. Read in this order: `wire` (routes and sockets), `placing` and
`orders` (trading), `session` and `userdata` (what is pushed over the WebSocket API), `views` (how it is spelt).
"""

from __future__ import annotations

from twinstar.sim.wires.binance.pairs import listings, made_up
from twinstar.sim.wires.binance.wire import make

__all__ = ["listings", "made_up", "make"]
