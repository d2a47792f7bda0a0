"""The volume quota of a paid tier: told before it runs out, and its last is kept for what guards and closes."""

from __future__ import annotations

import pytest
from loguru import logger

import twinstar as ts
from twinstar.sim.wires.lighter.sending import quota_told
from twinstar_lighter.nonces import NotSent
from twinstar_lighter.quota import FREE_EVERY_S, KEPT, WARN_BELOW, VolumeQuota


class Hands:
    """A clock whose hands a test sets."""

    now_s = 0.0

    def now_ms(self) -> int:
        return round(self.now_s * 1_000)

    def monotonic_s(self) -> float:
        return self.now_s

    async def sleep(self, seconds: float) -> None:
        self.now_s += seconds


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
def quota(hands: Hands) -> VolumeQuota:
    return VolumeQuota("lighter", hands)


@pytest.mark.parametrize(
    ("left", "message", "known"),
    [
        (None, "10780 volume quota remaining.", 10_780),
        (0, '{"ratelimit": "7 volume quota remaining"}', 7),
        (None, "0 volume quota remaining.", 0),
        (9_000, None, 9_000),
        (None, quota_told(998), 998),
        (None, quota_told(None), None),
        (0, '{"ratelimit": "didn\'t use volume quota"}', None),
        (None, None, None),
    ],
)
def test_what_is_left_is_read_from_either_place(
    quota: VolumeQuota, left: int | None, message: str | None, known: int | None
) -> None:
    quota.see(left, message)
    assert quota.left == known


def test_the_last_is_kept_for_stops_and_exits_but_for_the_free_one(quota: VolumeQuota, hands: Hands) -> None:
    quota.see(KEPT, None)
    quota.admit(ts.Lane.TRADE)
    quota.see(KEPT - 1, None)
    quota.admit(ts.Lane.PROTECT)
    with pytest.raises(NotSent) as refused:
        quota.admit(ts.Lane.TRADE)
    assert isinstance(refused.value.__cause__, ts.errors.VenueRejected)
    assert f"{KEPT - 1} transactions are left" in str(refused.value.__cause__)
    hands.now_s += FREE_EVERY_S
    quota.admit(ts.Lane.TRADE)


def test_a_person_is_told_once_before_it_runs_out_and_again_after_it_has_recovered(quota: VolumeQuota) -> None:
    told: list[str] = []
    sink = logger.add(lambda line: told.append(str(line)), level="WARNING")
    try:
        for left in (WARN_BELOW, WARN_BELOW - 1, WARN_BELOW - 2, WARN_BELOW, WARN_BELOW - 1):
            quota.see(left, None)
    finally:
        logger.remove(sink)
    assert len(told) == 2
