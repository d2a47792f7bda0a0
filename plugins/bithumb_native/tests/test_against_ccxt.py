"""What ccxt's own `bithumb` makes of the same answers and frames: equal where it is right; where it is wrong, both."""

from __future__ import annotations

import asyncio
import json
from decimal import Decimal
from typing import Any, TypeVar
from urllib.parse import urlsplit

import ccxt.pro
import msgspec
import pytest
from ccxt.base.errors import ExchangeError

import twinstar as ts
from twinstar_bithumb_native import messages
from twinstar_bithumb_native.errors import MEANINGS
from twinstar_bithumb_native.market import BithumbHistory
from twinstar_bithumb_native.rest import Request, Rest
from twinstar_bithumb_native.signing import Params
from twinstar_bithumb_native.wishes import order_params, purchase_params

from .test_messages import FILL, ORDER_ID, TRADE
from .test_trading import stage_of
from .test_wishes import order

T = TypeVar("T")
SYMBOL, MARKET = "BTC/KRW", ("market", "KRW-BTC")
PUBLIC: dict[str, Params] = {
    "/v1/market/all": [("isDetails", "true")],
    "/v1/ticker": [("markets", "KRW-BTC")],
    "/v1/trades/ticks": [MARKET, ("count", "20")],
    "/v1/orderbook": [("markets", "KRW-BTC")],
    "/v1/candles/minutes/1": [MARKET, ("count", "5")],
}
Recorded = dict[str, bytes]


@pytest.fixture(scope="module")
def recorded() -> Recorded:
    """Answers of the simulated Bithumb, as they came."""
    return asyncio.run(record())


async def record() -> Recorded:
    async with stage_of() as s:
        assert isinstance(s.history, BithumbHistory)
        rest: Rest = s.history.rest
        sold = s.order(side=ts.Side.SELL, quantity=Decimal("0.2"))
        await s.trading.place(sold)
        signed: dict[str, Params] = {"/v1/accounts": [], "/v1/order": [("client_order_id", sold.order_id)]}
        requests = [Request(method="GET", path=path, params=params) for path, params in PUBLIC.items()]
        requests += [Request(method="GET", path=p, params=params, signed=True) for p, params in signed.items()]
        return {request.path: (await rest.asked(request)).body for request in requests}


async def theirs(answers: Recorded) -> Any:
    """ccxt's class, which hears the recorded answers."""
    exchange = ccxt.pro.bithumb({"apiKey": "a key", "secret": "a secret", "enableRateLimit": False})

    async def fetch(url: str, *_: Any, **__: Any) -> Any:
        return exchange.parse_json(answers[urlsplit(url).path].decode())

    exchange.fetch = fetch
    await exchange.load_markets()
    return exchange


def ours(kind: type[T], answers: Recorded, path: str) -> T:
    return msgspec.json.decode(answers[path], type=kind)


def exact(number: Any) -> Decimal:
    return Decimal(str(number))


# Where ccxt is right.


async def test_the_markets_are_the_same(recorded: Recorded) -> None:
    listed = ours(tuple[messages.Market, ...], recorded, "/v1/market/all")
    assert {row.market for row in listed} == {each["id"] for each in (await theirs(recorded)).markets.values()}


async def test_the_last_price_is_the_same(recorded: Recorded) -> None:
    (price,) = ours(tuple[messages.Price, ...], recorded, "/v1/ticker")
    assert price.trade_price == exact((await (await theirs(recorded)).fetch_ticker(SYMBOL))["last"])


async def test_candles_are_the_same(recorded: Recorded) -> None:
    rows = ours(tuple[messages.CandleAnswer, ...], recorded, "/v1/candles/minutes/1")
    found = [(r.opening_price, r.high_price, r.low_price, r.trade_price, r.candle_acc_trade_volume) for r in rows]
    told = await (await theirs(recorded)).fetch_ohlcv(SYMBOL, "1m")
    assert sorted(found) == sorted(tuple(exact(value) for value in row[1:]) for row in told)


async def test_when_it_last_traded_is_the_same(recorded: Recorded) -> None:
    ticks = ours(tuple[messages.Tick, ...], recorded, "/v1/trades/ticks")
    told = await (await theirs(recorded)).fetch_trades(SYMBOL)
    assert sorted(int(tick.timestamp) for tick in ticks) == sorted(trade["timestamp"] for trade in told)


