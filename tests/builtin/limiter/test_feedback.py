"""What a venue says of our limits is heeded; what it says garbled is not."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from email.utils import formatdate

import pytest
from builtin.limiter.limiting import call, limiter_of, quota

from twinstar.builtin.limits import completed, limits_of
from twinstar.domain import Answer, BanRule, Lane, Limits, Scope, Stops, Told, UsageHeader
from twinstar.errors import VenueUnavailable
from twinstar.testing import LoopClock, run_virtual
from twinstar.testing.virtual import EPOCH_MS

OK = Answer(200, {})
EPOCH_S = EPOCH_MS / 1_000
INTO_MINUTE_S = EPOCH_S % 60
USED = Limits(
    venue="here",
    quotas=(quota("minute", 100, 60.0, aligned=True), quota("second", 10, 1.0, Scope.ACCOUNT)),
    usage=(
        UsageHeader(header="X-Used", tells=Told.USED, quota="minute"),
        UsageHeader(header="X-Left", tells=Told.LEFT),
        UsageHeader(header="X-Cap", tells=Told.CAP),
    ),
)


def told(limits: Limits, *answers: Answer, at_s: float = 30.0, charges=(("minute", 1),)):
    """The limiter's statistics after each answer to a request, the first at that second of a minute."""

    async def story():
        limiter = limiter_of(clock=LoopClock(), limits=limits)
        await asyncio.sleep((at_s - INTO_MINUTE_S) % 60)
        for answer in answers:
            limiter.settle(await limiter.acquire(call(*charges, lane=Lane.PROTECT)), answer)
        return limiter.stats()

    return run_virtual(story())


def used(limits: Limits, *answers: Answer, of: str = "minute", **more) -> float:
    return next(use.used for use in told(limits, *answers, **more).quotas if use.quota == of)


def test_what_others_used_counts_for_us_until_the_venue_begins_to_count_anew():
    async def story() -> None:
        limiter = limiter_of(clock=LoopClock(), limits=USED)
        await asyncio.sleep((30 - INTO_MINUTE_S) % 60)
        limiter.settle(await limiter.acquire(call(("minute", 5), lane=Lane.PROTECT)), Answer(200, {"x-used": "65"}))
        assert limiter.stats().quotas[0].used == 65
        begun_s = LoopClock().monotonic_s()
        await limiter.acquire(call(("minute", 40), lane=Lane.PROTECT))
        assert 30 <= LoopClock().monotonic_s() - begun_s <= 33  # at the full minute the 60 of the others are gone

    run_virtual(story())


def test_the_venues_own_date_says_which_minute_it_speaks_of_even_if_our_clock_is_an_hour_off():
    venue_s = EPOCH_S + 3_600 - INTO_MINUTE_S  # its minute has just begun, ours is at 30
    assert used(USED, Answer(200, {"X-Used": "65", "Date": formatdate(venue_s, usegmt=True)})) == 1
    assert used(USED, Answer(200, {"X-Used": "65", "Date": formatdate(venue_s + 20, usegmt=True)}), at_s=0.5) == 65


@pytest.mark.parametrize("at_s", [59.0, 0.5, 1.5])
def test_a_word_from_the_turn_of_the_minute_is_not_heeded(at_s: float):
    assert used(USED, Answer(200, {"X-Used": "65"}), at_s=at_s) == 1


@pytest.mark.parametrize("said", ["", "abc", "-5", "1e3", "65.5", "NaN", "9" * 30, "٦٥", "65, 66", " "])
def test_a_garbled_number_counts_as_not_said(said: str):
    assert used(USED, Answer(200, {"X-Used": said})) == 1


def test_fewer_than_we_know_of_ourselves_is_no_news():
    assert used(USED, *[Answer(200, {"X-Used": "1"})] * 7) == 7


def test_what_is_left_speaks_of_the_quota_that_was_charged():
    answer = Answer(200, {"X-Left": "3"})
    assert used(USED, answer, of="second", charges=(("second", 1), ("minute", 1))) == 7
    assert used(USED, answer, of="minute", charges=(("second", 1), ("minute", 1))) == 1


