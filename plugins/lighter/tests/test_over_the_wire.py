"""Over real sockets, against the simulated Lighter: orders as frames, refusals without a name, gaps in the book."""

from __future__ import annotations

import asyncio
import ctypes
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import msgspec
import pytest

import twinstar as ts
from lighter_posting import Watched
from lighter_shared import INSTALLED, QUALITY
from twinstar.sim.wires.lighter import transactions
from twinstar.testing.conformance.listening import listening
from twinstar.testing.conformance.stage import Stage, staged
from twinstar_lighter.history import SETTLES_MS, LighterHistory
from twinstar_lighter.messages import Nonce
from twinstar_lighter.nonces import Lanes, Place
from twinstar_lighter.signer import Change, Key, Network, OrderFields, Signed, Signer
from twinstar_lighter.trading import LighterTrading

pytestmark = [
    pytest.mark.usefixtures("native"),
    INSTALLED,
]
SEND = "POST /api/v1/sendTx"


@asynccontextmanager
async def stage(**config: object) -> AsyncIterator[Stage]:
    async with staged(QUALITY, config={"send_over": "socket", **config}) as s:
        yield s


def filled(heard: list[ts.Event], order: ts.Order) -> bool:
    fills = [e.fill for e in heard if isinstance(e, ts.OrderFilled) and e.fill.order_id == order.order_id]
    return sum(fill.quantity for fill in fills) == order.quantity


async def test_while_the_line_stands_an_order_is_a_frame_on_it() -> None:
    async with stage() as s, listening(s.venue, s.symbol) as heard:
        order = s.order()
        venue_order_id = await s.trading.place(order)
        await heard.until(lambda heard: filled(heard.events, order))
        assert s.server.requests[SEND] == 0
        (accepted,) = heard.of(ts.OrderAccepted)
        assert (accepted.order_id, accepted.venue_order_id) == (order.order_id, venue_order_id)


async def test_eight_orders_at_once_are_eight_orders_there() -> None:
    async with stage() as s, listening(s.venue, s.symbol):
        orders = [s.resting(quantity=s.quantity / 8) for _ in range(8)]
        placed = await asyncio.gather(*(s.trading.place(order) for order in orders))
        assert len(set(placed)) == len(s.theirs()) == 8


async def test_four_keys_send_side_by_side_each_with_its_own_nonces_in_a_row(native: ctypes.CDLL) -> None:
    slots = (4, 5, 6, 7)
    keys = [Key(account=1_000, slot=slot, private_key=f"{slot:02x}" * 40) for slot in slots]
    async with stage() as s, listening(s.venue, s.symbol):
        assert isinstance(s.trading, LighterTrading)
        rest, signer = s.trading.reading.rest, Watched(Signer(native, Network("sim", s.url, 304), keys))

        async def next_nonce(slot: int) -> int:
            return (await rest.ask("nextNonce", {"account_index": 1_000, "api_key_index": slot}, Nonce)).nonce

        lanes = Lanes(slots, next_nonce)
        trading = msgspec.structs.replace(s.trading, signer=signer, lanes=lanes)  # type: ignore[arg-type]
        orders = [s.resting(quantity=s.quantity / 8) for _ in range(8)]
        placed = await asyncio.gather(*map(trading.place, orders))
        assert len(set(placed)) == len(s.theirs()) == 8
        assert sorted((place.slot, place.nonce) for place in signer.places) == [(n, k) for n in slots for k in (1, 2)]


async def test_one_refused_for_its_nonce_without_a_name_is_signed_anew_and_there_once() -> None:
    async with stage() as s, listening(s.venue, s.symbol) as heard:
        s.fault(on="ws", kind="refuse", frame="jsonapi/sendtx")
        order = s.order()
        await s.trading.place(order)
        await heard.until(lambda heard: filled(heard.events, order))
        assert len(s.theirs()) == 1


async def test_an_answer_that_is_lost_leaves_the_order_in_doubt_and_the_reading_settles_it() -> None:
    async with stage(timeout_s=0.5) as s, listening(s.venue, s.symbol):
        s.fault(on="ws", kind="lose", frame="jsonapi/sendtx")
        order = s.order()
        with pytest.raises(ts.errors.OutcomeUnknown):
            await s.trading.place(order)
        told = await s.account(msgspec.structs.replace(order, status=ts.OrderStatus.IN_DOUBT))
        assert filled(told, order)
        assert len(s.theirs()) == 1
        await s.trading.place(s.order())  # and the lane goes on
        assert len(s.theirs()) == 2