async def test_balances_are_the_same(recorded: Recorded) -> None:
    rows = ours(tuple[messages.AccountAnswer, ...], recorded, "/v1/accounts")
    told = await (await theirs(recorded)).fetch_balance()
    assert rows
    for row in rows:
        # ccxt's are floats: equal as far as those go.
        assert (float(row.balance), float(row.locked)) == (told[row.currency]["free"], told[row.currency]["used"])


async def test_a_streamed_trade_is_the_same(recorded: Recorded) -> None:
    trade = messages.public_frame(json.dumps(TRADE).encode())
    told = (await theirs(recorded)).parse_ws_trade(TRADE)
    assert isinstance(trade, messages.Trade)
    assert (trade.trade_price, trade.trade_volume) == (exact(told["price"]), exact(told["amount"]))
    assert (trade.trade_timestamp, {"BID": "buy", "ASK": "sell"}[trade.ask_bid]) == (told["timestamp"], told["side"])


# Where it is wrong.


async def test_a_price_of_nine_digits_is_rounded_there_and_not_here(recorded: Recorded) -> None:
    exchange = await theirs(recorded)
    assert exchange.price_to_precision(SYMBOL, 135_123_000) == "135100000"
    assert dict(order_params(order(price=Decimal(135_123_000))))["price"] == "135123000"


async def test_a_quantity_of_eight_decimals_is_cut_there_and_not_here(recorded: Recorded) -> None:
    exchange = await theirs(recorded)
    assert exchange.amount_to_precision(SYMBOL, 0.00005243) == "0"
    assert exchange.amount_to_precision(SYMBOL, 0.00012345) == "0.0001"
    assert dict(order_params(order(quantity=Decimal("0.00005243"))))["volume"] == "0.00005243"


async def test_an_amount_of_won_is_overspent_there_and_not_here(recorded: Recorded) -> None:
    exchange, sent = await theirs(recorded), []

    async def fetch(_: str, __: str, ___: Any, body: str) -> Any:
        sent.append(json.loads(body))
        return {"order_id": "C0101000003152350309"}

    exchange.fetch = fetch
    await exchange.create_market_buy_order_with_cost(SYMBOL, 1_234_567)
    assert sent[0]["price"] == "1235000"
    assert dict(purchase_params("KRW-BTC", Decimal(1_234_567), ORDER_ID))["price"] == "1234567"


async def test_a_filled_market_order_has_no_fills_there_and_all_of_them_here(recorded: Recorded) -> None:
    read = ours(messages.OrderAnswer, recorded, "/v1/order")
    told = await (await theirs(recorded)).fetch_order(read.uuid, SYMBOL)
    assert (told["status"], told["filled"], told["fee"]["cost"]) == ("closed", 0, 0)
    assert {(each["id"], each["amount"]) for each in told["trades"]} == {(None, None)}
    assert read.executed_volume == sum(each.volume for each in read.trades) == Decimal("0.2")
    assert read.paid_fee > 0


async def test_a_fill_of_the_private_line_is_empty_there_and_whole_here(recorded: Recorded) -> None:
    told = (await theirs(recorded)).parse_ws_order(FILL)
    assert (told["filled"], told["remaining"], told["clientOrderId"]) == (None, None, None)
    read = messages.private_frame(json.dumps(FILL).encode())
    assert isinstance(read, messages.MyOrder)
    assert (read.executed_quantity, read.client_order_id) == (Decimal("0.00005243"), ORDER_ID)


@pytest.mark.parametrize("name", ["order_not_found", "expired_jwt", "out_of_scope", "too_many_requests"])
async def test_an_error_is_any_error_there_and_has_a_meaning_here(recorded: Recorded, name: str) -> None:
    exchange = await theirs(recorded)
    body = {"error": {"name": name, "message": "no"}}
    with pytest.raises(ExchangeError) as raised:
        exchange.handle_errors(400, "", "", "GET", {}, json.dumps(body), body, {}, "")
    assert type(raised.value) is ExchangeError
    assert MEANINGS[name] not in (ts.Meaning.UNKNOWN, ts.Meaning.REFUSED)
