"""Every key of Binance's own samples of spot, with its JSON type, is in the answer here. The samples are not ours: the
test reads them where they lie beside the project, and says nothing where they are not there.
"""

from __future__ import annotations

import pytest
from sim.wires import samples
from sim.wires.samples import problems, strangers
from sim.wires.spot_kit import BTC, simulated

SAMPLES = samples.SAMPLES / "binance"

OLD_FILTERS = {
    "PERCENT_PRICE": "one for each side now",
    "MIN_NOTIONAL": "NOTIONAL now",
    "ICEBERG_PARTS": "icebergs are refused",
}
BEYOND = {"sors": "no smart order routing", "permissionSets": "no margin"}
IDS = {"b": "no longer told", "a": "no longer told"}
PRINTED = "ccxt shows this number as text"
COUNTS = dict.fromkeys(("openTime", "closeTime", "firstId", "lastId", "count"), PRINTED)
HTTP, WS = "nautilus/spot/http_json/{}.json", "nautilus/ws_messages/ws_spot_{}.json"
MARKET, USER = "nautilus/http_responses/http_spot_{}.json", "nautilus/spot/user_data_json/{}.json"

TABLE = {
    HTTP.format("account_response"): ("account", {}),
    HTTP.format("account_trades_response"): ("my trades", {}),
    HTTP.format("all_orders_response"): ("orders", {}),
    HTTP.format("avg_price_response"): ("average", {}),
    HTTP.format("book_ticker_response"): ("book ticker", {}),
    HTTP.format("cancel_open_orders_response"): ("all canceled", {}),
    HTTP.format("cancel_order_response"): ("canceled", {}),
    HTTP.format("depth_response"): ("depth", {}),
    HTTP.format("exchange_info_response"): ("exchange info", BEYOND),
    HTTP.format("klines_response"): ("klines", {}),
    HTTP.format("new_order_full_response"): ("placed", {}),
    HTTP.format("open_orders_response"): ("open orders", {}),
    HTTP.format("order_response"): ("order", {}),
    HTTP.format("ping_response"): ("ping", {}),
    HTTP.format("server_time_response"): ("time", {}),
    HTTP.format("ticker_24hr_response"): ("ticker", {}),
    HTTP.format("ticker_price_response"): ("price", {}),
    HTTP.format("trades_response"): ("trades", {}),
    MARKET.format("market_agg_trades"): ("agg trades", {}),
    MARKET.format("market_avg_price"): ("average", {}),
    MARKET.format("market_book_ticker"): ("book ticker", {}),
    MARKET.format("market_depth"): ("depth", {}),
    MARKET.format("market_exchange_info"): ("exchange info", OLD_FILTERS),
    MARKET.format("market_klines"): ("klines", {}),
    MARKET.format("market_ping"): ("ping", {}),
    MARKET.format("market_ticker_price"): ("price", {}),
    MARKET.format("market_time"): ("time", {}),
    MARKET.format("market_trades"): ("trades", {}),
    MARKET.format("wallet_account"): ("account", {}),
    USER.format("account_position"): ("outboundAccountPosition", {}),
    USER.format("account_position_wrapped"): ("wrapped outboundAccountPosition", {}),
    USER.format("balance_update"): ("balanceUpdate", {}),
    USER.format("balance_update_wrapped"): ("wrapped balanceUpdate", {}),
    USER.format("execution_report_canceled"): ("CANCELED", {}),
    USER.format("execution_report_expired"): ("EXPIRED", {"eR": "why it expired is not told"}),
    WS.format("agg_trade"): ("aggTrade", {"st": "of the futures stream"}),
    WS.format("trade"): ("trade", IDS),
    WS.format("execution_report_canceled"): ("CANCELED", {}),
    WS.format("execution_report_custom_client_id"): ("TRADE", {}),
    WS.format("execution_report_expired"): ("EXPIRED", {}),
    "ccxt_comment_samples/binance.json:4386": ("ticker", COUNTS),
    "ccxt_comment_samples/binance.json:4478": ("book ticker", {}),
    "ccxt_comment_samples/binance.json:4751": ("price", {}),
    "ccxt_comment_samples/binance.json:5109": ("agg trades", {}),
    "ccxt_comment_samples/binance.json:5136": ("trades", {}),
    "ccxt_comment_samples/binance.json:5148": ("my trades", {}),
    "ccxt_comment_samples/binance.json:5962": ("order", {}),
    "ccxt_comment_samples/binance.json:6046": ("placed", {}),
    "ccxt_comment_samples/pro_binance.json:1015": ("depthUpdate", {}),
    "ccxt_comment_samples/pro_binance.json:1357": ("trade", IDS),
    "ccxt_comment_samples/pro_binance.json:1371": ("aggTrade", {}),
    "ccxt_comment_samples/pro_binance.json:1766": ("kline", {}),
    "ccxt_comment_samples/pro_binance.json:2353": ("24hrTicker", {}),
    "ccxt_comment_samples/pro_binance.json:2380": ("24hrMiniTicker", {}),
    "ccxt_comment_samples/pro_binance.json:2506": ("bookTicker", {}),
    "ccxt_comment_samples/pro_binance.json:2685": ("login", {"id": "the client's own"}),
    "ccxt_comment_samples/pro_binance.json:3290": ("balanceUpdate", {}),
    "ccxt_comment_samples/pro_binance.json:3300": ("outboundAccountPosition", {}),
}

