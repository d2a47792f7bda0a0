"""Answers that are none, that come late, or that stop half way: nothing is made of them but a doubt."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import pytest
from aiohttp import web

import twinstar as ts
from lighter_posting import SIGNED, Watched, context_of, posting
from lighter_shared import INSTALLED, QUALITY
from twinstar.testing.conformance.listening import listening, opened, to_its_end
from twinstar.testing.conformance.stage import OurClock, Stage, staged
from twinstar.testing.replay.relay import serving
from twinstar_lighter import account
from twinstar_lighter.markets import Listed
from twinstar_lighter.messages import Accounts, Orders, answer, of_account
from twinstar_lighter.nonces import Refused
from twinstar_lighter.rest import Rest
from twinstar_lighter.trading import LighterTrading

pytestmark = [
    pytest.mark.usefixtures("native"),
    INSTALLED,
]
ODD: tuple[dict[str, object], ...] = (
    {"min_base_amount": None},
    {"min_quote_amount": "NaN"},
    {"taker_fee": ""},
    {"supported_size_decimals": 10**9},
    {"supported_price_decimals": -1},
)
EXPIRED = '{"code":29401,"message":"invalid auth token"}'
GATEWAY = '{"message":"Too Many Requests"}'  # JSON, and none of the venue's


@asynccontextmanager
async def stage_of(**config: object) -> AsyncIterator[Stage]:
    async with staged(QUALITY, config={"send_over": "socket", **config}) as s:
        yield s


@pytest.mark.parametrize("status", [200, 404, 429])
async def test_an_order_that_stands_is_not_over_because_a_gateway_answered_in_the_venues_stead(status: int) -> None:
    async with stage_of(visibility_ms=500) as s:
        order = s.resting()
        await s.trading.place(order)
        known = msgspec.structs.replace(order, status=ts.OrderStatus.ACCEPTED, venue_order_id="1")
        s.spoil_what_is_asked("refuse", match="Orders", status=status, body=GATEWAY, count=2)
        with pytest.raises((ts.errors.VenueUnavailable, ts.errors.BadMessage)):
            await s.account(known)


async def test_an_order_that_is_not_on_the_pages_that_were_read_is_not_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(account, "PAGES", 20)
    async with stage_of(visibility_ms=500) as s:
        order = s.resting()
        row = {
            "order_index": 1, "client_order_index": 5, "market_index": 0, "initial_base_amount": "1",
            "filled_base_amount": "1", "price": "1", "is_ask": True, "type": "limit", "status": "filled",
            "reduce_only": False, "trigger_price": "0", "updated_at": s.clock.now_ms(),
        }  # fmt: skip
        page = {"code": 200, "orders": [row], "next_cursor": "more"}
        s.spoil_what_is_asked("refuse", match="InactiveOrders", status=200, body=json.dumps(page), count=100)
        with pytest.raises(ts.errors.VenueUnavailable, match="more than 2000 rows"):
            await s.account(msgspec.structs.replace(order, status=ts.OrderStatus.IN_DOUBT, created_ms=s.clock.now_ms()))


async def test_an_order_of_a_market_that_is_gone_is_over_and_does_not_end_the_service() -> None:
    async with stage_of(visibility_ms=500) as s:
        gone = s.resting(instrument=ts.InstrumentId("GONE/USDC:USDC", "lighter"))
        long_ago = {"status": ts.OrderStatus.ACCEPTED, "venue_order_id": "1", "status_ms": s.clock.now_ms() - 1_000}
        over, seen = await s.account(msgspec.structs.replace(gone, **long_ago))
        assert isinstance(over, ts.OrderCanceled)
        assert (over.order_id, over.reason) == (gone.order_id, "the venue does not know it")
        assert isinstance(seen, ts.AccountSeen)


@pytest.mark.parametrize("number", ["NaN", "-1", "Infinity", "1e999999"])
def test_a_number_that_no_order_has_is_not_read(number: str) -> None:
    trade = {
        "trade_id": 1, "market_id": 0, "size": number, "price": "1",
        "ask_account_id": 1, "bid_account_id": 2, "is_maker_ask": True, "timestamp": 1,
    }  # fmt: skip
    with pytest.raises(msgspec.DecodeError, match="not an amount"):
        of_account(json.dumps({"type": "update/account_all_trades", "trades": {"0": [trade]}}))


async def test_one_market_that_cannot_be_read_does_not_take_the_others_along() -> None:
    row = {
        "symbol": "ETH", "market_id": 0, "status": "active", "taker_fee": "0.0000", "maker_fee": "0.0000",
        "min_base_amount": "0.0050", "min_quote_amount": "10.000000", "supported_size_decimals": 4,
        "supported_price_decimals": 2,
    }  # fmt: skip
    odd = [{"symbol": f"ODD{n}", "market_id": n, **change} for n, change in enumerate(ODD, 1)]

    async def handle(request: web.Request) -> web.StreamResponse:
        return web.json_response({"code": 200, "order_book_details": [{**row, **each} for each in ({}, *odd)]})

    async with serving(handle) as url:
        rest = Rest(url, context_of(OurClock()), 5, Counter())
        (eth,) = await Listed("lighter", rest).check(["ETH/USDC:USDC"])
        with pytest.raises(ts.errors.ConfigError, match="has no ODD1/USDC:USDC"):
            await Listed("lighter", rest).check(["ODD1/USDC:USDC"])
        listed = Listed("lighter", rest)
        assert {market.id for market in (await listed.by_id()).values()} == {eth.id}
        await rest.close()


def test_an_answer_without_a_code_is_none() -> None:
    with pytest.raises(msgspec.DecodeError):
        answer(GATEWAY.encode(), Orders)


def test_an_account_that_tells_no_positions_is_not_flat() -> None:
    told = {"index": 1, "collateral": "5", "available_balance": "5"}
    with pytest.raises(msgspec.DecodeError, match="positions"):
        answer(json.dumps({"code": 200, "accounts": [told]}).encode(), Accounts)
    (row,) = answer(json.dumps({"code": 200, "accounts": [{**told, "positions": []}]}).encode(), Accounts).accounts
    assert row.positions == []


async def test_an_order_is_not_sent_again_to_wherever_it_is_redirected() -> None:
    asked = list[str]()

    async def handle(request: web.Request) -> web.StreamResponse:
        asked.append(request.path)
        if request.path.endswith("sendTx"):
            return web.Response(status=307, headers={"Location": "/elsewhere"})
        return web.json_response({"code": 200, "tx_hash": "ab"})

    async with serving(handle) as url:
        rest = Rest(url, context_of(OurClock()), 5, Counter())
        with pytest.raises(ts.errors.OutcomeUnknown):
            await rest.send(SIGNED, ts.Lane.TRADE)
        await rest.close()
    assert asked == ["/api/v1/sendTx"]


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (405, "<html>405 Not Allowed</html>", ts.errors.VenueUnavailable),
        (429, "", ts.errors.VenueUnavailable),
        (429, GATEWAY, ts.errors.VenueUnavailable),
        (429, '{"code":99999,"message":"slow down"}', ts.errors.VenueUnavailable),
        (403, "", ts.errors.AuthFailed),
        (502, "", ts.errors.OutcomeUnknown),
    ],
)
async def test_an_order_that_was_stopped_at_the_gate_is_not_in_doubt(status: int, body: str, error: type) -> None:
    async with staged(QUALITY) as s, listening(s.venue, s.symbol):
        s.fault(on="rest", kind="refuse", match="sendTx", status=status, body=body)
        with pytest.raises(error):
            await s.trading.place(s.resting())
        assert not s.theirs()


class Later(OurClock):
    """One that a test sets forward."""

    ahead_s = 0.0

    def monotonic_s(self) -> float:
        return super().monotonic_s() + self.ahead_s


async def test_a_line_whose_token_grew_old_is_opened_anew_whoever_had_it_renewed() -> None:
    async with stage_of() as s:
        s.clock = clock = Later()
        venue = s.connect()
        async with listening(venue, s.symbol) as heard:
            clock.ahead_s = 6 * 3_600 + 1
            await s.account(venue=venue)  # the minute's reading comes first, and has the token renewed
            assert venue.trading is not None
            await venue.trading.place(s.resting())
            await heard.until(lambda heard: heard.errors)
        (error,) = heard.errors
        assert isinstance(error, ts.errors.VenueUnavailable)
        assert "new token" in error.reason
        async with listening(venue, s.symbol) as heard:
            await venue.trading.place(order := s.order())
            await heard.until(lambda heard: heard.news_of(order.order_id).count("OrderFilled"))
            assert not heard.errors


class Asked:
    """The venue's time, as far behind as this machine slept, until the venue is asked for it."""

    behind_ms = 0

    def now_ms(self) -> int:
        return OurClock().now_ms() - self.behind_ms

    def doubt(self) -> None:
        self.behind_ms = 0


