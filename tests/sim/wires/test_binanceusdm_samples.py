"""Every key of the venue's own samples, with its JSON type, is in the answer here. The samples are not ours: the test
reads them where they lie beside the project, and says nothing where they are not there.
"""

from __future__ import annotations

import asyncio

import pytest
from sim.wires import samples
from sim.wires.binance_kit import BTC, candles_file, simulated
from sim.wires.samples import problems, strangers

SAMPLES = samples.SAMPLES / "binance"

TRAILING = {"AP": "trailing stops only", "cr": "trailing stops only"}
TRAILING_REST = {"activatePrice": "trailing stops only", "priceRate": "trailing stops only"}
SPOT = "a field of the spot stream"
PRINTED = "ccxt shows this number as text"

TABLE = {
    "nautilus/futures/http_json/account_info_v2.json": ("account", {}),
    "nautilus/futures/http_json/balance.json": ("balance", {}),
    "nautilus/futures/http_json/open_algo_orders.json": ("open algos", {"type": "the venue's docs have orderType"}),
    "nautilus/futures/http_json/order_response.json": ("order", {}),
    "nautilus/futures/http_json/position_risk.json": ("position v2", {}),
    "nautilus/futures/market_data_json/agg_trade_stream.json": ("aggTrade", {}),
    "nautilus/futures/market_data_json/book_ticker_stream.json": ("bookTicker", {}),
    "nautilus/futures/market_data_json/depth_update_stream.json": ("depthUpdate", {}),
    "nautilus/futures/market_data_json/trade_stream.json": ("trade", {}),
    "nautilus/futures/user_data_json/account_update.json": ("ACCOUNT_UPDATE", {}),
    "nautilus/futures/user_data_json/algo_update_canceled.json": ("ALGO_UPDATE CANCELED", {}),
    "nautilus/futures/user_data_json/algo_update_new.json": ("ALGO_UPDATE NEW", {}),
    "nautilus/futures/user_data_json/order_update_calculated.json": ("ORDER_TRADE_UPDATE CALCULATED", TRAILING),
    "nautilus/futures/user_data_json/order_update_new.json": ("ORDER_TRADE_UPDATE NEW", TRAILING),
    "nautilus/futures/user_data_json/order_update_trade.json": ("ORDER_TRADE_UPDATE TRADE", TRAILING),
    "nautilus/http_responses/http_futures_account_orders.json": ("orders", TRAILING_REST),
    "nautilus/http_responses/http_futures_account_position_side_dual.json": ("position mode", {}),
    "nautilus/http_responses/http_futures_account_positions_hedge.json": ("position v2", {}),
    "nautilus/http_responses/http_futures_account_positions_one_way.json": ("position v2", {}),
    "nautilus/http_responses/http_futures_account_symbol_config.json": ("symbol config", {}),
    "nautilus/http_responses/http_futures_account_trades.json": ("my trades", {}),
    "nautilus/http_responses/http_futures_market_agg_trades.json": ("agg trades", {}),
    "nautilus/http_responses/http_futures_market_book_ticker.json": ("book ticker", {}),
    "nautilus/http_responses/http_futures_market_depth.json": ("depth", {}),
    "nautilus/http_responses/http_futures_market_exchange_info.json": (
        "exchange info",
        {"orderTypes": "trailing stops are refused"},
    ),
    "nautilus/http_responses/http_futures_market_klines.json": ("klines", {}),
    "nautilus/http_responses/http_futures_market_premium_index.json": ("premium index", {}),
    "nautilus/http_responses/http_futures_market_ticker_24hr.json": ("ticker", {}),
    "nautilus/http_responses/http_futures_market_ticker_price.json": ("price", {}),
    "nautilus/http_responses/http_futures_market_trades.json": ("trades", {}),
    "nautilus/http_responses/http_futures_wallet_commission_rate_btcusdt.json": ("commission", {}),
    "nautilus/http_responses/http_futures_wallet_commission_rate_btcusdt_quarterly.json": ("commission", {}),
    "nautilus/http_responses/http_futures_wallet_commission_rate_ethusdt.json": ("commission", {}),
    "nautilus/ws_messages/ws_futures_algo_update_finished.json": ("ALGO_UPDATE FINISHED", {}),
    "nautilus/ws_messages/ws_futures_algo_update_finished_canceled.json": ("ALGO_UPDATE FINISHED", {}),
    "nautilus/ws_messages/ws_futures_book_ticker.json": ("bookTicker", {}),
    "nautilus/ws_messages/ws_futures_order_update_liquidation.json": (
        "ORDER_TRADE_UPDATE CALCULATED",
        TRAILING | {"W": "conditional orders of before the algo service only"},
    ),
    "nautilus/ws_messages/ws_futures_order_update_new_reduce_only_qty.json": (
        "ORDER_TRADE_UPDATE NEW",
        TRAILING | {"W": "conditional orders of before the algo service only"},
    ),
    "ccxt_comment_samples/binance.json:3212": ("coins", {}),
    "ccxt_comment_samples/binance.json:3524": ("exchange info", {}),
    "ccxt_comment_samples/binance.json:4191": ("account v3", {}),
    "ccxt_comment_samples/binance.json:4243": ("balance", {}),
    "ccxt_comment_samples/binance.json:4332": ("depth", {}),
    "ccxt_comment_samples/binance.json:4412": (
        "ticker",
        dict.fromkeys(("openTime", "closeTime", "firstId", "lastId", "count"), PRINTED),
    ),
    "ccxt_comment_samples/binance.json:4488": ("book ticker", {"time": PRINTED}),
    "ccxt_comment_samples/binance.json:4758": ("price", {}),
    "ccxt_comment_samples/binance.json:5122": ("agg trades", dict.fromkeys("aflT", PRINTED)),
    "ccxt_comment_samples/binance.json:5136": ("trades", {"isBestMatch": SPOT}),
    "ccxt_comment_samples/binance.json:5181": ("my trades", {}),
    "ccxt_comment_samples/binance.json:5782": ("order", {}),
    "ccxt_comment_samples/binance.json:6028": ("order", {}),
    "ccxt_comment_samples/binance.json:6319": ("order", {}),
    "ccxt_comment_samples/binance.json:6443": ("algo", {}),
    "ccxt_comment_samples/binance.json:6471": ("canceled algo", {}),
    "ccxt_comment_samples/binance.json:10466": ("premium index", {"nextFundingTime": PRINTED, "time": PRINTED}),
    "ccxt_comment_samples/binance.json:11218": ("brackets", {}),
    "ccxt_comment_samples/binance.json:11690": ("position v2", {}),
    "ccxt_comment_samples/binance.json:11895": ("error", {}),
    "ccxt_comment_samples/binance.json:13965": ("symbol config", {"isAutoAddMargin": "true or false in newer samples"}),
    "ccxt_comment_samples/pro_binance.json:1357": ("trade", dict.fromkeys("baM", SPOT)),
    "ccxt_comment_samples/pro_binance.json:1371": ("aggTrade", {"M": SPOT}),
    "ccxt_comment_samples/pro_binance.json:1766": ("kline", {}),
    "ccxt_comment_samples/pro_binance.json:2341": ("markPriceUpdate", {}),
    "ccxt_comment_samples/pro_binance.json:2353": ("24hrTicker", dict.fromkeys("xbBaA", SPOT)),
    "ccxt_comment_samples/pro_binance.json:2380": ("24hrMiniTicker", {}),
    "ccxt_comment_samples/pro_binance.json:2506": ("bookTicker", {}),
    "ccxt_comment_samples/pro_binance.json:3315": ("ACCOUNT_UPDATE", {"i": "of coin-margined accounts only"}),
    "ccxt_comment_samples/pro_binance.json:4426": ("ALGO_UPDATE CANCELED", {}),
    "ccxt_comment_samples/pro_binance.json:5242": ("stream error", {}),
}

