"""OKX v5, linear perpetuals: its REST, public, business and private sockets, over the simulated exchange.

Read in this order: `wire` (routes and sockets), `gate` (what is checked before anything else), `orders` and `algo`
(trading), `session`, `channels` and `news` (what is pushed), `words` and `views` (how it is spelt). Sizes are in
contracts on this side of the wire and in the base asset on the other; `contracts` knows both.
"""

from __future__ import annotations

from twinstar.sim.wires.okx.contracts import listings
from twinstar.sim.wires.okx.wire import make

__all__ = ["listings", "make"]
