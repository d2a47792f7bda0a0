"""What a BingX account holds of perpetuals in USDT, what funding it paid, and what its key may do."""

from __future__ import annotations

from collections.abc import Sequence

from twinstar.builtin.ccxt.habits import generic
from twinstar.builtin.ccxt.habits.bingx_lists import DAY_MS, PAGE, named, rows
from twinstar.builtin.ccxt.habits.habit import Exchange, Held, Json, Payment, Position, Terms
from twinstar.builtin.ccxt.numbers import exact, time_ms
from twinstar.domain import Balance, Permissions

FUNDING = "FUNDING_FEE"
WEEK_MS = 7 * DAY_MS
SIGNS = {"LONG": 1, "SHORT": -1}
MARGIN_MODES = {"CROSSED": "cross", "ISOLATED": "isolated"}
SWAP, LEAVES, MOVES = 3, 5, {4, 7}  # the venue's numbers of rights: to trade, to take money out, to move it


async def held(exchange: Exchange) -> Held:
    balances = [_balance(row) for row in rows(await exchange.swapV3PrivateGetUserBalance()) if row["asset"] != ""]
    positions = [_position(exchange, row) for row in rows(await exchange.swapV2PrivateGetUserPositions())]
    return Held(
        tuple(position for position in positions if position.contracts),
        tuple(each for each in balances if each.free or each.locked),
    )


def _position(exchange: Exchange, row: Json) -> Position:
    """The side is told also in one-way mode, where the size is not signed."""
    symbol: str = generic.market_of(exchange, row)["symbol"]
    return Position(symbol, SIGNS[row["positionSide"]] * abs(exact(row["positionAmt"])), exact(row["avgPrice"]))


def _balance(row: Json) -> Balance:
    asset = row["asset"]
    if not isinstance(asset, str):
        raise ValueError(f"an asset is called {asset!r}")  # noqa: TRY004 - as for any answer that cannot be read
    locked = exact(row["usedMargin"]) + exact(row["freezedMargin"])
    return Balance(asset=asset, free=exact(row["availableMargin"]), locked=locked)


async def terms(exchange: Exchange, symbol: str) -> Terms:
    told = (await exchange.swapV2PrivateGetTradeLeverage(named(exchange, symbol)))["data"]
    (leverage,) = {exact(told[name]) for name in ("longLeverage", "shortLeverage")}
    mode = (await exchange.swapV2PrivateGetTradeMarginType(named(exchange, symbol)))["data"]["marginType"]
    return Terms(leverage=leverage, margin_mode=MARGIN_MODES[mode])


async def funding(exchange: Exchange, since_ms: int) -> Sequence[Payment]:
    """It is kept for three months."""
    now_ms, payments = exchange.milliseconds(), list[Payment]()
    for start_ms in range(since_ms, now_ms + 1, WEEK_MS):
        found = await _income(exchange, start_ms, min(start_ms + WEEK_MS - 1, now_ms))
        payments += [_payment(exchange, row) for row in found]
    return sorted(payments, key=lambda payment: payment.time_ms)


async def _income(exchange: Exchange, start_ms: int, end_ms: int) -> list[Json]:
    """A full answer may not be all: then each half is asked for."""
    request = {"incomeType": FUNDING, "startTime": start_ms, "endTime": end_ms, "limit": PAGE}
    found = rows(await exchange.swapV2PrivateGetUserIncome(request))
    if len(found) < PAGE or start_ms == end_ms:
        return found
    middle_ms = (start_ms + end_ms) // 2
    return [*await _income(exchange, start_ms, middle_ms), *await _income(exchange, middle_ms + 1, end_ms)]


def _payment(exchange: Exchange, row: Json) -> Payment:
    asset, number = row["asset"], row["tranId"]
    if row["incomeType"] != FUNDING or not isinstance(asset, str) or not number:
        raise ValueError(f"{row['incomeType']!r} of {asset!r} is no funding")
    return Payment(
        payment_id=str(number),
        symbol=exchange.safe_symbol(row["symbol"], None, "-", "swap"),
        amount=exact(row["income"]),
        asset=asset,
        time_ms=time_ms(int(exact(row["time"]))),
    )


async def permissions(exchange: Exchange) -> Permissions:
    told = (await exchange.accountV1PrivateGetAccountApiPermissions())["data"]
    rights, addresses = told["permissions"], told["ipAddresses"]
    if not isinstance(rights, list) or not isinstance(addresses, list):
        raise ValueError("what the key may do cannot be read")  # noqa: TRY004 - as for any answer that cannot be read
    given = {int(exact(right)) for right in rights}
    return Permissions(
        can_trade=SWAP in given,
        can_withdraw=LEAVES in given,
        can_transfer=bool(given & MOVES),
        is_bound=bool(addresses),
        trade_switch="Perpetual Futures Trading",
        withdraw_switch="Withdraw",
        transfer_switch="Universal Transfer",
    )
