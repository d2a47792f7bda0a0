"""What an execution does to balances and positions. Pure, and exact: rounding neither makes nor loses money."""

from __future__ import annotations

from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from twinstar.sim.accounts import Account
from twinstar.sim.model import Balance, Execution, Listing, Order, Position, Side
from twinstar.sim.orders import lock_of

CENT = Decimal("1e-8")  # what a settled profit is rounded to; the rest stays in the position's cost
PRICE = Decimal("1e-10")
ZERO = Decimal(0)


class Settled(Struct, frozen=True, kw_only=True):
    balances: tuple[Balance, ...]
    positions: tuple[Position, ...] = ()
    locked: Decimal = ZERO  # by the order, from now on
    realized: Decimal = ZERO


def spot(account: Account, listing: Listing, order: Order, execution: Execution) -> Settled:
    """``order`` as it was before."""
    base, quote = account.balance(listing.base), account.balance(listing.quote)
    cost = execution.price * execution.quantity
    fee = {execution.fee_asset: execution.fee}
    of_base, of_quote = fee.pop(base.asset, ZERO), fee.pop(quote.asset, ZERO)
    spent = cost + of_quote if execution.side is Side.BUY else execution.quantity
    left = order.remaining - execution.quantity
    locked = lock_of(order, listing, left) if order.request.kind.is_limit or not left else order.locked - spent
    freed = order.locked - spent - locked
    if execution.side is Side.BUY:
        quote = replace(quote, free=quote.free + freed, locked=quote.locked - order.locked + locked)
        base = replace(base, free=base.free + execution.quantity - of_base)
    else:
        base = replace(base, free=base.free + freed, locked=base.locked - order.locked + locked)
        quote = replace(quote, free=quote.free + cost - of_quote)
    token = (_less(account.balance(asset), amount) for asset, amount in fee.items())
    return Settled(balances=(base, quote, *token), locked=locked)


def _less(balance: Balance, amount: Decimal) -> Balance:
    return replace(balance, free=balance.free - amount)


def perpetual(account: Account, listing: Listing, execution: Execution) -> Settled:
    wallet = account.balance(listing.settle or listing.quote)
    position, realized = moved(account.position(listing.symbol), execution)
    gained = realized - execution.fee
    return Settled(balances=(replace(wallet, free=wallet.free + gained),), positions=(position,), realized=realized)


def moved(position: Position, execution: Execution) -> tuple[Position, Decimal]:
    """The position after it, and the profit it realises. What is closed takes its share of the cost along."""
    change = execution.side.sign * execution.quantity
    closing = min(abs(change), abs(position.quantity)) if change * position.quantity < 0 else ZERO
    released = _share(position.cost, closing, abs(position.quantity))
    realized = -execution.side.sign * closing * execution.price - released
    opened = execution.side.sign * (execution.quantity - closing) * execution.price
    quantity, cost = position.quantity + change, position.cost - released + opened
    after = replace(
        position,
        quantity=quantity,
        cost=cost,
        entry_price=_price(cost, quantity),
        updated_ms=execution.time_ms,
    )
    return after, realized


def unrealized(position: Position, mark: Decimal) -> Decimal:
    return position.quantity * mark - position.cost


def _share(cost: Decimal, part: Decimal, whole: Decimal) -> Decimal:
    if not part:
        return ZERO
    return cost if part == whole else (cost * part / whole).quantize(CENT)


def _price(cost: Decimal, quantity: Decimal) -> Decimal:
    if not quantity:
        return ZERO
    price = cost / quantity
    return price if int(price.as_tuple().exponent) >= -10 else price.quantize(PRICE)
