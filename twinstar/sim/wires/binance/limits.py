"""What the spot API allows."""

from __future__ import annotations

from twinstar.sim.wires.binance_common.limits import Orders

DAY_MS = 86_400_000
WEIGHT_A_MINUTE = 6_000
ORDERS = (Orders(10_000, "10S", "10 SECOND", 100), Orders(DAY_MS, "1D", "1 DAY", 200_000))
