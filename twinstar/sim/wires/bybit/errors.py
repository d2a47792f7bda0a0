"""Bybit's refusals: retCode and retMsg, with HTTP 200 for nearly all of them.

Source: bybit-exchange.github.io/docs/v5/error (2025-11), and messages seen in the wild where it is vague.
"""

from __future__ import annotations

from collections.abc import Mapping

from twinstar.sim.model import Reason, Refusal


class ApiError(Exception):
    def __init__(self, code: int, message: str, *, status: int = 200) -> None:
        super().__init__(f"{code} {message}")
        self.code = code
        self.message = message
        self.status = status


Words = tuple[int, str]  # retCode, and retMsg

UNKNOWN_ON_CANCEL: Words = (110001, "order not exists or too late to cancel")
UNKNOWN_ON_AMEND: Words = (110001, "order not exists or too late to replace")
DUPLICATE: Words = (110072, "OrderLinkedID is duplicate")
MODE_UNCHANGED: Words = (110025, "Position mode is not modified")
NO_HEDGE: Words = (110029, "Hedge mode is not supported for this symbol")
MARGIN_FAILED: Words = (3400045, "Set margin mode failed")
NO_TRIGGER = "expect {direction}, but trigger_price[{trigger}] {sign} current[{current}]"

REFUSALS: Mapping[Reason, Words] = {
    Reason.UNKNOWN_SYMBOL: (10001, "params error: symbol invalid"),
    Reason.BAD_TICK: (10001, "Price invalid"),
    Reason.BAD_LOT: (10001, "Qty invalid"),
    Reason.TOO_SMALL: (10001, "The number of contracts exceeds minimum limit allowed"),
    Reason.TOO_CHEAP: (110094, "Order does not meet minimum order value 5USDT"),
    Reason.BAD_VALUE: (10001, "Request parameter error"),
    Reason.NO_FUNDS: (110007, "ab not enough for new order"),
    Reason.DUPLICATE_CLIENT_ID: DUPLICATE,
    Reason.UNKNOWN_ORDER: UNKNOWN_ON_CANCEL,
    Reason.NOT_OPEN: UNKNOWN_ON_CANCEL,
    Reason.WOULD_TRIGGER: (110092, "expect Rising, but trigger_price is not above current"),
    Reason.NOT_REDUCING: (110017, "current position is zero, cannot fix reduce-only order qty"),
    Reason.NOT_SUPPORTED: (110032, "Order is illegal"),
    Reason.BAD_LEVERAGE: (110013, "cannot set leverage gt maxLeverage by risk limit"),
    Reason.NO_CHANGE: (10001, "The order remains unchanged as the parameters entered match the existing ones."),
}

AMEND: Mapping[Reason, Words] = {
    Reason.UNKNOWN_ORDER: UNKNOWN_ON_AMEND,
    Reason.NOT_OPEN: UNKNOWN_ON_AMEND,
}
LEVERAGE: Mapping[Reason, Words] = {Reason.NO_CHANGE: (110043, "leverage not modified")}


def worded(refusal: Refusal, special: Mapping[Reason, Words]) -> ApiError:
    """The venue's words for a refusal; ``special`` are those of the endpoint that was asked."""
    return ApiError(*(special.get(refusal.reason) or REFUSALS[refusal.reason]))


def invalid(what: str) -> ApiError:
    return ApiError(10001, f"params error: {what} invalid")
