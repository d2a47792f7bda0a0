"""Every key of the venue's own samples of perpetuals, with its JSON type, is in the answer here."""

from __future__ import annotations

import pytest
from sim.wires import samples
from sim.wires.lighter_kit import BTC_ID, premium
from sim.wires.samples import problems

from twinstar.sim.wires.lighter.accounts import FIRST_ACCOUNT

SAMPLES = samples.SAMPLES / "lighter"
SHOWN_AS_TEXT = "ccxt shows these numbers as text"


def as_text(*names: str) -> dict[str, str]:
    return dict.fromkeys(names, SHOWN_AS_TEXT)


TABLE = {
    "nautilus/http_account.json": ("account", {}),
    "nautilus/http_candles.json": ("candles", {}),
    "nautilus/http_next_nonce.json": ("nonce", {}),
    "nautilus/http_order_book_details.json": ("details", {}),
    "nautilus/http_order_book_orders.json": ("book orders", {}),
    "nautilus/http_order_books.json": ("books", {}),
    "nautilus/http_orders.json": ("active", {}),
    "nautilus/http_recent_trades.json": ("recent trades", {}),
    "nautilus/http_recent_trades_unordered.json": ("recent trades", {}),
    "nautilus/ws_account_all_assets_update.json": ("account_all_assets subscribed", {}),
    "nautilus/ws_account_all_assets_with_position.json": ("account_all_assets subscribed", {}),
    "nautilus/ws_candle_subscribed.json": ("candle subscribed", {}),
    "nautilus/ws_candle_update.json": ("candle update", {}),
    "nautilus/ws_order_book_subscribed.json": ("order_book subscribed", {}),
    "nautilus/ws_order_book_subscribed_empty.json": ("order_book subscribed", {}),
    "nautilus/ws_order_book_update.json": ("order_book update", {}),
    "nautilus/ws_ticker_subscribed.json": ("ticker subscribed", {}),
    "nautilus/ws_ticker_subscribed_empty.json": ("ticker subscribed", {}),
    "nautilus/ws_ticker_update.json": ("ticker update", {}),
    "ccxt_comment_samples/lighter.json:488": ("accounts of an address", {}),
    "ccxt_comment_samples/lighter.json:636": ("limits", {}),
    "ccxt_comment_samples/lighter.json:950": ("sent", {}),
    "ccxt_comment_samples/lighter.json:1028": ("status", as_text("status", "network_id", "timestamp")),
    "ccxt_comment_samples/lighter.json:1247": ("assets", {}),
    "ccxt_comment_samples/lighter.json:1325": ("book orders", {}),
    "ccxt_comment_samples/lighter.json:1359": ("detail", {}),
    "ccxt_comment_samples/lighter.json:1398": ("stats", {}),
    "ccxt_comment_samples/lighter.json:1471": ("details", {}),
    "ccxt_comment_samples/lighter.json:1686": ("funding rates", {}),
    "ccxt_comment_samples/lighter.json:1834": ("account", {}),
    "ccxt_comment_samples/lighter.json:1893": ("position", {}),
    "ccxt_comment_samples/lighter.json:2077": ("inactive", {}),
    "ccxt_comment_samples/lighter.json:2199": ("inactive order", {}),
    "ccxt_comment_samples/lighter.json:2756": ("recent trades", {}),
    "ccxt_comment_samples/lighter.json:2820": ("trades", {}),
    "ccxt_comment_samples/lighter.json:2861": ("trade", {}),
    "ccxt_comment_samples/pro_lighter.json:137": ("order_book update", {}),
    "ccxt_comment_samples/pro_lighter.json:227": ("market_stats update", {}),
    "ccxt_comment_samples/pro_lighter.json:452": ("trade", {}),
    "ccxt_comment_samples/pro_lighter.json:505": ("trade subscribed", {}),
    "ccxt_comment_samples/pro_lighter.json:985": ("user_stats subscribed", {}),
    "ccxt_comment_samples/pro_lighter.json:1219": ("acknowledged", {}),
    "ccxt_comment_samples/pro_lighter.json:1270": ("error", {}),
    "ccxt_comment_samples/pro_lighter.json:1385": ("greeting", {}),
    "ccxt_comment_samples/pro_lighter.json:1394": ("unsubscribed", {}),
}

