"""How Binance refuses, whichever of its markets was asked.

Source: the error code pages of the spot and USD-M docs (2026-01), and messages seen in the wild where they are vague.
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

UNKNOWN_SYMBOL: Words = (-1121, "Invalid symbol.")
UNKNOWN_ON_CANCEL: Words = (-2011, "Unknown order sent.")
UNKNOWN_ON_QUERY: Words = (-2013, "Order does not exist.")
CANCEL: Mapping[Reason, Words] = {
    Reason.UNKNOWN_ORDER: UNKNOWN_ON_CANCEL,
    Reason.NOT_OPEN: UNKNOWN_ON_CANCEL,
}


def worded(refusal: Refusal, words: Mapping[Reason, Words], fields: Mapping[str, object]) -> ApiError:
    code, message = words[refusal.reason]
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


def not_needed(name: str) -> ApiError:
    return ApiError(-1106, f"Parameter '{name.lower()}' sent when not required.")


def not_supported() -> ApiError:
    return ApiError(-1020, "This operation is not supported.")
