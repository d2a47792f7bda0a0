"""Order ids: every venue takes them, none comes twice."""

from __future__ import annotations

import re

from twinstar.engine.ids import OrderIds, is_ours, run_of


def test_ids_have_the_form_that_every_venue_takes():
    new_id = OrderIds(1_732_500_000_000)
    ids = [new_id() for _ in range(1_000)]
    assert all(re.fullmatch(r"ts[0-9a-z]{18}", i) for i in ids)
    assert len(set(ids)) == 1_000
    assert ids == sorted(ids)
    assert all(is_ours(i) for i in ids)


def test_a_run_never_repeats_the_ids_of_an_earlier_one_even_if_the_clock_went_back():
    last = OrderIds(1_732_500_000_000)()
    later = OrderIds(1_000, last)
    assert run_of(later()) == 1_732_500_000_001


def test_what_is_not_ours_is_told_apart():
    for foreign in (None, "", "web_abc", "ts", "ts1hf7yhy1900000000u", "TS1hf7yhy19000000001"):
        assert not is_ours(foreign)
