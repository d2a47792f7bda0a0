"""Binance's refusals: its codes, words and HTTP status.

Source: the error code page of the USD-M Futures docs (2026-01), and messages seen in the wild where it is vague.
"""

from __future__ import annotations

from collections.abc import Mapping

from twinstar.sim.model import Reason, Refusal


class ApiError(Exception):
    """An answer ``{"code": …, "msg": …}``."""

    def __init__(self, code: int, message: str, *, status: int = 400, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(f"{code} {message}")
        self.code = code
        self.message = message
        self.status = status
        self.headers = dict(headers or {})


Words = tuple[int, str]  # the code, and the message with its {placeholders}

UNKNOWN_ON_CANCEL: Words = (-2011, "Unknown order sent.")
UNKNOWN_ON_QUERY: Words = (-2013, "Order does not exist.")

WOULD_TAKE = (
    "Due to the order could not be executed as maker, the Post Only order will be rejected. "
    "The order will not be recorded in the order history"
)

REFUSALS: Mapping[Reason, Words] = {
    Reason.UNKNOWN_SYMBOL: (-1121, "Invalid symbol."),
    Reason.BAD_TICK: (-4014, "Price not increased by tick size."),
    Reason.BAD_LOT: (-4023, "Qty not increased by step size."),
    Reason.TOO_SMALL: (-4004, "Quantity less than min quantity."),
    Reason.TOO_CHEAP: (
        -4164,
        "Order's notional must be no smaller than {min_notional} (unless you choose reduce only).",
    ),
    Reason.BAD_VALUE: (
        -1102,
        "A mandatory parameter was not sent, was empty/null, or malformed.",
    ),
    Reason.NO_FUNDS: (-2019, "Margin is insufficient."),
    Reason.DUPLICATE_CLIENT_ID: (-4116, "ClientOrderId is duplicated."),
    Reason.UNKNOWN_ORDER: UNKNOWN_ON_QUERY,
    Reason.NOT_OPEN: UNKNOWN_ON_QUERY,
    Reason.WOULD_TRIGGER: (-2021, "Order would immediately trigger."),
    Reason.NOT_REDUCING: (-2022, "ReduceOnly Order is rejected."),
    Reason.WOULD_TAKE: (-5022, WOULD_TAKE),
    Reason.NOT_SUPPORTED: (-1020, "This operation is not supported."),
    Reason.BAD_LEVERAGE: (-4028, "Leverage {leverage} is not valid"),
    Reason.NO_CHANGE: (-5027, "No need to modify the order."),
}

CANCEL: Mapping[Reason, Words] = {
    Reason.UNKNOWN_ORDER: UNKNOWN_ON_CANCEL,
    Reason.NOT_OPEN: UNKNOWN_ON_CANCEL,
}
MARGIN_MODE: Mapping[Reason, Words] = {
    Reason.NO_CHANGE: (-4046, "No need to change margin type."),
    Reason.NOT_SUPPORTED: (-4048, "Margin type cannot be changed if there exists position."),
}


def worded(refusal: Refusal, special: Mapping[Reason, Words], fields: Mapping[str, object]) -> ApiError:
    """The venue's words for a refusal; ``special`` are those of the endpoint that was asked."""
    code, message = special.get(refusal.reason) or REFUSALS[refusal.reason]
    return ApiError(code, message.format_map(fields))


def missing(name: str) -> ApiError:
    return ApiError(-1102, f"Mandatory parameter '{name.lower()}' was not sent, was empty/null, or malformed.")


def one_of_missing(first: str, second: str) -> ApiError:
    return ApiError(
        -1102,
        f"Param '{first.lower()}' or '{second.lower()}' must be sent, but both were empty/null!",
    )


def illegal(name: str, legal: str) -> ApiError:
    return ApiError(-1100, f"Illegal characters found in parameter '{name.lower()}'; legal range is '{legal}'.")


def invalid(name: str) -> ApiError:
    return ApiError(-1130, f"Data sent for parameter '{name}' is not valid.")


def not_supported() -> ApiError:
    code, message = REFUSALS[Reason.NOT_SUPPORTED]
    return ApiError(code, message)