async def test_a_machine_that_slept_longer_than_its_token_is_good_needs_nobody_to_wake_the_venue() -> None:
    async with stage_of() as s:
        s.clock, s.time = clock, time = Later(), Asked()  # type: ignore[assignment]
        venue = s.connect()
        async with listening(venue, s.symbol):
            pass
        clock.ahead_s, time.behind_ms = 6 * 3_600 + 1, 8 * 3_600_000  # the next token has expired when it is made
        *_, of_account = opened(venue, s.symbol)
        with pytest.raises(ts.errors.VenueUnavailable, match="29401"):
            await to_its_end(of_account)
        async with listening(venue, s.symbol) as heard:
            await s.account(venue=venue)
            assert not heard.errors


async def test_a_token_that_is_refused_again_is_a_matter_for_a_person() -> None:
    async with stage_of() as s:
        venue = s.connect()
        async with listening(venue, s.symbol):
            s.spoil_what_is_asked("refuse", match="account", status=401, body=EXPIRED, count=2)
            for error in (ts.errors.VenueUnavailable, ts.errors.AuthFailed):
                with pytest.raises(error, match="29401"):
                    await s.account(venue=venue)
            await s.account(venue=venue)


async def test_a_late_refusal_of_one_order_is_not_taken_for_that_of_the_next() -> None:
    sent = list[str]()

    def answers(name: str) -> list[dict[str, Any]]:
        """Of the first order it tells late, when the second has been taken, that its nonce was wrong."""
        sent.append(name)
        late = {"error": {"code": 21104, "message": "invalid nonce"}}
        return [late, {"id": name, "type": "jsonapi/sendtx", "code": 200}] if len(sent) == 2 else []

    async with posting(answers) as post:
        with pytest.raises(ts.errors.OutcomeUnknown):
            await post.send(SIGNED, ts.Lane.TRADE)
        await post.send(SIGNED, ts.Lane.TRADE)  # not refused
    assert len(sent) == 2


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ({}, ts.errors.OutcomeUnknown),
        ({"data": {"code": 21739, "message": "margin"}}, ts.errors.OutcomeUnknown),
        ({"code": 99999}, ts.errors.OutcomeUnknown),
        ({"code": 21739, "message": "margin"}, Refused),
        ({"error": {"code": 21739, "message": "margin"}}, Refused),
        ({"error": {"code": 99999, "message": "nobody knows"}}, ts.errors.OutcomeUnknown),
    ],
)
async def test_an_answer_by_name_counts_as_taken_only_where_it_says_so(answer: dict[str, Any], error: type) -> None:
    async with posting(lambda name: [{"id": name, "type": "jsonapi/sendtx", **answer}]) as post:
        with pytest.raises(error):
            await post.send(SIGNED, ts.Lane.TRADE)