NOT_SERVED = {
    "liquidation_stream": "no public stream of other people's liquidations: the crowd has no positions",
    "order_update_insurance": "the insurance fund takes no position over here",
    "order_update_settlement": "perpetuals are not settled",
    "order_update_adl": "nobody is deleveraged for others here",
    "price_match": "price match is refused",
    "asset_index": "no multi-assets mode",
    "blvt": "no leveraged tokens",
    "continuous_klines": "perpetuals only: the same as klines",
    "funding_rate": "past funding rates are not kept",
    "historical_trades": "no trades older than the tape",
    "index": "no index of other venues",
    "mark_price_klines": "the mark price is the last price",
    "open_interest": "the crowd has no positions",
    "ratio": "the crowd has no positions",
}

pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the venue's samples are not beside the project")


def test_every_sample_of_futures_is_in_the_table_or_named_as_not_served():
    files = [*SAMPLES.glob("nautilus/futures/*/*.json"), *SAMPLES.glob("nautilus/*/*futures_*.json")]
    assert len(files) > 40
    assert strangers("binance", files, TABLE, NOT_SERVED) == []


async def test_every_key_of_the_samples_is_in_our_answers_with_its_type(tmp_path):
    assert problems("binance", TABLE, await everything(tmp_path)) == []


# Our answers


