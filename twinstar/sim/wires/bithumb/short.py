"""The short names of the private frames. The public ones are Upbit's; of those that Bithumb documents, these are some
(2026-11-13: code to time_in_force, order_*, trade_id, trade_price), the rest follows their pattern.
"""

from __future__ import annotations

from collections.abc import Mapping

from twinstar.sim.wires.krw.short import SHORT

BITHUMB_SHORT: Mapping[str, str] = {
    **SHORT,
    "order_id": "oid",
    "client_order_id": "coid",
    "side": "sd",
    "order_type": "ot",
    "state": "s",
    "time_in_force": "tif",
    "order_price": "op",
    "order_quantity": "oq",
    "order_amount": "oa",
    "order_timestamp": "otms",
    "executed_quantity": "eq",
    "executed_amount": "ea",
    "remaining_quantity": "rq",
    "paid_fee": "pf",
    "remaining_fee": "rmf",
    "trade_id": "tid",
    "trade_quantity": "tq",
    "trade_amount": "ta",
    "trade_fee": "tf",
    "cancel_type": "ct",
    "canceling_order_id": "coroid",
    "locked": "l",
}