NOT_SERVED = {
    "historical_trades": "no trades older than the tape",
    "list_status": "no lists of orders",
    "calculated": "nobody is liquidated on spot",
    "price_match": "price match is of futures only",
    "pending_cancel": "a cancellation is done at once",
    "l_zero": "an execution of nothing does not happen here",
    "empty_client_id": "every order has a client id",
}

pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the venue's samples are not beside the project")


def test_every_sample_of_spot_is_in_the_table_or_named_as_not_served():
    files = [*SAMPLES.glob("nautilus/spot/*/*.json"), *SAMPLES.glob("nautilus/*/*_spot_*.json")]
    assert len(files) > 40
    assert strangers("binance", files, TABLE, NOT_SERVED) == []


async def test_every_key_of_the_samples_is_in_our_answers_with_its_type():
    async with simulated(BTC) as venue:
        venue.move(symbol=BTC, ticks=5)
        answers = {**await streams(venue), **await trading(venue), **await over_rest(venue)}
    assert problems("binance", TABLE, answers) == []


async def streams(venue) -> dict:
    names = ("aggTrade", "trade", "ticker", "miniTicker", "bookTicker", "depth@100ms", "kline_1m")
    async with venue.socket("stream.binance.com:9443/ws") as frames:
        asked = {"id": 1, "method": "SUBSCRIBE", "params": [f"btcusdt@{name}" for name in names]}
        assert (await frames.ask(asked))["result"] is None
        venue.move(symbol=BTC)
        told = [await frames.next() for _ in names]
    return {frame.get("e", "bookTicker"): frame for frame in told}


async def trading(venue) -> dict:
    """A trade, an order that expires, one that is canceled and one more of all, and a deposit."""
    order = {"symbol": "BTCUSDT", "side": "BUY", "quantity": "0.01"}
    limit = order | {"type": "LIMIT", "price": str(venue.last(BTC) // 2)}
    async with venue.news() as news:
        answers = {"login": await news.ask(venue.login())}
        answers["placed"] = await post(venue, **order, type="MARKET")
        await post(venue, **limit, timeInForce="IOC")
        for _ in range(2):
            placed = await post(venue, **limit, timeInForce="GTC")
        answers["open orders"] = await get(venue, "openOrders")
        one = {"symbol": "BTCUSDT", "orderId": placed["orderId"]}
        _, answers["canceled"] = await venue.raw("DELETE", "/api/v3/order", **one)
        _, answers["all canceled"] = await venue.raw("DELETE", "/api/v3/openOrders", symbol="BTCUSDT")
        venue.deposit("USDT", "1")
        while "balanceUpdate" not in answers:
            frame = await news.next()
            event = frame["event"]
            answers[event.get("x", event["e"])] = event
            answers[f"wrapped {event['e']}"] = frame
    return answers


async def over_rest(venue) -> dict:
    paths = {
        "account": "account",
        "agg trades": "aggTrades",
        "average": "avgPrice",
        "book ticker": "ticker/bookTicker",
        "depth": "depth",
        "exchange info": "exchangeInfo",
        "klines": "klines",
        "my trades": "myTrades",
        "orders": "allOrders",
        "ping": "ping",
        "price": "ticker/price",
        "ticker": "ticker/24hr",
        "time": "time",
        "trades": "trades",
    }
    answers = {name: await get(venue, path) for name, path in paths.items()}
    return {**answers, "order": await get(venue, "order", orderId=1)}


async def get(venue, path, **params):
    status, answer = await venue.raw("GET", f"/api/v3/{path}", symbol="BTCUSDT", interval="1m", **params)
    assert status == 200, answer
    return answer


async def post(venue, **params):
    status, answer = await venue.raw("POST", "/api/v3/order", **params)
    assert status == 200, answer
    return answer
