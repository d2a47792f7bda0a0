"""An order is refused only where the venue surely refused it; where nobody knows, nobody pretends to."""

from __future__ import annotations

import io
import logging
import traceback
from decimal import Decimal

import pytest
from aiohttp import web
from builtin.ccxt.kit import EACH, MAIN, Scene, scene
from loguru import logger

from twinstar.domain import OrderKind, Side, TimeInForce
from twinstar.errors import OutcomeUnknown, VenueError, VenueRejected, VenueUnavailable
from twinstar.ports import Gap

# What happens to the answer of an order that was placed, beside what every venue is tried with (cases D1 to D4).
LOST = {
    "a page with status 200": {"kind": "status", "status": 200, "body": "<html>OK</html>"},
    "an unknown code": {"kind": "status", "status": 400, "body": '{"code": -9999, "msg": "??"}'},
    "an unknown code with status 200": {"kind": "status", "status": 200, "body": '{"code": -9999, "msg": "??"}'},
    "a name nobody knows": {"kind": "status", "status": 400, "body": '{"error": {"name": "??", "message": "??"}}'},
    "503, outcome unknown": {"kind": "status", "status": 503, "body": '{"code": -1007, "msg": "Timeout"}'},
    "unexpected answer": {"kind": "status", "status": 400, "body": '{"code": -1006, "msg": "unknown"}'},
    "a refusal with a server's status": {"kind": "status", "status": 500, "body": '{"code": -2019, "msg": "Margin"}'},
}


async def failure(one: Scene, **changes: object) -> VenueError:
    with pytest.raises(VenueError) as caught:
        await one.venue.trading.place(one.order(**changes))
    return caught.value


@EACH
@pytest.mark.parametrize("fault", LOST)
async def test_an_order_whose_answer_is_lost_is_of_unknown_outcome(name: str, fault: str) -> None:
    async with scene(name, timeout_s=3.0) as one:
        await one.venue.listing.instruments([one.symbol])
        one.spoil_orders(**LOST[fault])
        error = await failure(one)
        assert type(error) is OutcomeUnknown, error
        assert len(one.exchange.orders("main")) == 1  # it is there, and was sent once
        assert one.orders_sent() == 1


def too_dear(one: Scene) -> dict[str, object]:
    return {"quantity": Decimal(8) if one.name == "upbit" else Decimal(100)}


def too_cheap(one: Scene) -> dict[str, object]:
    price = one.price // 2 // 1000 * 1000
    quantity = {"upbit": Decimal("0.00001"), "bitget": Decimal("0.0001")}.get(one.name, Decimal("0.001"))
    return {"kind": OrderKind.LIMIT, "price": price, "quantity": quantity}


def would_take(one: Scene) -> dict[str, object]:
    price = one.price // 1 + 200
    return {"kind": OrderKind.LIMIT, "price": price, "time_in_force": TimeInForce.POST_ONLY}


