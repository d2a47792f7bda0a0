"""Whatever the seed: nothing is sent twice, nothing unjournaled, no fill is lost, every position is protected.

500 seeds run in CI; ``benchmarks/simulation.py --seeds 10000`` runs as many as you like, and counts by kind.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from simulation.checks import violations
from simulation.story import Story
from twinstar.domain import OrderStatus

FIRST = int(os.environ.get("TWINSTAR_FIRST_SEED", "0"))
SEEDS = range(FIRST, FIRST + int(os.environ.get("TWINSTAR_SEEDS", "500")))
TROUBLES = {
    "OrderInDoubt",
    "OrderRejected",
    "CancelOrder",
    "AmendOrder",
    "OrderAmended",
    "StopMoved",
    "take_profit take_profit",
    "take_profit market",
    "several fills",
    "partly filled, then canceled",
    "entry limit",
    "exit market",
    "stop stop",
    "stop market",
    "canceled",
}


@pytest.mark.parametrize("seed", SEEDS)
def test_the_books_balance(seed: int) -> None:
    assert not list(violations(Story(seed).run()))


def test_a_seed_is_the_whole_story() -> None:
    first, second = Story(7).run(), Story(7).run()
    assert first.journal_bytes() == second.journal_bytes()
    assert len(first.disk.records) > 100


def test_the_seeds_meet_every_kind_of_trouble() -> None:
    """A simulation that meets no trouble proves nothing."""
    met: set[str] = set()
    for seed in range(20):
        met.update(_troubles(Story(seed).run()))
        if met >= TROUBLES:
            break
    assert met >= TROUBLES, TROUBLES - met


def _troubles(story: Story) -> Iterator[str]:
    orders = story.service.state.orders.values()
    yield from (type(record).__name__ for record in story.disk.records)
    yield from (order.status.value for order in orders)
    yield from (f"{order.role.value} {order.kind.value}" for order in orders if order.filled)
    yield from ("several fills" for w in story.worlds for placed in w.orders.values() if len(placed.fills) > 1)
    yield from ("partly filled, then canceled" for o in orders if o.status is OrderStatus.CANCELED and o.filled)