async def test_a_refusal_by_name_is_of_that_order_though_another_is_unanswered() -> None:
    sent = list[str]()

    def answers(name: str) -> list[dict[str, Any]]:
        sent.append(name)
        return [{"id": name, "error": {"code": 21739, "message": "margin"}}] if len(sent) == 2 else []

    async with posting(answers) as post:
        with pytest.raises(ts.errors.OutcomeUnknown):
            await post.send(SIGNED, ts.Lane.TRADE)
        with pytest.raises(Refused, match="margin"):
            await post.send(SIGNED, ts.Lane.TRADE)


@pytest.mark.parametrize("restarted", [False, True])
async def test_an_order_that_was_lost_and_is_unknown_cannot_be_carried_out_any_more_when_it_arrives(
    *, restarted: bool
) -> None:
    async with staged(QUALITY, config={"visibility_ms": 500}) as s:
        assert isinstance(s.trading, LighterTrading)
        watched = Watched(s.trading.signer)
        trading = msgspec.structs.replace(s.trading, signer=watched)  # type: ignore[arg-type]
        s.spoil_what_is_sent("drop_before")
        with pytest.raises(ts.errors.OutcomeUnknown):
            await trading.place(order := s.order())
        long_ago = msgspec.structs.replace(order, status=ts.OrderStatus.IN_DOUBT, status_ms=s.clock.now_ms() - 1_000)
        later = s.connect(visibility_ms=500).trading if restarted else trading
        assert isinstance(later, LighterTrading)
        told = await later.account(ts.Gap(orders=(long_ago,)))
        assert [type(event) for event in told] == [ts.OrderRejected, ts.AccountSeen]
        with pytest.raises(Refused, match="21104"):
            await trading.post.send(await watched.signed[0], ts.Lane.TRADE)  # it arrives after all
        assert not s.theirs()
        await later.place(s.order())
        assert len(s.theirs()) == 1
