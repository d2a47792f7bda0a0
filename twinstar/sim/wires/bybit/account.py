"""The account: its key, its mode, its wallet, its positions and their settings."""

from __future__ import annotations

from decimal import Decimal

from twinstar.sim.model import Balance, Reason, Refusal
from twinstar.sim.wires.bybit import errors, words
from twinstar.sim.wires.bybit.desk import ASSET, Call, Desk, Json, Route, is_linear
from twinstar.sim.wires.bybit.errors import ApiError, invalid
from twinstar.sim.wires.bybit.views import entry_price, position_view
from twinstar.sim.wires.margin import ZERO
from twinstar.sim.wires.spelling import money, places, text
from twinstar.sim.wires.wallet import Wallet

ACCOUNT_TYPES = ("UNIFIED", "FUND")
UNIFIED_2 = 5  # Unified Trading Account 2.0


def key_info(desk: Desk, call: Call) -> Json:
    return {
        "id": "1",
        "note": "simulated",
        "apiKey": "",
        "readOnly": 0,
        "secret": "",
        "permissions": {
            "ContractTrade": ["Order", "Position"],
            "Derivatives": ["DerivativesTrade"],
            **{name: [] for name in NOT_PERMITTED},
        },
        "ips": ["127.0.0.1"],
        "type": 1,
        "deadlineDay": -2,
        "expiredAt": "1970-01-01T00:00:00Z",
        "createdAt": "2025-01-01T00:00:00Z",
        "unified": 0,
        "uta": 1,
        "userID": 1,
        "inviterID": 0,
        "vipLevel": "No VIP",
        "mktMakerLevel": "0",
        "affiliateID": 0,
        "rsaPublicKey": "",
        "isMaster": True,
        "parentUid": "0",
        "kycLevel": "LEVEL_DEFAULT",
        "kycRegion": "",
        "userIDInt64": "1",
        "inviterIDInt64": "0",
        "affiliateIDInt64": "0",
    }


NOT_PERMITTED = (
    "Spot",
    "Wallet",
    "Options",
    "CopyTrading",
    "BlockTrade",
    "Exchange",
    "NFT",
    "Affiliate",
    "Earn",
    "FiatP2P",
    "FiatBybitPay",
    "FiatConvertBroker",
    "FiatGlobalPay",
    "FiatBitPay",
    "BitCard",
    "ByXPost",
)


def account_info(desk: Desk, call: Call) -> Json:
    modes = {held.margin_mode for held in desk.exchange.positions(call.account)}
    return {
        "marginMode": words.MARGIN_MODE_NAMES["isolated" if modes == {"isolated"} else "cross"],
        "updatedTime": str(desk.exchange.clock.now_ms()),
        "unifiedMarginStatus": UNIFIED_2,
        "dcpStatus": "OFF",
        "timeWindow": 0,
        "smpGroup": 0,
        "isMasterTrader": False,
        "spotHedgingStatus": "OFF",
    }


def wallet_balance(desk: Desk, call: Call) -> Json:
    if call.params.text("accountType") not in ACCOUNT_TYPES:
        raise ApiError(10001, "accountType only support UNIFIED.")
    return {"list": [wallet_view(desk, call.account)]}


def wallet_view(desk: Desk, account: str) -> Json:
    """In USD, of which a USDT is one."""
    wallet = desk.wallet(account)
    equity = wallet.balance + wallet.unrealized
    return {
        "accountType": "UNIFIED",
        "accountLTV": "0",
        "accountIMRate": places(wallet.margin / equity if equity > 0 else ZERO, 4),
        "accountMMRate": places(wallet.maintenance / equity if equity > 0 else ZERO, 4),
        "totalEquity": money(equity),
        "totalWalletBalance": money(wallet.balance),
        "totalMarginBalance": money(equity),
        "totalAvailableBalance": money(wallet.available),
        "totalPerpUPL": money(wallet.unrealized),
        "totalInitialMargin": money(wallet.margin),
        "totalMaintenanceMargin": money(wallet.maintenance),
        "coin": [_coin(desk, account, held, wallet) for held in desk.exchange.balances(account)],
    }