async def test_after_a_restart_an_order_that_the_last_run_sent_is_known_as_ours() -> None:
    async with stage() as s:
        order = s.resting()
        await s.trading.place(order)
        again, stranger = s.connect(), s.connect()
        assert again.recall is not None
        again.recall(order)
        seen = [(await s.account(venue=each))[-1] for each in (again, stranger)]
        named = [[each.client_order_id for each in told.orders or ()] for told in seen]  # type: ignore[union-attr]
        assert named == [[order.order_id], [None]]
        async with listening(again, s.symbol) as heard:
            s.trade(order.price or s.price, order.quantity)
            await heard.until(lambda heard: filled(heard.events, order))


async def test_a_line_lost_under_an_order_leaves_it_in_doubt_at_once() -> None:
    async with stage(timeout_s=60) as s, listening(s.venue, s.symbol) as heard:
        s.fault(on="ws", kind="lose", frame="jsonapi/sendtx")
        placing = asyncio.ensure_future(s.trading.place(s.order()))
        await heard.until(lambda _: s.theirs())
        s.fault(on="ws", kind="abort", match="/stream", count=2)
        with pytest.raises(ts.errors.OutcomeUnknown, match="line was lost"):
            await asyncio.wait_for(placing, 5)


async def test_a_gap_in_the_book_is_seen_and_mended_by_a_new_snapshot() -> None:
    async with stage() as s, listening(s.venue, s.symbol) as heard:
        assert s.venue.usage is not None
        s.exchange.step()
        s.fault(on="ws", kind="lose", frame="update/order_book")
        for _ in range(40):
            s.exchange.step()
            await asyncio.sleep(0.02)
        assert s.venue.usage()["book_gaps"] >= 1
        assert not heard.errors
        order = s.order()
        await s.trading.place(order)  # priced by the book that stands again
        await heard.until(lambda heard: filled(heard.events, order))


@pytest.mark.parametrize("fault", [{"kind": "lose"}, {"kind": "truncated", "replace": True}])
async def test_a_snapshot_that_does_not_come_or_cannot_be_read_ends_the_line_that_lacks_its_book(
    fault: dict[str, object],
) -> None:
    async with stage(timeout_s=0.3) as s, listening(s.venue, s.symbol) as heard:
        s.exchange.step()
        s.fault(on="ws", frame="subscribed/order_book", **fault)
        s.fault(on="ws", kind="lose", frame="update/order_book")
        for _ in range(100):
            s.exchange.step()
            await asyncio.sleep(0.02)
            if heard.errors:
                break
        assert [str(error).partition(": ")[2] for error in heard.errors] == [
            f"market {s.symbol}: no snapshot of the book came after a gap"
        ]


async def test_leverage_is_set_where_it_is_another_and_left_where_it_is_the_same() -> None:
    async with staged(QUALITY, config={"leverage": 10}) as s:
        (held,) = [each for each in s.exchange.positions("main") if each.symbol == s.symbol]
        assert held.leverage == 10
        with pytest.raises(ts.errors.ConfigError, match="leverage 99 is more than"):
            await s.connect(leverage=99).listing.instruments([s.symbol])  # type: ignore[union-attr]


async def test_leverage_that_was_taken_and_then_failed_for_want_of_margin_is_told_at_the_start() -> None:
    async with stage() as s, listening(s.venue, s.symbol):
        await s.trading.place(s.order())
        await s.trading.place(s.resting(quantity=s.quantity * 5))
        with pytest.raises(ts.errors.ConfigError, match=r"leverage 1 \(cross\) was asked for.* still 5.00 % \(cross\)"):
            await s.connect(leverage=1).listing.instruments([s.symbol])  # type: ignore[union-attr]


@pytest.mark.parametrize("timeframe", ["3m", "1M"])
async def test_candles_that_the_venue_does_not_have_are_refused_at_the_start(timeframe: str) -> None:
    async with stage() as s:
        with pytest.raises(ts.errors.ConfigError, match=f"no candles of {timeframe}; there are: 12h, 15m, 1d"):
            await s.connect(timeframe=timeframe).listing.instruments([s.symbol])  # type: ignore[union-attr]


