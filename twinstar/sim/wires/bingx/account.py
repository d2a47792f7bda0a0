"""What the account holds, over REST: its balance, its positions, and what funding it paid."""

from __future__ import annotations

from decimal import Decimal

from twinstar.sim.model import Payment
from twinstar.sim.wires import margin
from twinstar.sim.wires.bingx.contracts import CONTRACTS
from twinstar.sim.wires.bingx.desk import ASSET, Call, Desk, Json, private
from twinstar.sim.wires.bingx.params import in_time
from twinstar.sim.wires.bingx.views import brief
from twinstar.sim.wires.margin import Exposure
from twinstar.sim.wires.spelling import money
from twinstar.sim.wires.wallet import Wallet

FUNDING = "FUNDING_FEE"
POSITION_IDS = 1_770_000_000_000_000_000
MOST_INCOME = 1_000
ZERO = Decimal(0)


def balance(desk: Desk, call: Call) -> list[Json]:
    wallet = desk.wallet(call.account)
    realized = sum((each.realized for each in desk.exchange.executions(call.account)), ZERO)
    return [
        {
            "userId": "728***360",
            "asset": ASSET,
            "balance": money(wallet.balance),
            "equity": money(wallet.balance + wallet.unrealized),
            "unrealizedProfit": money(wallet.unrealized),
            "realisedProfit": money(realized),
            "availableMargin": money(wallet.available),
            "usedMargin": money(wallet.position_margin),
            "freezedMargin": money(wallet.order_margin),
            "shortUid": "12851936",
        }
    ]


def positions(desk: Desk, call: Call) -> list[Json]:
    """Only what is held."""
    asked, wallet = {each.symbol for each in desk.asked(call.params)}, desk.wallet(call.account)
    return [
        _position(desk, call.account, each, wallet)
        for each in wallet.exposures
        if each.position.quantity and each.position.symbol in asked
    ]


def _position(desk: Desk, account: str, held: Exposure, wallet: Wallet) -> Json:
    """What was realised is of all that was traded in the market; the venue begins anew with each position."""
    position, size = held.position, brief(abs(held.position.quantity))
    contract, executions = desk.of(position.symbol), desk.exchange.executions(account, symbol=position.symbol)
    return {
        "positionId": str(POSITION_IDS + CONTRACTS.index(contract)),
        "symbol": contract.id,
        "currency": ASSET,
        "positionAmt": size,
        "availableAmt": size,
        "positionSide": "LONG" if position.quantity > 0 else "SHORT",
        "isolated": held.is_isolated,
        "avgPrice": brief(position.entry_price),
        "initialMargin": brief(held.initial),
        "margin": brief(held.initial + held.unrealized),
        "leverage": position.leverage,
        "unrealizedProfit": brief(held.unrealized),
        "realisedProfit": brief(sum((each.realized for each in executions), ZERO)),
        "liquidationPrice": float(round(margin.liquidation_price(held, wallet.exposures, wallet.balance), 8)),
        "pnlRatio": brief(held.unrealized / held.initial) if held.initial else "0",
        "maxMarginReduction": "0.0000",
        "riskRate": brief(held.maintenance / wallet.balance) if wallet.balance > 0 else "0",
        "markPrice": brief(held.mark),
        "positionValue": brief(abs(held.notional)),
        "onlyOnePosition": True,
        "updateTime": position.updated_ms,
    }


def income(desk: Desk, call: Call) -> list[Json]:
    """Of all that came in and went out only funding is told."""
    params = call.params
    asked = {each.symbol for each in desk.asked(params)}
    rows = [
        _payment(desk, each)
        for each in desk.exchange.payments(call.account)
        if each.symbol in asked and in_time(params, each.time_ms) and params.get("incomeType", FUNDING) == FUNDING
    ]
    return rows[: params.limit(MOST_INCOME)]


def _payment(desk: Desk, paid: Payment) -> Json:
    number = f"{paid.id}_{paid.time_ms}"
    return {
        "symbol": desk.of(paid.symbol).id,
        "incomeType": FUNDING,
        "income": brief(paid.amount),
        "asset": ASSET,
        "info": "Funding Fee",
        "time": paid.time_ms,
        "tranId": number,
        "tradeId": number,
    }


ROUTES = (
    private("swap/v3/user/balance", balance),
    private("swap/v2/user/positions", positions),
    private("swap/v2/user/income", income),
)
