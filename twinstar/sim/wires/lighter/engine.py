"""What was accepted is carried out a little later, in the order in which it was accepted; what became of it is kept."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

from msgspec import Struct
from msgspec.structs import replace

from twinstar.sim.model import Refusal
from twinstar.sim.ports import VenueClock
from twinstar.sim.wires.lighter.errors import BAD_TX, ApiError, Words
from twinstar.sim.wires.lighter.transactions import CreateGroupedOrders, CreateOrder, Tx

MOST_KEPT = 10_000
UNFIT = BAD_TX[0]  # which code the venue has for each is not published


class Outcome(Struct, frozen=True, kw_only=True):
    tx: Tx
    accepted_ms: int
    executed_ms: int = 0  # 0: it is still to come
    failed: Words | None = None


class Engine:
    def __init__(self, clock: VenueClock, latency_ms: int) -> None:
        self.latency_ms = latency_ms
        self._clock = clock
        self._queue: deque[tuple[float, str, Callable[[], None]]] = deque()
        self._outcomes: dict[str, Outcome] = {}

    def submit(self, tx: Tx, tx_hash: str, action: Callable[[], None]) -> None:
        loop = asyncio.get_running_loop()
        self._outcomes[tx_hash] = Outcome(tx=tx, accepted_ms=self._clock.now_ms())
        if len(self._outcomes) > MOST_KEPT:
            del self._outcomes[next(iter(self._outcomes))]
        self._queue.append((loop.time() + self.latency_ms / 1000, tx_hash, action))
        if len(self._queue) == 1:
            self._wake()

    def outcome(self, tx_hash: str) -> Outcome | None:
        return self._outcomes.get(tx_hash)

    def is_coming(self, account_index: int, client_index: int) -> bool:
        """An order under this client index that was accepted and is not there yet."""
        waiting = (self._outcomes[tx_hash].tx for _, tx_hash, _ in self._queue if tx_hash in self._outcomes)
        return any(tx.account_index == account_index and client_index in _client_indices(tx) for tx in waiting)

    def _wake(self) -> None:
        loop = asyncio.get_running_loop()
        if self.latency_ms:
            loop.call_at(self._queue[0][0], self._drain)
        else:
            loop.call_soon(self._drain)

    def _drain(self) -> None:
        now = asyncio.get_running_loop().time()
        while self._queue and self._queue[0][0] <= now:
            _, tx_hash, action = self._queue.popleft()
            self._carry_out(tx_hash, action)
        if self._queue:
            self._wake()

    def _carry_out(self, tx_hash: str, action: Callable[[], None]) -> None:
        failed: Words | None = None
        try:
            action()
        except ApiError as error:  # nobody is there any more to be told
            failed = error.code, error.message
        except Refusal as refusal:
            failed = UNFIT, str(refusal)
        if (outcome := self._outcomes.get(tx_hash)) is not None:
            self._outcomes[tx_hash] = replace(outcome, executed_ms=self._clock.now_ms(), failed=failed)


def _client_indices(tx: Tx) -> list[int]:
    match tx:
        case CreateOrder():
            return [tx.client_order_index]
        case CreateGroupedOrders():
            return [asked.client_order_index for asked in tx.orders]
        case _:
            return []
