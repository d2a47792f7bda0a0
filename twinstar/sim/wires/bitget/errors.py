"""Bitget's refusals: its codes and words. They come with HTTP 400, where nothing else is said.

Source: bitget.com/api-doc/contract/error-code/restapi (2025), and the answers that ccxt 4.5.90 quotes.
"""

from __future__ import annotations

from collections.abc import Mapping

from twinstar.sim.model import Reason, Refusal, Side

BAD_REQUEST, NOT_FOUND, TOO_MANY = 400, 404, 429
Words = tuple[str, str]


class ApiError(Exception):
    """Answered as ``{"code": …, "msg": …, "data": null}``."""

    def __init__(self, code: str, message: str, *, status: int = BAD_REQUEST) -> None:
        super().__init__(f"{code} {message}")
        self.code = code
        self.message = message
        self.status = status


NO_DATA: Words = ("40109", "The data of the order cannot be found, please confirm the order number")
NO_PLAN: Words = ("43025", "Plan order does not exist")
DUPLICATE: Words = ("40786", "Duplicate clientOid")
NO_POSITION: Words = ("43023", "Insufficient position, can not set profit or stop loss")
UNIFIED: Words = (
    "40085",
    "You are in Unified Account mode, and the Classic Account API is not supported at this time",
)
NOT_UNIFIED: Words = ("25245", "The account is not the unified account mode")

REFUSALS: Mapping[Reason, Words] = {
    Reason.UNKNOWN_SYMBOL: ("40034", "Parameter symbol does not exist"),
    Reason.BAD_TICK: ("45115", "The price you enter should be a multiple of the price step"),
    Reason.BAD_LOT: ("40808", "Parameter verification exception size checkBDScale error"),
    Reason.TOO_SMALL: ("45111", "less than the minimum order quantity"),
    Reason.TOO_CHEAP: ("45110", "less than the minimum amount 5 USDT"),
    Reason.BAD_VALUE: ("40017", "Parameter verification failed size"),
    Reason.NO_FUNDS: ("40762", "The order amount exceeds the balance"),
    Reason.DUPLICATE_CLIENT_ID: DUPLICATE,
    Reason.UNKNOWN_ORDER: ("40768", "Order does not exist"),
    Reason.NOT_OPEN: ("22001", "No order to cancel"),
    Reason.WOULD_TRIGGER: ("43034", "The trigger price should be ≤ the current market price"),
    Reason.NOT_REDUCING: ("22002", "No position to close"),
    Reason.WOULD_TAKE: ("40805", "Unsupported operation"),
    Reason.NOT_SUPPORTED: ("40805", "Unsupported operation"),
    Reason.BAD_LEVERAGE: ("43050", "Leverage exceeds the effective range"),
    Reason.NO_CHANGE: ("40923", "Order size and price have not changed"),
}
PLANS: Mapping[Reason, Words] = {
    Reason.UNKNOWN_ORDER: NO_PLAN,
    Reason.NOT_OPEN: ("43026", "The planned order has been closed"),
}
# A trigger price that is reached already, by what waits for it.
REACHED: Mapping[tuple[bool, Side], Words] = {  # (is a take-profit, which way it closes)
    (False, Side.SELL): ("40917", "Stop price for long positions please < mark price"),
    (False, Side.BUY): ("45122", "Short position stop loss price please > mark price"),
    (True, Side.SELL): ("40915", "Long position take profit price please > mark price"),
    (True, Side.BUY): ("40832", "The take profit price of short positions should be less than the current price"),
}


def worded(refusal: Refusal, special: Mapping[Reason, Words] | None = None) -> ApiError:
    return ApiError(*((special or {}).get(refusal.reason) or REFUSALS[refusal.reason]))


def missing(name: str) -> ApiError:
    return ApiError("40019", f"Parameter {name} cannot be empty")


def wrong(name: str) -> ApiError:
    return ApiError("40020", f"Parameter {name} error")


def unknown_symbol() -> ApiError:
    return ApiError(*REFUSALS[Reason.UNKNOWN_SYMBOL])
