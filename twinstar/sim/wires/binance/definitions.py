"""What the venue says of itself: its time, its limits, its markets."""

from __future__ import annotations

from twinstar.sim.wires.binance import limits
from twinstar.sim.wires.binance.desk import Desk
from twinstar.sim.wires.binance.orders import MOST_OPEN, MOST_STOPS
from twinstar.sim.wires.binance.pairs import Pair
from twinstar.sim.wires.binance.placing import BAND_DOWN, BAND_UP
from twinstar.sim.wires.binance.views import SELF_TRADE_PREVENTION
from twinstar.sim.wires.binance.words import TYPES
from twinstar.sim.wires.binance_common.desk import Answer, Call, Json, Route
from twinstar.sim.wires.spelling import money, text

DIGITS = 8


def ping(desk: Desk, call: Call) -> Answer:
    return {}


def time(desk: Desk, call: Call) -> Answer:
    return {"serverTime": desk.exchange.clock.now_ms()}


def exchange_info(desk: Desk, call: Call) -> Answer:
    return {
        "timezone": "UTC",
        "serverTime": desk.exchange.clock.now_ms(),
        "rateLimits": [
            _limit("REQUEST_WEIGHT", "MINUTE", 1, limits.WEIGHT_A_MINUTE),
            _limit("ORDERS", "SECOND", 10, limits.ORDERS[0].most),
            _limit("ORDERS", "DAY", 1, limits.ORDERS[1].most),
        ],
        "exchangeFilters": [],
        "symbols": [_definition(pair) for pair in desk.asked(call.params)],
    }


def _limit(kind: str, interval: str, number: int, most: int) -> Json:
    return {"rateLimitType": kind, "interval": interval, "intervalNum": number, "limit": most}


def _definition(pair: Pair) -> Json:
    listing = pair.listing
    return {
        "symbol": pair.id,
        "status": "TRADING",
        "baseAsset": listing.base,
        "baseAssetPrecision": DIGITS,
        "quoteAsset": listing.quote,
        "quotePrecision": DIGITS,
        "quoteAssetPrecision": DIGITS,
        "baseCommissionPrecision": DIGITS,
        "quoteCommissionPrecision": DIGITS,
        "orderTypes": list(TYPES),
        "icebergAllowed": False,
        "ocoAllowed": False,
        "otoAllowed": False,
        "opoAllowed": False,
        "quoteOrderQtyMarketAllowed": True,
        "allowTrailingStop": False,
        "cancelReplaceAllowed": False,
        "amendAllowed": False,
        "pegInstructionsAllowed": False,
        "isSpotTradingAllowed": True,
        "isMarginTradingAllowed": False,
        "filters": _filters(pair),
        "permissions": [],
        "permissionSets": [["SPOT"]],
        "defaultSelfTradePreventionMode": SELF_TRADE_PREVENTION,
        "allowedSelfTradePreventionModes": [SELF_TRADE_PREVENTION],
    }


def _filters(pair: Pair) -> list[Json]:
    listing = pair.listing
    tick, lot, nothing = money(listing.tick), money(listing.lot), "0.00000000"
    up, down = text(BAND_UP), text(BAND_DOWN)
    return [
        {"filterType": "PRICE_FILTER", "minPrice": tick, "maxPrice": money(pair.max_price), "tickSize": tick},
        {"filterType": "LOT_SIZE", "minQty": lot, "maxQty": money(pair.max_quantity), "stepSize": lot},
        {
            "filterType": "MARKET_LOT_SIZE",
            "minQty": nothing,
            "maxQty": money(pair.max_market_quantity),
            "stepSize": nothing,
        },
        {
            "filterType": "PERCENT_PRICE_BY_SIDE",
            "bidMultiplierUp": up,
            "bidMultiplierDown": down,
            "askMultiplierUp": up,
            "askMultiplierDown": down,
            "avgPriceMins": 5,
        },
        {
            "filterType": "NOTIONAL",
            "minNotional": money(listing.min_notional),
            "applyMinToMarket": True,
            "maxNotional": "9000000.00000000",
            "applyMaxToMarket": False,
            "avgPriceMins": 5,
        },
        {"filterType": "MAX_NUM_ORDERS", "maxNumOrders": MOST_OPEN},
        {"filterType": "MAX_NUM_ALGO_ORDERS", "maxNumAlgoOrders": MOST_STOPS},
    ]


ROUTES = (
    Route(method="GET", path="/api/v3/ping", answer=ping),
    Route(method="GET", path="/api/v3/time", answer=time),
    Route(method="GET", path="/api/v3/exchangeInfo", answer=exchange_info, weight=20),
)
