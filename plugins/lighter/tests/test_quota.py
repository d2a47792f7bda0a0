"""The volume quota of a paid tier: told before it runs out, and its last is kept for what guards and closes."""

from __future__ import annotations

import json

import msgspec
import pytest
from builtin.ccxt.kit import Unlimited
from loguru import logger

import twinstar as ts
from lighter_posting import SIGNED, posting
from lighter_shared import INSTALLED, QUALITY
from twinstar.sim.wires.lighter.sending import quota_told
from twinstar.testing.conformance.stage import staged
from twinstar_lighter.nonces import NotSent, Refused
from twinstar_lighter.quota import FREE_EVERY_S, KEPT, WARN_BELOW, VolumeQuota

EMPTY = '{"code":23000,"message":"Not enough volume quota remaining"}'
TOO_MANY = '{"code":23000,"message":"Too Many Requests!"}'


class Hears(Unlimited):
    """Keeps what it is told of the answers."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[ts.Answer | None] = []

    def settle(self, permit: ts.Permit, answer: ts.Answer | None = None) -> None:
        self.heard.append(answer)


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


@INSTALLED
@pytest.mark.usefixtures("native")
async def test_an_empty_quota_is_no_ban_so_that_the_stop_that_is_free_can_go() -> None:
    async with staged(QUALITY, config={"tier": "premium"}) as s:
        await s.trading.place(s.order())
        s.fault(on="rest", kind="refuse", match="sendTx", status=429, body=EMPTY)
        with pytest.raises(ts.errors.VenueUnavailable, match="volume quota"):
            await s.trading.place(s.resting())
        assert s.venue.usage is not None
        assert s.venue.usage()["volume_quota_left"] == 0
        assert await s.trading.place(s.stop())


@pytest.mark.parametrize(("answer", "is_a_stop"), [(EMPTY, False), (TOO_MANY, True)])
async def test_the_limiter_hears_of_too_many_transactions_and_not_of_an_empty_quota(
    answer: str, *, is_a_stop: bool
) -> None:
    limiter = Hears()
    async with posting(lambda name: [{"id": name, **json.loads(answer)}], limiter) as post:
        with pytest.raises(Refused):
            await post.send(SIGNED, ts.Lane.PROTECT)
    told = [each.code for each in limiter.heard if each is not None]
    assert told == (["23000"] if is_a_stop else [None])


@pytest.mark.parametrize(("tx_type", "quota"), [(14, "send_1m"), (15, "send_1m"), (20, "settings_1m")])
async def test_each_transaction_over_the_line_is_counted_as_the_venue_counts_it(tx_type: int, quota: str) -> None:
    limiter = Hears()
    async with posting(lambda name: [{"id": name, "code": 200}], limiter) as post:
        await post.send(msgspec.structs.replace(SIGNED, tx_type=tx_type), ts.Lane.PROTECT)
    assert [(charge.quota, charge.weight) for charge in limiter.calls[-1].charges] == [(quota, 1)]


def test_a_person_is_told_once_before_it_runs_out_and_again_after_it_has_recovered(quota: VolumeQuota) -> None:
    told: list[str] = []
    sink = logger.add(lambda line: told.append(str(line)), level="WARNING")
    try:
        for left in (WARN_BELOW, WARN_BELOW - 1, WARN_BELOW - 2, WARN_BELOW, WARN_BELOW - 1):
            quota.see(left, None)
    finally:
        logger.remove(sink)
    assert len(told) == 2
