"""OKX: what the account holds, what funding it paid, and what its key may do."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from twinstar.builtin.ccxt.habits.habit import Exchange, Held, Json, Payment, Position
from twinstar.builtin.ccxt.numbers import exact, time_ms
from twinstar.domain import Balance, Permissions

BILLS_PAGE = 100
FUNDING = "8"  # its number for this kind of bill
READ, TRADE = "read_only", "trade"
SIGNS = {"net": 1, "long": 1, "short": -1}


async def held(exchange: Exchange) -> Held:
    (account,) = (await exchange.privateGetAccountBalance())["data"]
    rows = (await exchange.privateGetAccountPositions())["data"]
    return Held(
        tuple(position for row in rows if (position := _position(exchange, row)).contracts),
        tuple(each for row in account["details"] if (each := _balance(row)).free or each.locked),
    )


def _position(exchange: Exchange, row: Json) -> Position:
    (market,) = exchange.markets_by_id[row["instId"]]
    contracts, entry = exact(row["pos"]) * SIGNS[row["posSide"]], row["avgPx"]
    return Position(market["symbol"], contracts, exact(entry) if entry else None)


def _balance(row: Json) -> Balance:
    """What is available for margin counts the profits of what is open; some account modes tell only the balance."""
    asset = row["ccy"]
    if not isinstance(asset, str):
        raise ValueError(f"an asset is called {asset!r}")  # noqa: TRY004 - as for any answer that cannot be read
    free = exact(row["availEq"] or row["availBal"])
    return Balance(asset=asset, free=max(free, Decimal(0)), locked=exact(row["frozenBal"]))


async def funding(exchange: Exchange, since_ms: int) -> Sequence[Payment]:
    """Page by page, the newest first, from what it keeps for three months."""
    found: list[Payment] = []
    request = {"instType": "SWAP", "type": FUNDING, "begin": since_ms, "limit": BILLS_PAGE}
    while True:
        rows = (await exchange.privateGetAccountBillsArchive(request))["data"]
        found += [_payment(exchange, row) for row in rows]
        if len(rows) < BILLS_PAGE:
            return found[::-1]
        request["after"] = rows[-1]["billId"]


def _payment(exchange: Exchange, row: Json) -> Payment:
    asset = row["ccy"]
    if not isinstance(asset, str) or row["type"] != FUNDING:
        raise ValueError(f"a bill of type {row['type']!r} in {asset!r} is no funding")
    return Payment(
        payment_id=str(exact(row["billId"])),
        symbol=exchange.safe_symbol(row["instId"], None, None, "swap"),
        amount=exact(row["balChg"]),
        asset=asset,
        time_ms=time_ms(int(exact(row["ts"]))),
    )


async def permissions(exchange: Exchange) -> Permissions:
    """Of money between its owner's accounts it tells nothing."""
    (told,) = (await exchange.privateGetAccountConfig())["data"]
    rights, addresses = told["perm"], told["ip"]
    if not isinstance(rights, str) or not isinstance(addresses, str) or not rights:
        raise ValueError(f"perm is {rights!r} and ip {addresses!r}")
    given = set(rights.split(","))
    return Permissions(
        can_trade=TRADE in given,
        can_withdraw=not given <= {READ, TRADE},  # there is one right more, and whatever comes is not ours to have
        is_bound=bool(addresses),
        trade_switch="Trade",
        withdraw_switch="the right to withdraw",
    )
