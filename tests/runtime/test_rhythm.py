"""A stream is doubted by its own rhythm."""

from __future__ import annotations

from itertools import repeat

import pytest

from twinstar.runtime.rhythm import Rhythm


def rhythm(*pauses_s: float) -> float:
    one = Rhythm()
    for pause_s in pauses_s:
        one.beat(pause_s)
    return one.usual_s


def test_of_a_stream_that_has_not_spoken_nothing_is_known():
    assert rhythm() == 0


def test_a_steady_stream_has_its_own_pause():
    assert rhythm(*repeat(1.5, 200)) == pytest.approx(1.5, abs=0.05)


def test_a_burst_does_not_hide_the_pause_before_it():
    assert rhythm(*([5.0] + [0.0] * 9) * 60) == pytest.approx(5.0, abs=0.05)


def test_an_outage_makes_no_fast_stream_a_slow_one():
    assert rhythm(*repeat(0.25, 200), 30.0) < 0.6


def test_a_market_that_wakes_up_is_known_as_a_fast_one_within_two_minutes():
    assert rhythm(*repeat(20.0, 50), *repeat(0.25, 480)) < 1