def test_an_answer_that_took_long_speaks_of_a_time_too_long_ago():
    async def story() -> float:
        limiter = limiter_of(clock=LoopClock(), limits=USED)
        permit = await limiter.acquire(call(("second", 1)))
        await asyncio.sleep(0.4)
        limiter.settle(permit, Answer(200, {"X-Left": "0"}))
        return limiter.stats().quotas[1].left

    assert run_virtual(story()) == 9


def test_a_cap_that_the_venue_lowers_holds_and_one_it_raises_does_not():
    charges = (("second", 1),)
    caps = [told(USED, Answer(200, {"X-Cap": cap}), charges=charges).quotas[1].cap for cap in ("4", "400", "0", "x")]
    assert caps == [4, 10, 10, 10]


BANS = Limits(
    venue="here",
    quotas=(
        quota("minute", 100, 60.0),
        quota("second", 10, 1.0, Scope.ACCOUNT),
        quota("other", 10, 1.0, Scope.ACCOUNT),
        quota("one", 10, 1.0, Scope.INSTRUMENT),
        quota("frames", 10, 1.0, Scope.CONNECTION),
    ),
    bans=(
        BanRule(code="-15", stops=Stops.QUOTAS, quotas=("second",), for_s=10),
        BanRule(code="-16", stops=Stops.COUNTED, for_s=10),
        BanRule(status=403, stops=Stops.ACCOUNT, for_s=10),
        BanRule(status=418, stops=Stops.IP, for_s=120, longest_s=1_000, grows=True, until=r"until (\d{13})"),
        BanRule(status=429, stops=Stops.QUOTAS, for_s=60, seconds=r"in (\d+) s"),
    ),
)


def left_s(*answers: Answer, charges=(("minute", 1),)) -> float:
    bans = told(BANS, *answers[:1], charges=charges).bans
    return round(max((ban.until_ms for ban in bans), default=0) / 1_000 - EPOCH_S - (30 - INTO_MINUTE_S) % 60)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "30"}, 30),
        ({"retry-after": "30.5"}, 30),
        ({"Retry-After": formatdate(EPOCH_S + (30 - INTO_MINUTE_S) % 60 + 45, usegmt=True)}, 45),
        ({"Retry-After": "abc"}, 120),
        ({"Retry-After": "-5"}, 120),
        ({"Retry-After": ""}, 120),
        ({"Retry-After": "inf"}, 120),
        ({"Retry-After": "1000000000"}, 120),
        ({"Retry-After": "999999999"}, 1_000),
        ({"Retry-After": "Thu, 01 Jan 1970 00:00:00 GMT"}, 120),
        ({"Retry-After": "Thu, 99 Foo 2026 99:99:99 GMT"}, 120),
        ({}, 120),
    ],
)
def test_how_long_a_ban_lasts_is_taken_from_the_answer_within_bounds(headers: dict[str, str], seconds: float):
    assert left_s(Answer(418, headers)) == seconds


def test_the_end_of_a_ban_may_be_in_the_text():
    until_ms = EPOCH_MS + round(((30 - INTO_MINUTE_S) % 60 + 77) * 1_000)
    assert left_s(Answer(418, {}, text=f"IP banned until {until_ms}. Use streams.")) == 77
    assert left_s(Answer(418, {}, text="IP banned until 99.")) == 120
    assert left_s(Answer(429, {}, text="try again in 7 s")) == 7


def test_bans_that_follow_one_another_soon_last_longer_each_time():
    async def story() -> list[int]:
        limiter, lasted = limiter_of(clock=LoopClock(), limits=BANS), []
        for pause_s in (1, 1, 1, 700):
            limiter.settle(await limiter.acquire(call(("minute", 1))), Answer(418, {}))
            lasted.append(round((limiter.stats().bans[0].until_ms - LoopClock().now_ms()) / 1_000))
            await asyncio.sleep(lasted[-1] + pause_s)
        limiter.settle(await limiter.acquire(call(("minute", 1))), Answer(418, {}))
        return [*lasted, round((limiter.stats().bans[0].until_ms - LoopClock().now_ms()) / 1_000)]

    assert run_virtual(story()) == [120, 240, 480, 960, 120]


