"""What the account holds, over REST: its balance, its positions, and what funding it paid."""

from __future__ import annotations

from decimal import Decimal

from twinstar.sim.model import Payment
from twinstar.sim.wires import margin
from twinstar.sim.wires.bitget import errors, words
from twinstar.sim.wires.bitget.contracts import CONTRACTS
from twinstar.sim.wires.bitget.desk import ASSET, PRODUCT, Call, Desk, Json, private
from twinstar.sim.wires.bitget.paging import in_time, page
from twinstar.sim.wires.bitget.views import ONE_WAY, brief, position_of
from twinstar.sim.wires.margin import Exposure
from twinstar.sim.wires.wallet import Wallet

FUNDING = "contract_settle_fee"
POSITION_IDS = 1_200_000_000_000_000_000
ZERO = Decimal(0)


def accounts(desk: Desk, call: Call) -> list[Json]:
    if desk.product(call.params) != PRODUCT:
        return []
    return [{**balance_view(desk.wallet(call.account)), "assetList": [], "assetMode": "single"}]


def account(desk: Desk, call: Call) -> Json:
    """As one of its markets sees it, with the settings there."""
    held = position_of(desk, call.account, desk.contract(call.params).symbol)
    return {
        **balance_view(desk.wallet(call.account)),
        "crossedMarginLeverage": held.leverage,
        "isolatedLongLever": held.leverage,
        "isolatedShortLever": held.leverage,
        "marginMode": words.MODE_NAMES[held.margin_mode],
        "posMode": ONE_WAY["posMode"],
        "assetMode": "single",
    }


def balance_view(wallet: Wallet) -> Json:
    """``locked`` is what orders bind; what is available is what no order and no position binds."""
    equity, free = wallet.balance + wallet.unrealized, brief(wallet.available)
    isolated = sum((each.unrealized for each in wallet.exposures if each.is_isolated), ZERO)
    set_aside = sum((each.isolated_wallet for each in wallet.exposures), ZERO)
    return {
        "marginCoin": ASSET,
        "locked": brief(wallet.order_margin),
        "available": brief(wallet.balance - wallet.order_margin - set_aside),
        "crossedMaxAvailable": free,
        "isolatedMaxAvailable": free,
        "maxTransferOut": free,
        "accountEquity": brief(equity),
        "usdtEquity": brief(equity),
        "btcEquity": "0",
        "crossedRiskRate": brief(wallet.maintenance / equity) if equity > 0 else "0",
        "unrealizedPL": brief(wallet.unrealized),
        "coupon": "0",
        "unionTotalMargin": "0",
        "unionAvailable": "0",
        "unionMm": "0",
        "isolatedMargin": brief(set_aside),
        "crossedMargin": brief(wallet.position_margin - set_aside),
        "crossedUnrealizedPL": brief(wallet.unrealized - isolated),
        "isolatedUnrealizedPL": brief(isolated),
    }


def balance_update(wallet: Wallet) -> Json:
    """As the channel has it, where ``frozen`` is all that is bound."""
    equity, free = brief(wallet.balance + wallet.unrealized), brief(wallet.available)
    return {
        "marginCoin": ASSET,
        "frozen": brief(wallet.balance + wallet.unrealized - wallet.available),
        "available": brief(wallet.balance),
        "maxOpenPosAvailable": free,
        "maxTransferOut": free,
        "equity": equity,
        "usdtEquity": equity,
        "crossedRiskRate": "0",
        "unrealizedPL": brief(wallet.unrealized),
        "assetsMode": "single",
    }


def positions(desk: Desk, call: Call) -> list[Json]:
    """Only what is held."""
    if call.params.get("marginCoin", ASSET).upper() != ASSET:
        raise errors.wrong("marginCoin")
    asked, wallet = {each.symbol for each in desk.asked(call.params)}, desk.wallet(call.account)
    return [
        position_view(desk, call.account, each, wallet)
        for each in wallet.exposures
        if each.position.quantity and each.position.symbol in asked
    ]