NOT_SERVED = {
    "spot": "perpetuals only",
    "depth": "an endpoint that is gone",
    "null": "what the venue sends where it has nothing",
    "missing": "what the venue sends where it has nothing",
    "fundings": "past funding rates are not kept",
}

pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the venue's samples are not beside the project")


def test_every_capture_is_in_the_table_or_named_as_not_served():
    files = [file.relative_to(SAMPLES) for file in SAMPLES.glob("nautilus/*.json")]
    assert len(files) > 25
    assert [
        file.name for file in files if str(file) not in TABLE and not any(part in file.name for part in NOT_SERVED)
    ] == []


async def test_every_key_of_the_samples_is_in_our_answers_with_its_type():
    async with premium() as venue:
        venue.move(ticks=5)
        answers = {**await over_the_stream(venue), **await over_rest(venue)}
    assert problems("lighter", TABLE, answers) == []


async def over_the_stream(venue) -> dict:
    public = (f"{kind}/{BTC_ID}" for kind in ("order_book", "ticker", "trade", "market_stats"))
    own = (f"{kind}/{FIRST_ACCOUNT}" for kind in ("account_all_assets", "account_all_trades", "user_stats"))
    told = {}
    async with venue.socket() as frames:
        told["greeting"] = frames.greeting
        candle = f"candle:{BTC_ID}:1m"
        await frames.subscribe(*public, candle, *own, token=venue.token())
        first = await frames.heard()
        told["acknowledged"] = await frames.send(14, **venue.order(ClientOrderIndex=1))
        venue.move(ticks=3)
        updated = await frames.of_each(
            *(f"{kind}:{BTC_ID}" for kind in ("order_book", "ticker", "market_stats")), candle
        )
        for frame in [*first, *updated.values()]:
            what, _, kind = frame["type"].partition("/")
            told[f"{kind} {what}"] = frame
        await frames.say(type="unsubscribe", channel=f"order_book/{BTC_ID}")
        told["unsubscribed"] = await frames.next("unsubscribed")
        await frames.say(type="unsubscribe", channel=f"order_book/{BTC_ID}")
        told["error"] = await frames.next()
    told["stats"] = told["market_stats update"]["market_stats"]
    return told


async def over_rest(venue) -> dict:
    market, now = {"market_id": BTC_ID}, venue.exchange.clock.market_ms()
    span = {"start_timestamp": now - 600_000, "end_timestamp": now, "count_back": 10}
    told = {"sent": await venue.market_order(100, ClientOrderIndex=2)}
    public = {
        "candles": ("candles", {**market, "resolution": "1m", **span}),
        "nonce": ("nextNonce", {"account_index": FIRST_ACCOUNT, "api_key_index": 4}),
        "account": ("account", {"by": "index", "value": FIRST_ACCOUNT}),
        "details": ("orderBookDetails", market),
        "books": ("orderBooks", market),
        "book orders": ("orderBookOrders", {**market, "limit": 5}),
        "recent trades": ("recentTrades", {**market, "limit": 5}),
        "assets": ("assetDetails", {}),
        "funding rates": ("funding-rates", {}),
    }
    for name, (path, params) in public.items():
        told[name] = await venue.get(path, **params)
    address = told["account"]["accounts"][0]["l1_address"]
    told["accounts of an address"] = await venue.get("accountsByL1Address", l1_address=address)
    private = {
        "limits": "accountLimits", "active": "accountActiveOrders", "inactive": "accountInactiveOrders",
        "trades": "trades",
    }  # fmt: skip
    for name, path in private.items():
        told[name] = await venue.own(path)
    told["status"] = (await venue.ask("GET", "", root="/"))[1]
    told["detail"] = told["details"]["order_book_details"][0]
    told["position"] = told["account"]["accounts"][0]["positions"][0]
    told["inactive order"] = told["inactive"]["orders"][0]
    told["trade"] = told["trades"]["trades"][0]
    return told