NOW_MS, EXPIRY_MS = 1_795_598_000_000, 1_798_000_000_000
EDGES = [
    OrderFields(
        market=254, client_index=2**48 - 1, size=2**48 - 1, price=2**32 - 1, is_ask=1, kind=4, time_in_force=0,
        reduce_only=1, trigger_price=2**32 - 1, expiry=EXPIRY_MS,
    ),
    OrderFields(market=0, client_index=1, size=1, price=1, is_ask=0, kind=0, time_in_force=2, expiry=EXPIRY_MS),
]  # fmt: skip
EXITS = [
    OrderFields(
        market=0, client_index=2**48 - kind // 2, size=0, price=price, is_ask=1, kind=kind, time_in_force=0,
        reduce_only=1, trigger_price=2**32 - 1, expiry=EXPIRY_MS,
    )
    for kind, price in ((2, 1), (4, 2**32 - 1))
]  # fmt: skip
GROUPS = [
    (1, [EDGES[1], EXITS[0]]),
    (2, [msgspec.structs.replace(each, size=2**48 - 1) for each in EXITS]),
    (3, [EDGES[1], *EXITS]),
]
PLACE = Place(4, 2**47 - 1)
Sign = Callable[[Signer], Awaitable[Signed]]


@pytest.mark.parametrize(
    ("sign", "fields"),
    [
        *((lambda s, order=order: s.create(order, PLACE), msgspec.structs.asdict(order)) for order in EDGES),
        (lambda s: s.cancel(254, 2**49, PLACE), {"market": 254, "index": 2**49}),
        (lambda s: s.cancel_all(PLACE), {"time_in_force": 0, "time": 0}),
        (
            lambda s: s.modify(Change(market=7, index=2**48, size=2**48 - 1, price=2**32 - 1, trigger_price=1), PLACE),
            {"market": 7, "index": 2**48, "size": 2**48 - 1, "price": 2**32 - 1, "trigger_price": 1},
        ),
        (lambda s: s.leverage(1, 200, 1, PLACE), {"initial_margin_fraction": 200, "margin_mode": 1}),
    ],
)
async def test_the_wire_reads_every_field_that_the_native_library_signed(
    native: object, sign: Sign, fields: dict[str, int]
) -> None:
    network = Network("sim", "http://127.0.0.1:1", 304)
    signer = Signer(native, network, [Key(account=1_000, slot=4, private_key="ab" * 40)])  # type: ignore[arg-type]
    signed = await sign(signer)
    expires_ms = msgspec.json.decode(signed.tx_info)["ExpiredAt"]
    tx = transactions.read(signed.tx_type, signed.tx_info, expires_ms - 1)
    assert (tx.account_index, tx.api_key_index, tx.nonce) == (1_000, 4, PLACE.nonce)
    theirs = {
        "market": "market_index", "client_index": "client_order_index", "size": "base_amount", "kind": "type",
        "expiry": "order_expiry",
    }  # fmt: skip
    assert {name: getattr(tx, theirs.get(name, name)) for name in fields} == fields


@pytest.mark.parametrize(("grouping", "orders"), GROUPS)
async def test_the_wire_reads_every_order_of_a_group_that_the_native_library_signed(
    native: object, grouping: int, orders: list[OrderFields]
) -> None:
    network = Network("sim", "http://127.0.0.1:1", 304)
    signer = Signer(native, network, [Key(account=1_000, slot=4, private_key="ab" * 40)])  # type: ignore[arg-type]
    signed = await signer.group(grouping, orders, PLACE)
    tx = transactions.read(signed.tx_type, signed.tx_info, msgspec.json.decode(signed.tx_info)["ExpiredAt"] - 1)
    assert isinstance(tx, transactions.CreateGroupedOrders)
    assert (tx.grouping_type, tx.nonce) == (grouping, PLACE.nonce)
    assert [*map(msgspec.structs.astuple, tx.orders)] == [*map(msgspec.structs.astuple, orders)]


async def test_at_the_venue_itself_a_candle_is_closed_by_the_venues_clock() -> None:
    async with stage() as s:
        history = s.venue.history
        assert isinstance(history, LighterHistory)
        now_ms = s.exchange.clock.market_ms()
        s.minutes(3)

        class Behind:
            def now_ms(self) -> int:
                return now_ms

            def doubt(self) -> None:
                raise AssertionError("nobody refused a time")

        by_clock = msgspec.structs.replace(history, is_fast=False, venue_clock=Behind())
        told = await by_clock.candles(s.instrument, ts.Timeframe.M1, now_ms - 5 * 60_000, now_ms + 5 * 60_000)
        assert told[-1].open_ms == ts.Timeframe.M1.floor(now_ms - SETTLES_MS) - 60_000
        assert [candle.open_ms for candle in told] == sorted({candle.open_ms for candle in told})