def position_view(desk: Desk, account: str, held: Exposure, wallet: Wallet) -> Json:
    position = held.position
    return {
        **_position(desk, account, held, wallet),
        "symbol": desk.of(position.symbol).id,
        "openDelegateSize": "0",
        "locked": "0",
        "leverage": str(position.leverage),
        "marginRatio": brief(held.maintenance / wallet.balance) if wallet.balance > 0 else "0",
        "takeProfit": "",
        "stopLoss": "",
        "takeProfitId": "",
        "stopLossId": "",
    }


def position_update(desk: Desk, account: str, held: Exposure, wallet: Wallet) -> Json:
    """As the channel has it; its leverage is a number there."""
    position = held.position
    return {
        **_position(desk, account, held, wallet),
        "posId": str(POSITION_IDS + CONTRACTS.index(desk.of(position.symbol))),
        "instId": desk.of(position.symbol).id,
        "frozen": "0",
        "leverage": position.leverage,
        "unrealizedPLR": brief(held.unrealized / held.initial) if held.initial else "0",
        "marginRate": brief(held.maintenance / wallet.balance) if wallet.balance > 0 else "0",
    }


def _position(desk: Desk, account: str, held: Exposure, wallet: Wallet) -> Json:
    """What was realised and paid is of all that was traded in the market; the venue begins anew with each position."""
    position, size = held.position, brief(abs(held.position.quantity))
    executions = desk.exchange.executions(account, symbol=position.symbol)
    liquidation = margin.liquidation_price(held, wallet.exposures, wallet.balance)
    funding = sum((each.amount for each in desk.exchange.payments(account, symbol=position.symbol)), ZERO)
    return {
        "marginCoin": ASSET,
        "holdSide": "long" if position.quantity > 0 else "short",
        "marginSize": brief(held.initial),
        "available": size,
        "total": size,
        "achievedProfits": brief(sum((each.realized for each in executions), ZERO)),
        "openPriceAvg": brief(position.entry_price),
        "marginMode": words.MODE_NAMES[position.margin_mode],
        "posMode": ONE_WAY["posMode"],
        "unrealizedPL": brief(held.unrealized),
        "liquidationPrice": brief(liquidation),
        "keepMarginRate": brief(held.listing.maintenance_rate),
        "markPrice": brief(held.mark),
        "breakEvenPrice": brief(margin.break_even(held)),
        "totalFee": brief(funding),
        "deductedFee": brief(sum((each.fee for each in executions), ZERO)),
        "assetMode": "single",
        "autoMargin": "off",
        "cTime": str(position.updated_ms),
        "uTime": str(position.updated_ms),
    }


def bills(desk: Desk, call: Call) -> Json:
    """Of all that came in and went out only funding is told."""
    params = call.params
    asked = {each.symbol for each in desk.asked(params)}
    payments = [
        each
        for each in desk.exchange.payments(call.account)
        if each.symbol in asked and in_time(params, each.time_ms) and params.get("businessType", FUNDING) == FUNDING
    ]
    rows, end = page(params, payments, key=lambda paid: str(paid.id), default=20)
    return {"bills": [bill_view(desk, each) for each in rows], "endId": end}


def bill_view(desk: Desk, paid: Payment) -> Json:
    return {
        "billId": str(paid.id),
        "symbol": desk.of(paid.symbol).id,
        "amount": brief(paid.amount),
        "fee": "0",
        "feeByCoupon": "",
        "businessType": FUNDING,
        "coin": ASSET,
        "balance": "0",
        "cTime": str(paid.time_ms),
    }


ROUTES = (
    private("mix/account/accounts", accounts),
    private("mix/account/account", account),
    private("mix/account/bill", bills),
    private("mix/position/all-position", positions, 5),
    private("mix/position/single-position", positions),
)
