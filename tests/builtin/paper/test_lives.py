"""A paper account outlives the process, and what the market did meanwhile is done to its orders all the same."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest
from builtin.paper.stage import FIRST_MS, MINUTE_MS, PERP, D, Stage, Told, candle_of, paper_venue, play

from twinstar.domain import (
    AccountSeen,
    Event,
    OrderAccepted,
    OrderCanceled,
    OrderFilled,
    OrderRejected,
    OrderStatus,
    PriceSeen,
    Side,
)
from twinstar.errors import StateError, VenueRejected, VenueUnavailable
from twinstar.testing import run_virtual

BUY, SELL = Side.BUY, Side.SELL


def kinds(events: list[Event]) -> list[type[Event]]:
    return [type(event) for event in events]


async def _wait_minutes(count: int) -> None:
    await asyncio.sleep(count * MINUTE_MS / 1_000)


@asynccontextmanager
async def reborn(state_dir: Path, *past: object) -> AsyncIterator[Stage]:
    """The next process: the same ledger, a market that has moved on, and nobody has told anything yet."""
    told = Told(PERP)
    told.past = [candle_of(PERP, *prices, minute=number) for number, prices in enumerate(past)]  # type: ignore[misc]
    stage = Stage(told, paper_venue(told, state_dir))
    yield stage
    assert stage.venue.close
    await stage.venue.close()


def test_what_an_account_has_and_has_ordered_is_there_in_the_next_life(tmp_path: Path) -> None:
    async def first(stage: Stage) -> None:
        await stage.place(BUY)
        await stage.place(SELL, stop_price=95, reduce_only=True)

    async def second(stage: Stage) -> None:
        assert await stage.held() == 1
        assert await stage.balance("USDT") == 100_000 - D("100.1") * D("0.0005")
        await stage.trade(94)
        assert await stage.held() == 0

    play(first, state_dir=tmp_path)
    play(second, state_dir=tmp_path, balances={"USDT": D(7)})
    assert (tmp_path / "paper" / "v.ledger.jsonl").stat().st_mode & 0o077 == 0, "only its owner may read it"


def test_a_stop_that_was_passed_while_nobody_ran_has_fired(tmp_path: Path) -> None:
    orders = []

    async def first(stage: Stage) -> None:
        orders.append(await stage.place(BUY))
        orders.append(await stage.place(SELL, stop_price=95, reduce_only=True))

    async def second() -> None:
        async with reborn(tmp_path, (100, 100, 99, 99), (99, 99, 90, 97), (97, 98, 97, 98)) as stage:
            await _wait_minutes(3)
            told = await stage.account(*orders)
            assert kinds(told) == [OrderAccepted, OrderFilled, OrderAccepted, OrderFilled, AccountSeen]
            fill = told[3]
            assert isinstance(fill, OrderFilled)
            assert (fill.fill.order_id, fill.fill.price) == (orders[1].order_id, D("94.9"))
            assert await stage.held() == 0

    play(first, state_dir=tmp_path)
    run_virtual(second())


def test_what_a_lost_line_did_not_tell_the_history_tells(tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        order, told = await stage.place(BUY, price=98), stage.told
        with pytest.RaisesGroup(VenueUnavailable):
            async with stage.listening():
                told.say(None)
                await asyncio.sleep(1)
        await _wait_minutes(2)
        told.past = [candle_of(PERP, 100, 101, 97, 100, minute=0)]
        assert kinds(await stage.account(order)) == [OrderAccepted, OrderFilled, AccountSeen]
        asked = len(told.asked)
        await stage.account(order)
        assert len(told.asked) == asked, "nothing waits any more, so the venue is not asked again"

    play(story, state_dir=tmp_path)


def test_a_candle_that_comes_before_those_that_were_missed_waits_for_them(tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        order = await stage.place(BUY, 20, price=98)
        with pytest.RaisesGroup(VenueUnavailable):
            async with stage.listening():
                stage.told.say(None)
                await asyncio.sleep(1)
        await _wait_minutes(4)
        stage.told.past = [candle_of(PERP, 99, 99, 97, 99, minute=number, volume=5) for number in range(4)]
        async with stage.listening():
            await stage.candle(99, 99, 97, 99, minute=3, volume=5)
            assert not stage.fills(order), "what happened before it is not known yet"
            told = await stage.account(order)
            assert [event.fill.quantity for event in told if isinstance(event, OrderFilled)] == [5] * 4

    play(story, state_dir=tmp_path)


def test_the_price_comes_from_the_history_until_the_first_word(tmp_path: Path) -> None:
    async def story() -> None:
        async with reborn(tmp_path, (100, 101, 99, 100)) as stage:
            with pytest.raises(VenueRejected, match="no price of BTC/USDT:USDT is known yet"):
                await stage.place(BUY)
            await _wait_minutes(1)
            await stage.account()
            await stage.place(BUY)
            assert await stage.held() == 1

    run_virtual(story())


def test_a_history_that_cannot_be_read_is_no_reading_of_the_account(tmp_path: Path) -> None:
    async def first(stage: Stage) -> None:
        await stage.place(BUY, price=98)

    async def second() -> None:
        async with reborn(tmp_path) as stage:

            async def broken(*_: object) -> None:
                raise VenueUnavailable("v", "HTTP 503")

            stage.told.candles = broken  # type: ignore[assignment,method-assign]
            await _wait_minutes(2)
            with pytest.raises(VenueUnavailable, match="503"):
                await stage.account()

    play(first, state_dir=tmp_path)
    run_virtual(second())


def test_an_order_that_the_account_does_not_know_was_never_placed(tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        order = await stage.place(BUY, price=98)
        foreign = msgspec.structs.replace(order, order_id="other")
        for status, fate in (
            (OrderStatus.SUBMITTED, []),
            (OrderStatus.IN_DOUBT, [OrderRejected]),
            (OrderStatus.ACCEPTED, [OrderCanceled]),
        ):
            told = await stage.account(msgspec.structs.replace(foreign, status=status))
            assert kinds(told) == [*fate, AccountSeen]

    play(story, state_dir=tmp_path)


def test_a_line_that_was_torn_by_a_kill_never_happened(tmp_path: Path) -> None:
    async def first(stage: Stage) -> None:
        await stage.place(BUY)

    async def second(stage: Stage) -> None:
        assert await stage.held() == 1

    play(first, state_dir=tmp_path)
    file = tmp_path / "paper" / "v.ledger.jsonl"
    with file.open("ab") as ledger:
        ledger.write(b'{"time_ms":1,"market')
    play(second, state_dir=tmp_path)


def test_a_damaged_ledger_is_refused_with_its_line(tmp_path: Path) -> None:
    async def first(stage: Stage) -> None:
        await stage.place(BUY)

    play(first, state_dir=tmp_path)
    file = tmp_path / "paper" / "v.ledger.jsonl"
    lines = file.read_bytes().split(b"\n")
    file.write_bytes(b"\n".join([lines[0], b"{}", *lines[2:]]))
    with pytest.raises(StateError, match=r"v\.ledger\.jsonl:2: .*damaged.*begins anew"):
        play(first, state_dir=tmp_path)


def test_a_new_account_tells_fills_that_no_journal_has_counted(tmp_path: Path) -> None:
    ids = []

    async def story(stage: Stage) -> None:
        stage._ids = len(ids)  # the service never gives an order id twice
        await stage.place(BUY)
        ids.append(stage.filled()[0].fill_id)

    for number in range(2):
        play(story, state_dir=tmp_path / str(number))
    assert len(set(ids)) == 2


def test_without_a_state_directory_nothing_is_kept(tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        await stage.place(BUY)
        assert await stage.held() == 1

    play(story)
    assert not list(tmp_path.iterdir())


def test_when_the_market_has_no_more_to_say_neither_has_the_account() -> None:
    async def story() -> None:
        told = Told(PERP)

        async def tape(_: object) -> AsyncIterator[Event]:
            yield PriceSeen(time_ms=FIRST_MS, instrument=PERP, price=D(100))

        told.open = lambda wanted: [tape(wanted)]  # type: ignore[method-assign]
        venue = paper_venue(told, None)
        market, orders = venue.streams.open(None)  # type: ignore[arg-type]
        assert len([event async for event in market]) == 1
        assert len([event async for event in orders]) == 1

    run_virtual(story())


def test_what_is_told_of_a_real_account_is_not_ours() -> None:
    async def story(stage: Stage) -> None:
        stage.told.say(AccountSeen(time_ms=FIRST_MS, venue="v", holdings=(), balances=()))
        await stage.trade(100)
        assert not any(isinstance(event, AccountSeen) for event in stage.news)

    play(story)
