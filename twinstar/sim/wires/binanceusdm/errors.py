"""What the futures API refuses, in its words."""

from __future__ import annotations

from collections.abc import Mapping

from twinstar.sim.model import Reason
from twinstar.sim.wires.binance_common.errors import UNKNOWN_ON_QUERY, UNKNOWN_SYMBOL, Words

WOULD_TAKE = (
    "Due to the order could not be executed as maker, the Post Only order will be rejected. "
    "The order will not be recorded in the order history"
)

REFUSALS: Mapping[Reason, Words] = {
    Reason.UNKNOWN_SYMBOL: UNKNOWN_SYMBOL,
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

MARGIN_MODE: Mapping[Reason, Words] = {
    Reason.NO_CHANGE: (-4046, "No need to change margin type."),
    Reason.NOT_SUPPORTED: (-4048, "Margin type cannot be changed if there exists position."),
}