def test_one_ban_that_many_requests_were_answered_with_counts_once():
    async def story() -> int:
        limiter = limiter_of(clock=LoopClock(), limits=BANS)
        permits = [await limiter.acquire(call(("minute", 1))) for _ in range(5)]
        for permit in permits:
            limiter.settle(permit, Answer(418, {}))
        await asyncio.sleep(121)
        limiter.settle(await limiter.acquire(call(("minute", 1))), Answer(418, {}))
        return round((limiter.stats().bans[0].until_ms - LoopClock().now_ms()) / 1_000)

    assert run_virtual(story()) == 240


ASKED = {
    "by ip": ("minute",),
    "by account": ("second",),
    "another": ("other",),
    "of an instrument": ("one",),
    "on a socket": ("frames",),
}


@pytest.mark.parametrize(
    ("answer", "charged", "stopped"),
    [
        (Answer(418, {}), "minute", {"by ip", "by account", "another", "of an instrument"}),
        (Answer(403, {}), "minute", {"by account", "another", "of an instrument"}),
        (Answer(400, {}, code="-15"), "second", {"by account"}),
        (Answer(400, {}, code="-16"), "second", {"by account", "another"}),
        (Answer(400, {}, code="-16"), "minute", {"by ip"}),
        (Answer(429, {}), "other", {"another"}),
        (Answer(400, {}, code="-17"), "other", set()),
        (Answer(500, {"Retry-After": "100"}), "minute", set()),
        (Answer(200, {"Retry-After": "100"}), "minute", set()),
    ],
)
def test_exactly_what_the_venue_names_is_stopped(answer: Answer, charged: str, stopped: set[str]):
    async def story() -> set[str]:
        limiter = limiter_of(clock=LoopClock(), limits=BANS)
        limiter.settle(await limiter.acquire(call((charged, 1), of="BTC")), answer)
        found = set()
        for name, quotas in ASKED.items():
            with suppress(VenueUnavailable):
                await limiter.acquire(call(*((each, 1) for each in quotas), of="BTC", lane=Lane.PROTECT))
                continue
            found.add(name)
        return found

    assert run_virtual(story()) == stopped


def test_whoever_waits_when_a_ban_comes_is_told_at_once_instead_of_growing_old():
    async def story() -> None:
        limiter = limiter_of(clock=LoopClock(), limits=BANS)
        permits = [await limiter.acquire(call(("second", 5))) for _ in range(2)]
        async with asyncio.TaskGroup() as tasks:
            waiting = [tasks.create_task(refused(limiter, call(("second", 1)))) for _ in range(3)]
            await asyncio.sleep(0.2)
            assert not any(task.done() for task in waiting)
            limiter.settle(permits[0], Answer(418, {"Retry-After": "50"}))
            await asyncio.sleep(0)
            assert [task.result() for task in waiting] == [50, 50, 50]
        assert limiter.stats().refused == 3

    async def refused(limiter, request) -> float:
        with pytest.raises(VenueUnavailable) as caught:
            await limiter.acquire(request)
        return caught.value.retry_after_s

    run_virtual(story())


def test_a_stop_of_a_moment_is_waited_for():
    async def story() -> float:
        limiter = limiter_of(clock=LoopClock(), limits=BANS)
        limiter.settle(await limiter.acquire(call(("minute", 1))), Answer(418, {"Retry-After": "0.8"}))
        await limiter.acquire(call(("minute", 1)))
        return LoopClock().monotonic_s()

    assert 0.8 <= run_virtual(story()) < 0.81


