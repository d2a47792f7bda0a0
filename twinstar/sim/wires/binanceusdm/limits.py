"""What the futures API allows."""

from __future__ import annotations

from twinstar.sim.wires.binance_common.limits import MINUTE_MS, Orders

WEIGHT_A_MINUTE = 2_400
ORDERS = (Orders(10_000, "10S", "10 SECOND", 300), Orders(MINUTE_MS, "1M", "1 MINUTE", 1_200))
