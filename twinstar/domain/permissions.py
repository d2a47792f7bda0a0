"""What an API key may do."""

from __future__ import annotations

from msgspec import Struct


class Permissions(Struct, frozen=True, kw_only=True):
    """As the venue tells; None: it does not. The names are those of the switches at the venue, for whoever must act."""

    can_trade: bool | None = None
    can_withdraw: bool | None = None
    can_transfer: bool | None = None  # to other accounts of the same owner
    is_bound: bool | None = None  # to certain addresses
    trade_switch: str = "trading"
    withdraw_switch: str = "withdrawals"
    transfer_switch: str = "transfers"