REAL = [
    ("binanceusdm", "weight_1m", 200, {"X-MBX-USED-WEIGHT-1M": "1500"}, 1_500),
    ("binanceusdm", "orders_10s", 200, {"X-MBX-ORDER-COUNT-10S": "250"}, 250),
    ("upbit", "candles", 200, {"Remaining-Req": "group=candles; min=600; sec=4"}, 6),
    ("upbit", "exchange", 200, {"Remaining-Req": "group=default; min=1800; sec=21"}, 9),
    ("upbit", "order", 200, {"Remaining-Req": "group=candles; min=600; sec=4"}, 1),
    ("bybit", "order_create", 200, {"X-Bapi-Limit": "10", "X-Bapi-Limit-Status": "2"}, 8),
    ("bingx", "swap_order", 200, {"X-RateLimit-Requests-Remain": "7"}, 3),
]


@pytest.mark.parametrize(("venue", "name", "status", "headers", "expected"), REAL)
def test_the_venues_own_headers(venue: str, name: str, status: int, headers: dict[str, str], expected: float):
    assert used(limits_of(venue), Answer(status, headers), of=name, charges=((name, 1),), at_s=25) == expected


@pytest.mark.parametrize(
    ("venue", "charged", "answer", "stopped", "seconds"),
    [
        ("binanceusdm", "weight_1m", Answer(429, {"Retry-After": "17"}, "-1003"), "ip", 17),
        ("binanceusdm", "weight_1m", Answer(418, {"Retry-After": "200000"}, "-1003"), "ip", 200_000),
        ("binanceusdm", "orders_10s", Answer(429, {}, "-1015"), "orders_10s", 10),
        ("upbit", "candles", Answer(429, {}, "too_many_requests"), "candles", 1),
        ("upbit", "exchange", Answer(418, {}, None, "차단되었습니다. 40초 후 다시"), "exchange", 40),
        ("bybit", "order_create", Answer(200, {}, "10006"), "order_create", 1),
        ("bybit", "requests_5s", Answer(403, {}, None, "access too frequent"), "ip", 600),
        ("okx", "balance", Answer(429, {}, "50011"), "balance", 2),
        ("bingx", "swap_order", Answer(429, {}), "swap_order", 300),
        ("bitget", "order_place", Answer(429, {}), "order_place", 5),
        ("bithumb", "candles", Answer(429, {}), "candles", 10),
        ("lighter", "requests_1m", Answer(405, {}, "23000"), "requests_1m", 60),
        ("somewhere", "default", Answer(429, {}), "ip", 60),
    ],
)
def test_the_venues_own_stops(venue: str, charged: str, answer: Answer, stopped: str, seconds: float):
    bans = told(completed(limits_of(venue)), answer, charges=((charged, 1),)).bans
    now_s = EPOCH_S + (30 - INTO_MINUTE_S) % 60
    assert {(ban.stopped, round(ban.until_ms / 1_000 - now_s)) for ban in bans} >= {(stopped, seconds)}


def test_what_has_no_quota_falls_under_the_default():
    async def story() -> float:
        limiter = limiter_of(clock=LoopClock(), limits=completed(Limits(venue="nowhere")))
        for _ in range(9):
            limiter.settle(await limiter.acquire(call(("whatever", 1))), OK)
        return LoopClock().monotonic_s()

    assert 1.25 <= run_virtual(story()) < 1.3  # five at once, four a second in the long run


def test_a_venue_that_allows_less_than_it_says_is_asked_for_less_until_it_is_content():
    limits = Limits(venue="here", quotas=(quota("second", 20, 1.0),), bans=BANS.bans[-1:])

    async def story() -> tuple[list[int], float]:
        limiter, caps = limiter_of(clock=LoopClock(), limits=limits), []
        for _ in range(8):
            limiter.settle(await limiter.acquire(call(("second", 6))), Answer(429, {"Retry-After": "0.5"}))
            caps.append(round(limiter.stats().quotas[0].cap, 1))
        for _ in range(200):
            limiter.settle(await limiter.acquire(call(("second", 1))), OK)
            await asyncio.sleep(0.5)
        return caps, limiter.stats().quotas[0].cap

    caps, at_last = run_virtual(story())
    assert caps == [16, 12.8, 10.2, 8.2, 6.6, 6, 6, 6]  # never less than what has been asked for at once
    assert at_last == 20
