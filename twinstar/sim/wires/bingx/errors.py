"""BingX's refusals: its codes and words, most of them with HTTP 200.

Source: bingx-api.github.io/docs, swapV2, common error codes (read in a public copy of 2025), and the answers that ccxt
4.5.90 quotes. Where the pages name a code but no words, the words are ours.
"""

from __future__ import annotations

from collections.abc import Mapping

from twinstar.sim.model import Reason, Refusal

Words = tuple[int, str]


class ApiError(Exception):
    """Answered as ``{"code": …, "msg": …, "data": {}}``."""

    def __init__(self, code: int, message: str, *, status: int = 200) -> None:
        super().__init__(f"{code} {message}")
        self.code = code
        self.message = message
        self.status = status


NO_ORDER: Words = (109421, "order not exist")
FILLED: Words = (80018, "order is already filled")
DUPLICATE: Words = (101481, "The clientOrderId already exists")
NO_POSITION: Words = (101205, "No position to close")
HAS_ORDERS: Words = (
    101212,
    "Failed. Please check if you have pending orders under the trading pair. If yes, please cancel them and try again",
)

REFUSALS: Mapping[Reason, Words] = {
    Reason.UNKNOWN_SYMBOL: (109425, "symbol not exist, please verify it in api: /openApi/swap/v2/quote/contracts"),
    Reason.BAD_TICK: (109400, "Invalid parameters, err:price precision"),
    Reason.BAD_LOT: (109400, "Invalid parameters, err:quantity precision"),
    Reason.TOO_SMALL: (101400, "The minimum order amount is not reached."),
    Reason.TOO_CHEAP: (
        110425,
        "Please ensure that the minimum nominal value of the order placed must be greater than 2u",
    ),
    Reason.BAD_VALUE: (109400, "Invalid parameters, err:quantity"),
    Reason.NO_FUNDS: (101204, "Insufficient margin"),
    Reason.DUPLICATE_CLIENT_ID: DUPLICATE,
    Reason.UNKNOWN_ORDER: NO_ORDER,
    Reason.NOT_OPEN: NO_ORDER,
    Reason.WOULD_TRIGGER: (101400, "The stop price is reached already."),
    Reason.NOT_REDUCING: NO_POSITION,
    Reason.WOULD_TAKE: (
        101215,
        "The Maker (Post Only) order would immediately match with available orders in the market, it will be canceled.",
    ),
    Reason.NOT_SUPPORTED: (80014, "Invalid parameters, err:not supported"),
    Reason.BAD_LEVERAGE: (101414, "The maximum leverage for the trading pair is exceeded, please reduce the leverage"),
    Reason.NO_CHANGE: (109400, "Invalid parameters, err:nothing changes"),
}


def worded(refusal: Refusal) -> ApiError:
    return ApiError(*REFUSALS[refusal.reason])


def missing(name: str) -> ApiError:
    return ApiError(109400, f"Invalid parameters, err:{name}: This field is required")


def wrong(name: str) -> ApiError:
    return ApiError(109400, f"Invalid parameters, err:{name}: The value is invalid")


def unknown_symbol() -> ApiError:
    return ApiError(*REFUSALS[Reason.UNKNOWN_SYMBOL])
