"""What a trade costs, and in which asset."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_UP, Decimal

from msgspec import Struct

from twinstar.sim.accounts import Account
from twinstar.sim.model import Listing, Side
from twinstar.sim.pit import Pit

CENT = Decimal("1e-8")
IN_TOKEN = Decimal("0.75")  # of the fee, where it is paid in the venue's own token


class Fee(Struct, frozen=True):
    amount: Decimal
    asset: str


def fee_of(
    account: Account,
    listing: Listing,
    pits: Mapping[str, Pit],
    *,
    side: Side,
    price: Decimal,
    quantity: Decimal,
    maker: bool,
) -> Fee:
    cost = price * quantity
    rate = listing.maker_fee if maker else listing.taker_fee
    if (paid := _in_token(account, listing, pits, cost * rate)) is not None:
        return paid
    if listing.is_spot and listing.fee_in_received and side is Side.BUY:
        return Fee(quantity * rate, listing.base)
    return Fee(cost * rate, listing.settle or listing.quote)


def _in_token(account: Account, listing: Listing, pits: Mapping[str, Pit], worth: Decimal) -> Fee | None:
    """Only where the venue trades the token, which tells what it is worth, and the market is not the token's own."""
    token = listing.fee_token
    pit = pits.get(f"{token}/{listing.quote}")
    if token is None or pit is None or token in (listing.base, listing.quote):
        return None
    amount = (worth * IN_TOKEN / pit.last).quantize(CENT, ROUND_UP)
    return Fee(amount, token) if account.balance(token).free >= amount else None
