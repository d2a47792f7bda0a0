"""A question without an answer is asked again, twice at most, and metered each time; an order never is."""

from __future__ import annotations

import pytest
from builtin.ccxt.kit import EACH, Scene, scene

from twinstar.builtin.ccxt.retrying import ATTEMPTS, WAITED_OUT_S, pause_s
from twinstar.builtin.ccxt.wire import Exchanged
from twinstar.errors import VenueUnavailable

LOST = pytest.mark.parametrize("kind", ["status", "drop", "drop_before", "html"])
ASKED = "v3/account|v1/accounts|mix/account/accounts|wallet-balance|account/balance|user/balance"
ACCOUNT = {
    "binanceusdm": "GET /fapi/v3/account",
    "bingx": "GET /openApi/swap/v3/user/balance",
    "bitget": "GET /api/v2/mix/account/accounts",
    "bybit": "GET /v5/account/wallet-balance",
    "okx": "GET /api/v5/account/balance",
    "binance": "GET /api/v3/account",
    "upbit": "GET /v1/accounts",
}


def sent(one: Scene) -> int:
    return sum(one.server.requests.values())


@EACH
@LOST
async def test_a_question_that_is_lost_twice_is_answered_the_third_time(name: str, kind: str) -> None:
    async with scene(name) as one:
        await one.venue.listing.instruments([one.symbol])
        one.fault(on="rest", kind=kind, match=ASKED, count=2)
        before = one.server.requests[ACCOUNT[name]]
        assert await one.account()
        assert one.server.requests[ACCOUNT[name]] - before == ATTEMPTS


@EACH
@LOST
async def test_lost_three_times_it_is_for_whoever_asked(name: str, kind: str) -> None:
    async with scene(name) as one:
        await one.venue.listing.instruments([one.symbol])
        one.fault(on="rest", kind=kind, match=ASKED, count=ATTEMPTS + 1)
        before = one.server.requests[ACCOUNT[name]]
        with pytest.raises(VenueUnavailable):
            await one.account()
        assert one.server.requests[ACCOUNT[name]] - before == ATTEMPTS
        assert one.venue.usage()["requests"] == sent(one)


@EACH
async def test_a_question_that_takes_too_long_is_not_asked_again(name: str) -> None:
    async with scene(name, timeout_s=0.3) as one:
        await one.venue.listing.instruments([one.symbol])
        one.fault(on="rest", kind="hang", match=ASKED, count=ATTEMPTS)
        before = one.server.requests[ACCOUNT[name]]
        with pytest.raises(VenueUnavailable):
            await one.account()
        assert one.server.requests[ACCOUNT[name]] - before == 1


@pytest.mark.parametrize(
    ("status", "told_s", "pause"),
    [
        (None, 0, 0.25),  # no answer at all
        (500, 0, 0.25),
        (503, 2, 2),
        (503, WAITED_OUT_S + 1, None),
        (429, 2, 2),
        (429, 0, None),  # it did not say when: whoever asks us backs off
        (418, 120, None),
        (400, 0, None),
        (401, 0, None),
        (404, 3, None),
        (200, 0, None),
    ],
)
def test_a_pause_is_as_long_as_the_venue_says_and_a_refusal_is_final(
    status: int | None, told_s: float, pause: float | None
) -> None:
    assert pause_s(Exchanged(requests=1, status=status, retry_after_s=told_s), 0.25) == pause
