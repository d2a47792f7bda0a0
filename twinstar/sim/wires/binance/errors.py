"""What the spot API refuses, in its words; a broken rule of the market is a failed filter."""

from __future__ import annotations

from collections.abc import Mapping

from twinstar.sim.model import Reason
from twinstar.sim.wires.binance_common.errors import UNKNOWN_ON_QUERY, UNKNOWN_SYMBOL, ApiError, Words

REFUSALS: Mapping[Reason, Words] = {
    Reason.UNKNOWN_SYMBOL: UNKNOWN_SYMBOL,
    Reason.BAD_TICK: (-1013, "Filter failure: PRICE_FILTER"),
    Reason.BAD_LOT: (-1013, "Filter failure: LOT_SIZE"),
    Reason.TOO_SMALL: (-1013, "Filter failure: LOT_SIZE"),
    Reason.TOO_CHEAP: (-1013, "Filter failure: NOTIONAL"),
    Reason.BAD_VALUE: (-1102, "A mandatory parameter was not sent, was empty/null, or malformed."),
    Reason.NO_FUNDS: (-2010, "Account has insufficient balance for requested action."),
    Reason.DUPLICATE_CLIENT_ID: (-2010, "Duplicate order sent."),
    Reason.UNKNOWN_ORDER: UNKNOWN_ON_QUERY,
    Reason.NOT_OPEN: UNKNOWN_ON_QUERY,
    Reason.WOULD_TRIGGER: (-2010, "Stop price would trigger immediately."),
    Reason.WOULD_TAKE: (-2010, "Order would immediately match and take."),
    Reason.NOT_SUPPORTED: (-1020, "This operation is not supported."),
}


def failed(filter_type: str) -> ApiError:
    return ApiError(-1013, f"Filter failure: {filter_type}")