def _coin(desk: Desk, account: str, held: Balance, wallet: Wallet) -> Json:
    settles = held.asset == ASSET
    unrealized = wallet.unrealized if settles else ZERO
    realized = sum((each.realized - each.fee for each in desk.exchange.executions(account)), ZERO)
    return {
        "coin": held.asset,
        "equity": text(held.total + unrealized),
        "usdValue": money(held.total + unrealized) if settles else "0",
        "walletBalance": text(held.total),
        "locked": "0",
        "spotBorrow": "0",
        "spotHedgingQty": "0",
        "availableToWithdraw": "",  # not told for unified accounts since January 2025
        "availableToBorrow": "",
        "borrowAmount": "0",
        "accruedInterest": "0",
        "totalOrderIM": _only(settles, wallet.order_margin),
        "totalPositionIM": _only(settles, wallet.position_margin),
        "totalPositionMM": _only(settles, wallet.maintenance),
        "unrealisedPnl": money(unrealized),
        "cumRealisedPnl": _only(settles, realized),
        "bonus": "0",
        "collateralSwitch": settles,
        "marginCollateral": settles,
    }


def _only(settles: bool, amount: Decimal) -> str:
    return money(amount) if settles else "0"


def positions(desk: Desk, call: Call) -> Json:
    """A market that is named is shown though nothing is held there."""
    params, wallet = call.params, desk.wallet(call.account)
    if is_linear(params) and not (params.get("symbol") or params.get("settleCoin") or params.get("baseCoin")):
        raise invalid("symbol or settleCoin")
    symbols = {contract.symbol for contract in desk.asked(params)}
    rows = [
        {"avgPrice": entry_price(held), **position_view(desk.exchange, call.account, held, wallet)}
        for held in wallet.exposures
        if held.position.symbol in symbols and (held.position.quantity or params.get("symbol"))
    ]
    return {"category": params.text("category"), "list": rows, "nextPageCursor": ""}


def set_leverage(desk: Desk, call: Call) -> Json:
    contract = desk.find(call.params.text("symbol"))
    buy, sell = call.params.decimal("buyLeverage"), call.params.decimal("sellLeverage")
    if buy != sell or buy != int(buy):
        raise invalid("leverage")
    held = {each.symbol: each.leverage for each in desk.exchange.positions(call.account)}
    if held[contract.symbol] == buy:
        raise Refusal(Reason.NO_CHANGE)
    desk.exchange.set_leverage(call.account, contract.symbol, int(buy))
    return {}


def switch_mode(desk: Desk, call: Call) -> Json:
    """One-way is all there is here."""
    desk.asked(call.params)
    if call.params.text("mode") not in ("0", "3"):
        raise invalid("mode")
    raise ApiError(*(errors.MODE_UNCHANGED if call.params.text("mode") == "0" else errors.NO_HEDGE))


def set_margin_mode(desk: Desk, call: Call) -> Json:
    """Of the account as a whole; that it was so already is fine."""
    mode = words.MARGIN_MODES.get(call.params.text("setMarginMode"))
    positions = desk.exchange.positions(call.account)
    others = [held for held in positions if held.margin_mode != mode]
    busy = any(held.quantity for held in positions) or desk.exchange.orders(call.account, open_only=True)
    if mode is None or (others and busy):
        raise ApiError(*errors.MARGIN_FAILED)
    for held in others:
        desk.exchange.set_margin_mode(call.account, held.symbol, mode)
    return {"reasons": []}


ROUTES = (
    Route(method="GET", path="/v5/user/query-api", answer=key_info, cap=10),
    Route(method="GET", path="/v5/account/info", answer=account_info, cap=50),
    Route(method="GET", path="/v5/account/wallet-balance", answer=wallet_balance, cap=50),
    Route(method="GET", path="/v5/position/list", answer=positions, cap=50),
    Route(method="POST", path="/v5/position/set-leverage", answer=set_leverage, cap=10, refusals=errors.LEVERAGE),
    Route(method="POST", path="/v5/position/switch-mode", answer=switch_mode, cap=10),
    Route(method="POST", path="/v5/account/set-margin-mode", answer=set_margin_mode, cap=5),
)
