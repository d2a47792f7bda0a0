"""OKX's refusals: its codes, words and HTTP status.

Source: the error code section of okx.com/docs-v5 (2025), and the texts that ccxt 4.5.90 gives beside the codes.
"""

from __future__ import annotations

from collections.abc import Mapping

from twinstar.sim.model import Reason, Refusal

BAD_REQUEST, UNAUTHORIZED, NOT_FOUND, TOO_MANY = 400, 401, 404, 429


class ApiError(Exception):
    """Of the whole request: ``{"code": …, "msg": …, "data": []}``."""

    def __init__(self, code: str, message: str, *, status: int = 200) -> None:
        super().__init__(f"{code} {message}")
        self.code = code
        self.message = message
        self.status = status


Words = tuple[str, str]

UNKNOWN_ORDER: Words = ("51603", "Order does not exist")
DUPLICATE_ALGO: Words = ("51065", "algoClOrdId already exists.")
MOST_AT_MARKET: Words = ("51202", "Market order amount exceeds the maximum amount.")
MOST_AT_LIMIT: Words = ("51203", "Order amount exceeds the limit.")

REFUSALS: Mapping[Reason, Words] = {
    Reason.UNKNOWN_SYMBOL: ("51001", "Instrument ID, Instrument ID code, or Spread ID doesn't exist."),
    Reason.BAD_TICK: ("51006", "Order price is not within the price limit"),
    Reason.BAD_LOT: ("51121", "Order quantity must be a multiple of the lot size."),
    Reason.TOO_SMALL: ("51020", "Your order should meet or exceed the minimum order amount."),
    Reason.TOO_CHEAP: ("51020", "Your order should meet or exceed the minimum order amount."),
    Reason.BAD_VALUE: ("51000", "Parameter sz error"),
    Reason.NO_FUNDS: ("51008", "Order failed. Insufficient USDT margin in account"),
    Reason.DUPLICATE_CLIENT_ID: ("51016", "Client order ID already exists."),
    Reason.UNKNOWN_ORDER: UNKNOWN_ORDER,
    Reason.NOT_OPEN: UNKNOWN_ORDER,
    Reason.WOULD_TRIGGER: ("51280", "SL trigger price cannot be higher than the last price"),
    Reason.NOT_REDUCING: (
        "51169",
        "Order failed because you don't have any positions in this direction for this contract to reduce or close.",
    ),
    Reason.WOULD_TAKE: ("51511", "The order price does not meet the requirement of a post-only order."),
    Reason.NOT_SUPPORTED: ("51000", "Parameter tdMode error"),
    Reason.BAD_LEVERAGE: ("59102", "Leverage exceeds the maximum limit. Please lower the leverage."),
    Reason.NO_CHANGE: ("51000", "Parameter newSz error"),
}

# What the same reasons are called where an order is cancelled or amended.
CANCEL: Mapping[Reason, Words] = {
    Reason.UNKNOWN_ORDER: ("51400", "Cancellation failed as the order doesn't exist."),
    Reason.NOT_OPEN: ("51400", "Cancellation failed as the order has been filled, canceled or does not exist."),
}
AMEND: Mapping[Reason, Words] = {
    Reason.UNKNOWN_ORDER: ("51503", "Your order has already been filled or canceled."),
    Reason.NOT_OPEN: ("51503", "Your order has already been filled or canceled."),
}
# A stop or take-profit whose price is reached already, by what it is.
REACHED: Mapping[tuple[bool, bool], Words] = {  # (is a take-profit, sells)
    (True, False): ("51277", "TP trigger price cannot be higher than the last price"),
    (False, False): ("51278", "SL trigger price cannot be lower than the last price"),
    (True, True): ("51279", "TP trigger price cannot be lower than the last price"),
    (False, True): ("51280", "SL trigger price cannot be higher than the last price"),
}


def worded(refusal: Refusal, special: Mapping[Reason, Words] | None = None) -> ApiError:
    return ApiError(*((special or {}).get(refusal.reason) or REFUSALS[refusal.reason]))


def missing(name: str) -> ApiError:
    return ApiError("50014", f"Parameter {name} cannot be empty", status=BAD_REQUEST)


def wrong(name: str) -> ApiError:
    return ApiError("51000", f"Parameter {name} error", status=BAD_REQUEST)


def unknown_instrument() -> ApiError:
    return ApiError(*REFUSALS[Reason.UNKNOWN_SYMBOL])