def would_trigger(one: Scene) -> dict[str, object]:
    return {"kind": OrderKind.STOP, "side": Side.SELL, "stop_price": one.price * 2 // 1, "quantity": Decimal("0.01")}


def would_not_reduce(one: Scene) -> dict[str, object]:
    return {"reduce_only": True}


@pytest.mark.parametrize(
    ("name", "wish", "code"),
    [
        ("binanceusdm", too_dear, "-2019"),
        ("binanceusdm", too_cheap, "-4164"),
        ("binanceusdm", would_take, "-5022"),
        ("binanceusdm", would_trigger, "-2021"),
        ("binanceusdm", would_not_reduce, "-2022"),
        ("bitget", too_dear, "40762"),
        ("bitget", too_cheap, "45110"),
        ("bitget", would_not_reduce, "22002"),
        ("bybit", too_dear, "110007"),
        ("bybit", would_trigger, "110093"),
        ("bybit", would_not_reduce, "110017"),
        ("okx", too_dear, "51008"),
        ("okx", would_trigger, "51280"),
        ("okx", would_not_reduce, "51169"),
        ("upbit", too_dear, "insufficient_funds_bid"),
        ("upbit", too_cheap, "under_min_total_bid"),
    ],
)
async def test_what_the_venue_refuses_by_a_known_code_is_rejected(name: str, wish, code: str) -> None:
    async with scene(name) as one:
        error = await failure(one, **wish(one))
        assert type(error) is VenueRejected, error
        assert error.reason.startswith(f"{code}: ")


@pytest.mark.parametrize(
    ("name", "status", "body"),
    [
        ("binanceusdm", 429, '{"code": -1003, "msg": "Too many requests"}'),
        ("binanceusdm", 418, '{"code": -1003, "msg": "Way too many requests"}'),
        ("binanceusdm", 503, '{"code": -1008, "msg": "Request throttled"}'),
        ("bitget", 429, '{"code": "429", "msg": "Too Many Requests", "data": null}'),
        ("bybit", 200, '{"retCode": 10006, "retMsg": "Too many visits!"}'),
        ("bybit", 403, "access too frequent"),
        ("okx", 429, '{"code": "50011", "msg": "Too Many Requests", "data": []}'),
        ("okx", 200, '{"code": "50061", "msg": "", "data": []}'),
        ("upbit", 429, '{"error": {"name": "too_many_requests", "message": "."}}'),
        ("upbit", 418, '{"error": {"name": "too_many_requests", "message": "."}}'),
    ],
)
async def test_an_order_that_came_too_fast_was_not_taken(name: str, status: int, body: str) -> None:
    async with scene(name) as one:
        await one.venue.listing.instruments([one.symbol])
        one.spoil_orders("status", status=status, body=body)
        assert type(await failure(one)) is VenueUnavailable


@EACH
async def test_where_nobody_listens_nothing_was_sent(name: str) -> None:
    async with scene(name) as one:
        await one.venue.listing.instruments([one.symbol])
        exchange = one.venue.streams.exchange
        sell = {"side": Side.SELL}  # asks for no price beforehand
        exchange.urls["api"] = nowhere(exchange.urls["api"])
        error = await failure(one, **sell)
        assert type(error) is VenueUnavailable
        assert "could not connect" in error.reason


def nowhere(urls):
    """A port on loopback that is not served."""
    if isinstance(urls, dict):
        return {name: nowhere(url) for name, url in urls.items()}
    return "http://127.0.0.1:9/" + urls.split("/", 3)[3]


async def test_how_long_to_wait_is_passed_on() -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.json_response({"code": -1003, "msg": "banned"}, status=418, headers={"Retry-After": "77"})

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        async with scene("binanceusdm") as one:
            port = runner.addresses[0][1]
            one.endpoint = type(one.endpoint)(url=f"http://127.0.0.1:{port}", api_key="k", secret="s")
            venue = one.connect()
            with pytest.raises(VenueUnavailable) as caught:
                await venue.trading.account(Gap())
            assert caught.value.retry_after_s == 77
            await venue.close()
    finally:
        await runner.cleanup()


async def test_an_ack_of_another_order_is_no_ack() -> None:
    async with scene("binanceusdm") as one:
        await one.venue.listing.instruments([one.symbol])
        for strange in ({"symbol": "ETHUSDT"}, {"side": "SELL"}, {"clientOrderId": "other"}, {"orderId": None}):
            order = one.order()
            ack = {
                "orderId": 9, "symbol": "BTCUSDT", "side": "BUY", "status": "NEW", "clientOrderId": order.order_id,
                "positionSide": "BOTH", "origQty": "0.2", "executedQty": "0", "type": "MARKET", **strange,
            }  # fmt: skip
            body = str(ack).replace("'", '"').replace("None", "null")
            one.spoil_orders("status", status=200, body=body)
            with pytest.raises(OutcomeUnknown, match="does not name our order"):
                await one.venue.trading.place(order)


@EACH
async def test_no_error_and_no_log_line_holds_a_secret_or_a_signature(
    name: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    log = io.StringIO()
    sink = logger.add(log, level="TRACE")
    told = []
    try:
        async with scene(name, timeout_s=0.2) as one:
            await one.venue.listing.instruments([one.symbol])
            for fault in LOST.values():
                one.spoil_orders(**fault)
                error = await failure(one)
                told += [str(error), repr(error), *traceback.format_exception(error)]
            exchange = one.venue.streams.exchange
            exchange.urls["api"] = nowhere(exchange.urls["api"])
            error = await failure(one, side=Side.SELL)
            told += [str(error), *traceback.format_exception(error)]
    finally:
        logger.remove(sink)
    text = "".join(told) + log.getvalue() + caplog.text
    for canary in ("signature=", "Bearer", "timestamp=", "X-MBX", "X-BAPI", f"'{MAIN.secret}'", "eyJ"):
        assert canary not in text
