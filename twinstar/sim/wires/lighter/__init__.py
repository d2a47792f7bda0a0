"""Lighter, USDC perpetuals: REST, transactions and streams.

Read in this order: `wire` (routes and sockets), `accounts` and `nonces` (who may send what), `transactions` (how they
are written), `accepting` and `rules` (what is looked at at once), `engine` (what was accepted waits), `trading`,
`entering` and `groups` (what becomes of it), `blotter` (what the exchange does not keep of an order), `channels` and
`owned` (what is pushed), `words`, `views` and `deals` (how it is spelt).

Accounts have numbers here: the exchange's first is `FIRST_ACCOUNT`, and its API keys are bound in the slots
`BOUND_KEYS`, and in one that follows from the simulation's own key (`slot_of`). A signature is looked at, but not
verified: any private key will do.
"""

from __future__ import annotations

from twinstar.sim.wires.lighter.accounts import BOUND_KEYS, FIRST_ACCOUNT
from twinstar.sim.wires.lighter.markets import listings
from twinstar.sim.wires.lighter.wire import make

__all__ = ["BOUND_KEYS", "FIRST_ACCOUNT", "listings", "make"]
