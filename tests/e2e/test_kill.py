"""``kill -9`` at any moment: what was sent is known, nothing is doubled, every position has its stop.

Each named point and a random moment are met in CI; ``benchmarks/kills.py --kills 300`` kills as often as you like.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from random import Random

import pytest
from e2e.kills import BITHUMB, LIGHTER, POINTS, begin, differences, kill, restless
from e2e.mortal import Point

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


def test_an_adapter_of_a_venues_own_comes_back_from_a_kill_too(
    tmp_path: Path, guarded_environment: dict[str, str]
) -> None:
    random = Random(1)
    with restless(tmp_path, guarded_environment, BITHUMB) as service:
        begin(service)
        for point in (Point.SENDING, Point.ANSWERED, Point.READING):
            kill(service, point, random)
            begin(service)
        assert not differences(service, BITHUMB), service.tail()
        filled = [each for each in service.journaled().orders.values() if each.filled]
        assert service.stop()[0] == 0, service.tail()
    assert filled, "nothing was traded: there was nothing to lose"


def test_killed_between_the_signature_and_the_first_byte_no_nonce_is_in_the_way_and_no_order_is_there_twice(
    tmp_path: Path, guarded_environment: dict[str, str]
) -> None:
    random, came_by = Random(2), 0
    with restless(tmp_path, guarded_environment, LIGHTER) as service:
        begin(service, LIGHTER)
        for point in (Point.SIGNED, Point.ANSWERED):
            came_by += kill(service, point, random)
            begin(service, LIGHTER)
        assert not differences(service, LIGHTER), service.tail()
        assert service.stop()[0] == 0, service.tail()
    assert came_by, "the points are not met: is the plugin still asked?"
