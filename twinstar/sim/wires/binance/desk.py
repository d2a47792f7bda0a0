"""What every endpoint shares: the pairs, and the ids under which orders were canceled."""

from __future__ import annotations

from twinstar.sim.ports import Exchange
from twinstar.sim.wires.binance.pairs import Pair, pair_of
from twinstar.sim.wires.binance_common.desk import Markets


class Desk(Markets[Pair]):
    def __init__(self, exchange: Exchange) -> None:
        super().__init__(exchange, map(pair_of, exchange.listings))
        self.cancel_ids: dict[int, str] = {}  # by the order's id: a cancellation has a client id of its own
