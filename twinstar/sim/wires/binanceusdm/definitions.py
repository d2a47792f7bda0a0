"""What the venue says of itself: its time, its limits, its markets."""

from __future__ import annotations

from twinstar.sim.wires.binance_common.desk import Answer, Call, Json, Route
from twinstar.sim.wires.binanceusdm import limits
from twinstar.sim.wires.binanceusdm.contracts import Contract
from twinstar.sim.wires.binanceusdm.desk import Desk
from twinstar.sim.wires.binanceusdm.words import PLAIN_TYPES, TIMES_IN_FORCE, TRIGGER_TYPES
from twinstar.sim.wires.spelling import text

PERPETUAL_DELIVERY_MS = 4_133_404_800_000  # what the venue gives as delivery date of a perpetual


def ping(desk: Desk, call: Call) -> Answer:
    return {}


def time(desk: Desk, call: Call) -> Answer:
    return {"serverTime": desk.exchange.clock.now_ms()}


def exchange_info(desk: Desk, call: Call) -> Answer:
    orders = [
        {"rateLimitType": "ORDERS", "interval": "MINUTE", "intervalNum": 1, "limit": 1200},
        {"rateLimitType": "ORDERS", "interval": "SECOND", "intervalNum": 10, "limit": 300},
    ]
    weight = {
        "rateLimitType": "REQUEST_WEIGHT",
        "interval": "MINUTE",
        "intervalNum": 1,
        "limit": limits.WEIGHT_A_MINUTE,
    }
    return {
        "timezone": "UTC",
        "serverTime": desk.exchange.clock.now_ms(),
        "futuresType": "U_MARGINED",
        "rateLimits": [weight, *orders],
        "exchangeFilters": [],
        "assets": [{"asset": "USDT", "marginAvailable": True, "autoAssetExchange": "-10000"}],
        "symbols": [_definition(contract) for contract in desk.markets.values()],
    }


def _definition(contract: Contract) -> Json:
    listing = contract.listing
    return {
        "symbol": contract.id,
        "pair": contract.id,
        "contractType": "PERPETUAL",
        "deliveryDate": PERPETUAL_DELIVERY_MS,
        "onboardDate": contract.onboard_ms,
        "status": "TRADING",
        "maintMarginPercent": "2.5000",
        "requiredMarginPercent": "5.0000",
        "baseAsset": listing.base,
        "quoteAsset": listing.quote,
        "marginAsset": listing.settle,
        "pricePrecision": contract.price_precision,
        "quantityPrecision": contract.quantity_precision,
        "baseAssetPrecision": 8,
        "quotePrecision": 8,
        "underlyingType": "COIN",
        "underlyingSubType": ["PoW"] if listing.base == "BTC" else ["Layer-1"],
        "settlePlan": 0,
        "triggerProtect": "0.0500",
        "liquidationFee": "0.012500",
        "marketTakeBound": "0.05",
        "maxMoveOrderLimit": 10_000,
        "filters": _filters(contract),
        "orderTypes": [*PLAIN_TYPES, *TRIGGER_TYPES],
        "timeInForce": list(TIMES_IN_FORCE),
    }


def _filters(contract: Contract) -> list[Json]:
    listing = contract.listing
    lot = {"minQty": text(listing.min_quantity), "stepSize": text(listing.lot)}
    return [
        {
            "filterType": "PRICE_FILTER",
            "minPrice": text(contract.min_price),
            "maxPrice": text(contract.max_price),
            "tickSize": text(listing.tick),
        },
        {"filterType": "LOT_SIZE", **lot, "maxQty": text(contract.max_quantity)},
        {"filterType": "MARKET_LOT_SIZE", **lot, "maxQty": text(contract.max_market_quantity)},
        {"filterType": "MAX_NUM_ORDERS", "limit": 200},
        {"filterType": "MAX_NUM_ALGO_ORDERS", "limit": 10},
        {"filterType": "MIN_NOTIONAL", "notional": text(listing.min_notional)},
        {
            "filterType": "PERCENT_PRICE",
            "multiplierUp": "1.0500",
            "multiplierDown": "0.9500",
            "multiplierDecimal": "4",
        },
    ]


ROUTES = (
    Route(method="GET", path="/fapi/v1/ping", answer=ping),
    Route(method="GET", path="/fapi/v1/time", answer=time),
    Route(method="GET", path="/fapi/v1/exchangeInfo", answer=exchange_info),
)
