"""Whatever the seed: nothing is sent twice, nothing unjournaled, no fill is lost, every position is protected.

300 seeds run in CI; ``TWINSTAR_SEEDS=10000`` runs as many as you like, from ``TWINSTAR_FIRST_SEED`` on.
"""

from __future__ import annotations

import os
from collections import Counter

import pytest

from simulation.checks import violations
from simulation.story import Story
from twinstar.domain import OrderStatus

FIRST = int(os.environ.get("TWINSTAR_FIRST_SEED", "0"))
SEEDS = range(FIRST, FIRST + int(os.environ.get("TWINSTAR_SEEDS", "300")))


@pytest.mark.parametrize("seed", SEEDS)
def test_the_books_balance(seed: int) -> None:
    assert not list(violations(Story(seed).run()))


def test_a_seed_is_the_whole_story() -> None:
    first, second = Story(7).run(), Story(7).run()
    assert first.journal_bytes() == second.journal_bytes()
    assert len(first.disk.records) > 100


def test_the_seeds_meet_every_kind_of_trouble() -> None:
    """A simulation that meets no trouble proves nothing."""
    met: Counter[str] = Counter()
    for seed in range(20):
        story = Story(seed).run()
        met.update(type(record).__name__ for record in story.disk.records)
        met.update(order.status.value for order in story.service.state.orders.values())
        met.update(f"{o.role.value} {o.kind.value}" for o in story.service.state.orders.values() if o.filled)
        met.update("several fills" for w in story.worlds for o in w.orders.values() if len(o.fills) > 1)
        met.update("partly filled, then canceled" for o in story.service.state.orders.values() if _cut_short(o))
    expected = {
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
    assert expected <= met.keys()


def _cut_short(order: object) -> bool:
    return order.status is OrderStatus.CANCELED and bool(order.filled)
