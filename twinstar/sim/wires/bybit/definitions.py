"""What the venue says of itself: its time, its markets, its coins."""

from __future__ import annotations

from decimal import Decimal

from twinstar.sim.wires.bybit.contracts import Contract
from twinstar.sim.wires.bybit.desk import Call, Desk, Json, Route
from twinstar.sim.wires.bybit.views import RISK_LIMIT
from twinstar.sim.wires.spelling import places, text

EIGHT_HOURS = 480  # minutes


def time(desk: Desk, call: Call) -> Json:
    now = desk.exchange.clock.now_ms()
    return {"timeSecond": str(now // 1000), "timeNano": str(now * 1_000_000)}


def instruments(desk: Desk, call: Call) -> Json:
    """Only linear perpetuals, all of them trading."""
    found = desk.asked(call.params) if call.params.get("status") in (None, "Trading") else []
    rows = [_definition(contract) for contract in found]
    return {"category": call.params.text("category"), "list": rows, "nextPageCursor": ""}


def _definition(contract: Contract) -> Json:
    listing = contract.listing
    return {
        "symbolId": contract.number,
        "symbol": contract.id,
        "symbolType": "",
        "contractType": "LinearPerpetual",
        "status": "Trading",
        "baseCoin": listing.base,
        "quoteCoin": listing.quote,
        "launchTime": str(contract.launch_ms),
        "deliveryTime": "0",
        "deliveryFeeRate": "",
        "priceScale": str(contract.price_scale),
        "leverageFilter": {"minLeverage": "1", "maxLeverage": f"{listing.max_leverage}.00", "leverageStep": "1.00"},
        "priceFilter": {
            "minPrice": text(contract.min_price),
            "maxPrice": text(contract.max_price),
            "tickSize": text(listing.tick),
        },
        "lotSizeFilter": {
            "maxOrderQty": text(contract.max_quantity),
            "minOrderQty": text(listing.min_quantity),
            "qtyStep": text(listing.lot),
            "postOnlyMaxOrderQty": text(contract.max_quantity),
            "maxMktOrderQty": text(contract.max_market_quantity),
            "minNotionalValue": text(listing.min_notional),
        },
        "unifiedMarginTrade": True,
        "fundingInterval": EIGHT_HOURS,
        "settleCoin": listing.settle,
        "copyTrading": "none",
        "upperFundingRate": "0.00500",
        "lowerFundingRate": "-0.00500",
        "isPreListing": False,
        "preListingInfo": None,
    }


def risk_limits(desk: Desk, call: Call) -> Json:
    rows = [
        {
            "id": contract.number,
            "symbol": contract.id,
            "riskLimitValue": str(RISK_LIMIT),
            "maintenanceMargin": text(contract.listing.maintenance_rate),
            "initialMargin": places(1 / Decimal(contract.listing.max_leverage), 4),
            "isLowestRisk": 1,
            "maxLeverage": f"{contract.listing.max_leverage}.00",
            "mmDeduction": "",
        }
        for contract in desk.asked(call.params)
    ]
    return {"category": call.params.text("category"), "list": rows, "nextPageCursor": ""}


def coins(desk: Desk, call: Call) -> Json:
    names = {name for each in desk.contracts.values() for name in (each.listing.base, each.listing.quote)}
    return {"rows": [_coin(name) for name in sorted(names)]}


def _coin(name: str) -> Json:
    """It cannot be moved in or out here."""
    chain = {
        "chain": "BTC" if name == "BTC" else "ETH",
        "chainType": "BTC" if name == "BTC" else "ERC20",
        "confirmation": "2",
        "minAccuracy": "8",
        "chainDeposit": "0",
        "depositMin": "0.0005",
        "chainWithdraw": "0",
        "withdrawMin": "0.001",
        "withdrawFee": "0.0005",
        "withdrawPercentageFee": "0",
    }
    return {"name": name, "coin": name, "remainAmount": "0", "chains": [chain]}


def fee_rates(desk: Desk, call: Call) -> Json:
    rows = [
        {
            "symbol": contract.id,
            "baseCoin": "",
            "takerFeeRate": text(contract.listing.taker_fee),
            "makerFeeRate": text(contract.listing.maker_fee),
        }
        for contract in desk.asked(call.params)
    ]
    return {"category": call.params.text("category"), "list": rows}


ROUTES = (
    Route(method="GET", path="/v5/market/time", answer=time),
    Route(method="GET", path="/v5/market/instruments-info", answer=instruments),
    Route(method="GET", path="/v5/market/risk-limit", answer=risk_limits),
    Route(method="GET", path="/v5/asset/coin/query-info", answer=coins, cap=5),
    Route(method="GET", path="/v5/account/fee-rate", answer=fee_rates, cap=10),
)
