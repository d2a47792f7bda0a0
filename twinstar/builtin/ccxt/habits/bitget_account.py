"""What a classic Bitget account holds of perpetuals in USDT, what funding it paid, and what its key may do."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from twinstar.builtin.ccxt.habits import generic
from twinstar.builtin.ccxt.habits.bitget_lists import BILLS, COIN, LINEAR, pages, rows
from twinstar.builtin.ccxt.habits.habit import Exchange, Held, Json, Payment, Position, Terms
from twinstar.builtin.ccxt.numbers import exact, time_ms
from twinstar.domain import Balance, Permissions
from twinstar.errors import ConfigError

FUNDING = "contract_settle_fee"
CROSS = "cross"
MONTH_MS = 30 * 86_400_000  # the longest stretch that the bills answer for at once
SIGNS = {"long": 1, "short": -1}


async def held(exchange: Exchange) -> Held:
    accounts = rows(await exchange.privateMixGetV2MixAccountAccounts(LINEAR))
    positions = rows(await exchange.privateMixGetV2MixPositionAllPosition({**LINEAR, "marginCoin": COIN}))
    return Held(
        tuple(position for row in positions if (position := _position(exchange, row)).contracts),
        tuple(each for row in accounts if (each := _balance(row)).free or each.locked),
    )


def _position(exchange: Exchange, row: Json) -> Position:
    symbol: str = generic.market_of(exchange, row)["symbol"]
    return Position(symbol, SIGNS[row["holdSide"]] * exact(row["total"]), exact(row["openPriceAvg"]))


def _balance(row: Json) -> Balance:
    """Free is what new positions on cross margin could bind; the rest of the equity is bound."""
    asset = row["marginCoin"]
    if not isinstance(asset, str):
        raise ValueError(f"an asset is called {asset!r}")  # noqa: TRY004 - as for any answer that cannot be read
    free = exact(row["crossedMaxAvailable"])
    return Balance(asset=asset, free=free, locked=max(exact(row["accountEquity"]) - free, Decimal(0)))


async def terms(exchange: Exchange, symbol: str) -> Terms:
    """Each order names its margin mode, and ccxt names cross."""
    told = await generic.terms(exchange, symbol)
    if told.margin_mode != CROSS:
        raise ConfigError(
            f"{symbol}: it is on {told.margin_mode} margin, and TwinStar orders on cross margin only there"
        )
    return told


async def funding(exchange: Exchange, since_ms: int) -> Sequence[Payment]:
    """It is kept for ninety days."""
    now_ms, payments = exchange.milliseconds(), list[Payment]()
    for start_ms in range(since_ms, now_ms + 1, MONTH_MS):
        stretch = {"startTime": start_ms, "endTime": min(start_ms + MONTH_MS - 1, now_ms)}
        found = await pages(exchange.privateMixGetV2MixAccountBill, {**stretch, "businessType": FUNDING}, BILLS)
        payments += [_payment(exchange, row) for row in reversed(found)]
    return payments


def _payment(exchange: Exchange, row: Json) -> Payment:
    asset = row["coin"]
    if row["businessType"] != FUNDING or not isinstance(asset, str):
        raise ValueError(f"{row['businessType']!r} of {asset!r} is no funding")
    return Payment(
        payment_id=str(exact(row["billId"])),
        symbol=exchange.safe_symbol(row["symbol"], None, None, "swap"),
        amount=exact(row["amount"]),
        asset=asset,
        time_ms=time_ms(int(exact(row["cTime"]))),
    )


async def permissions(exchange: Exchange) -> Permissions:
    told = (await exchange.privateSpotGetV2SpotAccountInfo())["data"]
    rights, addresses = told["authorities"], told["ips"]
    if not isinstance(rights, list) or not all(isinstance(each, str) for each in rights):
        raise ValueError(f"authorities is {rights!r}")
    if addresses is not None and not isinstance(addresses, str):
        raise ValueError(f"ips is {addresses!r}")
    given = set(rights)
    return Permissions(
        can_trade=bool(given & {"coow", "trade"}),
        can_withdraw=bool(given & {"wwow", "withdraw"}),
        can_transfer=bool(given & {"wtow", "transfer"}),
        is_bound=bool(addresses),
        trade_switch="Futures - Orders (read and write)",
        withdraw_switch="Wallet - Withdraw",
        transfer_switch="Wallet - Transfer",
    )