async def everything(tmp_path) -> dict:
    falling = [("50000", "50010", "49990", "50000")] * 3 + [("50000", "50000", "44000", "44000")]
    file = candles_file(tmp_path / "falling.csv", falling, volume="400")
    async with simulated(BTC, replay=file, balance=10_000) as venue:
        await venue.client.load_markets()
        venue.move(ticks=5)
        return {**await market_streams(venue), **await trading(venue), **await over_rest(venue)}


async def market_streams(venue) -> dict:
    names = ("aggTrade", "trade", "ticker", "miniTicker", "bookTicker", "depth@100ms", "markPrice@1s", "kline_1m")
    async with venue.socket("/market/ws") as frames:
        await frames.ask("SUBSCRIBE", *(f"btcusdt@{name}" for name in names))
        venue.move()
        told = [await frames.next() for _ in names]
        error = await frames.ask("SUBSCRIBE", "nonsense")
    return {frame["e"]: frame for frame in told} | {"stream error": error}


async def trading(venue) -> dict:
    """An order, a canceled and a fired stop, and a liquidation."""
    client, told = venue.client, []
    key = (await client.fapiPrivatePostListenKey())["listenKey"]
    stop = {"symbol": "BTCUSDT", "side": "SELL", "algoType": "CONDITIONAL", "type": "STOP_MARKET", "quantity": "0.100"}
    async with venue.socket(f"/private/ws?listenKey={key}") as frames:
        await client.create_order(BTC, "market", "buy", 3)
        canceled = await post(venue, "/fapi/v1/algoOrder", **stop, triggerPrice="40000")
        delete = {"symbol": "BTCUSDT", "algoId": canceled["algoId"]}
        _, gone, _ = await venue.raw("DELETE", "/fapi/v1/algoOrder", signed=True, **delete)
        await post(venue, "/fapi/v1/algoOrder", **stop, triggerPrice="49000")
        before = await signed(venue, "/fapi/v1/openAlgoOrders")
        positions = await signed(venue, "/fapi/v2/positionRisk")
        account = await signed(venue, "/fapi/v3/account")
        venue.move(lambda tick: tick.price == 44000)
        async with asyncio.timeout(2):
            while not any("autoclose" in str(frame) and "FILLED" in str(frame) for frame in told):
                told.append(await frames.next())
    answers = {"open algos": before, "canceled algo": gone, "position v2": positions, "account v3": account}
    for frame in told:
        order = frame.get("o", {})
        what = order.get("x") or order.get("X")
        answers[f"{frame['e']} {what}" if what else frame["e"]] = frame
    return answers


async def over_rest(venue) -> dict:
    one = {"symbol": "BTCUSDT"}
    _, coins, _ = await venue.raw("GET", "/sapi/v1/capital/config/getall", signed=True)
    _, error, _ = await venue.raw("GET", "/fapi/v1/order", signed=True, **one, orderId=99)
    public = {
        "agg trades": "v1/aggTrades",
        "book ticker": "v1/ticker/bookTicker",
        "depth": "v1/depth",
        "exchange info": "v1/exchangeInfo",
        "klines": "v1/klines",
        "premium index": "v1/premiumIndex",
        "ticker": "v1/ticker/24hr",
        "price": "v1/ticker/price",
        "trades": "v1/trades",
    }
    private = {
        "account": "v2/account",
        "balance": "v2/balance",
        "orders": "v1/allOrders",
        "position mode": "v1/positionSide/dual",
        "symbol config": "v1/symbolConfig",
        "my trades": "v1/userTrades",
        "commission": "v1/commissionRate",
        "brackets": "v1/leverageBracket",
        "algo": "v1/allAlgoOrders",
    }
    answers = {"coins": coins, "error": error}
    for name, path in public.items():
        _, answers[name], _ = await venue.raw("GET", f"/fapi/{path}", **one, interval="1m")
    for name, path in private.items():
        answers[name] = await signed(venue, f"/fapi/{path}", **one)
    answers["order"] = await signed(venue, "/fapi/v1/order", **one, orderId=1)
    return answers


async def signed(venue, path, **params):
    status, answer, _ = await venue.raw("GET", path, signed=True, **params)
    assert status == 200, answer
    return answer


async def post(venue, path, **params):
    status, answer, _ = await venue.raw("POST", path, signed=True, **params)
    assert status == 200, answer
    return answer
