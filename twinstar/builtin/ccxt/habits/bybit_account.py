"""What a Bybit account holds, what it was paid, and what its key may do."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from twinstar.builtin.ccxt.habits import generic
from twinstar.builtin.ccxt.habits.bybit_lists import LINEAR, coins, pages, rows
from twinstar.builtin.ccxt.habits.habit import Exchange, Held, Json, Payment, Position, Terms
from twinstar.builtin.ccxt.numbers import exact, time_ms
from twinstar.domain import Balance, Permissions

WEEK_MS = 7 * 86_400_000  # the longest stretch that the transaction log answers for at once
ANYWHERE = ["*"]
MARGIN_MODES = {"REGULAR_MARGIN": "cross", "ISOLATED_MARGIN": "isolated", "PORTFOLIO_MARGIN": "portfolio"}


async def held(exchange: Exchange) -> Held:
    positions = [
        _position(exchange, row)
        for coin in coins(exchange)
        for row in await pages(exchange.privateGetV5PositionList, {"settleCoin": coin}, limit=200)
    ]
    (account,) = rows(await exchange.privateGetV5AccountWalletBalance({"accountType": "UNIFIED"}))
    balances = [_balance(row) for row in account["coin"]]
    return Held(
        tuple(position for position in positions if position.contracts),
        tuple(each for each in balances if each.free or each.locked),
    )


def _position(exchange: Exchange, row: Json) -> Position:
    """Signed; one that is flat has no side."""
    size = exact(row["size"])
    sign = {"Buy": 1, "Sell": -1}[row["side"]] if size else 1
    return Position(generic.market_of(exchange, row)["symbol"], sign * size, exact(row["avgPrice"]) if size else None)


def _balance(row: Json) -> Balance:
    """What may be withdrawn is not told of unified accounts; on portfolio margin, nor what each position binds."""
    asset = row["coin"]
    if not isinstance(asset, str):
        raise ValueError(f"an asset is called {asset!r}")  # noqa: TRY004 - as for any answer that cannot be read
    locked = sum((exact(row.get(name) or "0") for name in ("totalOrderIM", "totalPositionIM", "locked")), Decimal(0))
    return Balance(asset=asset, free=exact(row["walletBalance"]) - locked, locked=locked)


async def terms(exchange: Exchange, symbol: str) -> Terms:
    """The margin mode is the account's; what a position says of it is out of use. Portfolio margin has no leverage."""
    market = exchange.market(symbol)["id"]
    found = rows(await exchange.privateGetV5PositionList({**LINEAR, "symbol": market}))
    (leverage,) = {row["leverage"] for row in found if row["symbol"] == market}
    account = (await exchange.privateGetV5AccountInfo())["result"]
    return Terms(leverage=exact(leverage) if leverage else None, margin_mode=MARGIN_MODES[account["marginMode"]])


async def funding(exchange: Exchange, since_ms: int) -> Sequence[Payment]:
    now_ms, payments = exchange.milliseconds(), list[Payment]()
    for start_ms in range(since_ms, now_ms + 1, WEEK_MS):
        stretch = {"startTime": start_ms, "endTime": min(start_ms + WEEK_MS - 1, now_ms), "type": "SETTLEMENT"}
        for coin in coins(exchange):
            request = {**stretch, "accountType": "UNIFIED", "currency": coin}
            found = await pages(exchange.privateGetV5AccountTransactionLog, request, limit=50)
            payments += [_payment(exchange, row) for row in reversed(found)]  # they come newest first
    return sorted(payments, key=lambda payment: payment.time_ms)


def _payment(exchange: Exchange, row: Json) -> Payment:
    asset, payment_id = row["currency"], row["tradeId"]
    if row["type"] != "SETTLEMENT" or not isinstance(asset, str) or not payment_id:
        raise ValueError(f"{row['type']!r} of {asset!r} is no funding")
    return Payment(
        payment_id=str(payment_id),
        symbol=exchange.safe_symbol(row["symbol"], None, None, "swap"),
        amount=exact(row["change"]),
        asset=asset,
        time_ms=time_ms(int(exact(row["transactionTime"]))),
    )


async def permissions(exchange: Exchange) -> Permissions:
    told = (await exchange.privateGetV5UserQueryApi())["result"]
    rights, wallet = told["permissions"], told["permissions"]["Wallet"]
    lists = (wallet, rights["ContractTrade"], told["ips"])
    if told["readOnly"] not in (0, 1) or not all(isinstance(each, list) for each in lists):
        raise ValueError("what the key may do cannot be read")
    return Permissions(
        can_trade=told["readOnly"] == 0 and "Order" in rights["ContractTrade"],
        can_withdraw="Withdraw" in wallet,
        can_transfer=any("Transfer" in right for right in wallet),
        is_bound=bool(told["ips"]) and told["ips"] != ANYWHERE,
        trade_switch="Contract - Orders",
        withdraw_switch="Assets - Withdrawal",
        transfer_switch="Assets - Account Transfer",
    )
