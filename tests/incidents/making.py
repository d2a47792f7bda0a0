"""Makes one of the incidents that lie beside it anew: ``python tests/incidents/making.py lighter``, in half a minute.

A service at the simulated exchange is left without an answer to an order, is killed while it trades, and goes on.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from e2e.running import Service, is_settled
from msgspec import Struct, structs

CONFIG = """
venues:
  {venue}:
    mode: sim
    type: {type}
    instruments: ['{symbol}']
    timeout_s: 1
    sim:
      balances: {{{quote}: {balance}}}
      markets: {{'{symbol}': {{volatility: 0.02}}}}  # books change little, and so the tapes are short
strategies:
  restless:
    type: ma_cross
    instruments: ['{symbol}@{venue}']
    fast: 1
    slow: 2
    stop_percent: 0.3
    notional: {notional}
    short: {short}
sim: {{seed: 5, speed: 120, history: 60}}
tapes: {{}}
"""
Fault = Mapping[str, object]
UNANSWERED: Fault = {"on": "rest", "kind": "drop", "match": "POST .*order", "count": 1}
# Over a socket: neither the answer is heard, nor what becomes of it.
UNHEARD: Fault = {"on": "ws", "kind": "lose", "frame": "jsonapi/sendtx|account_all_", "count": 3}


class Scene(Struct, frozen=True):
    type: str
    symbol: str
    balance: int
    notional: int
    fault: Fault


SCENES = {
    "bybit": Scene("ccxt", "BTC/USDT:USDT", 100_000, 3_000, UNANSWERED),
    "bithumb": Scene("bithumb_native", "BTC/KRW", 1_000_000_000, 4_000_000, UNANSWERED),
    "lighter": Scene("lighter", "BTC/USDC:USDC", 100_000, 3_000, UNHEARD),
}


def main(venue: str = "bybit") -> None:
    scene = SCENES[venue]
    words = {"quote": scene.symbol.partition("/")[2].partition(":")[0], "short": str(":" in scene.symbol).lower()}
    with TemporaryDirectory() as scratch:
        config = Path(scratch) / "config.yaml"
        config.write_text(CONFIG.format(venue=venue, **structs.asdict(scene), **words), encoding="utf-8")
        service = Service(config, Path(scratch) / "state", dict(os.environ))
        try:
            _happen(service, venue, scene.fault)
            at = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}"
            output = Path(__file__).with_name(f"killed-in-doubt-{venue}.zip")
            asked = ["incident", at, "--around", "5m", "-c", str(config), "-o", str(output)]
            subprocess.run(
                [sys.executable, "-m", "twinstar", *asked, "--state-dir", str(service.state_dir)], check=True
            )
        finally:
            service.end()


def _happen(service: Service, venue: str, fault: Fault) -> None:
    service.start()
    service.wait(lambda status: _filled(status) >= 3)
    service.tell_sim(venue, "faults", [fault])
    service.wait(lambda status: _filled(status) >= 5)
    service.kill()
    service.start()
    status = service.wait(is_settled)
    service.wait(lambda later: _filled(later) > _filled(status) + 2)
    time.sleep(0.5)
    service.stop()


def _filled(status: dict[str, Any]) -> int:
    return sum(venue["orders"]["filled"] for venue in status["venues"])


if __name__ == "__main__":
    main(*sys.argv[1:])
