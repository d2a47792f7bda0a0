"""``kill -9`` at any moment: what was sent is known, nothing is doubled, every position has its stop.

Each named point and a random moment are met in CI; ``benchmarks/kills.py --kills 300`` kills as often as you like.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from random import Random

import pytest
from e2e.kills import POINTS, begin, differences, kill, restless

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]
MORE = (None,)  # random moments besides
LOOK_EVERY = 5


def test_after_a_kill_the_books_are_the_exchanges_books(tmp_path: Path, guarded_environment: dict[str, str]) -> None:
    random, met, came_by = Random(1), Counter[str](), 0
    with restless(tmp_path, guarded_environment) as service:
        begin(service)
        for number, point in enumerate((*POINTS, *MORE), start=1):
            came_by += kill(service, point, random)
            met.update(order.status.value for order in service.journaled().orders.values())
            begin(service)
            if number % LOOK_EVERY == 0:
                assert not differences(service), service.tail()
        assert service.stop()[0] == 0, service.tail()
    assert met["filled"] > 10, met
    assert came_by > len(POINTS) / 2, "the points are hardly met: is the plugin still asked?"
