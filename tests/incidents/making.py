"""Makes the incident that lies beside it anew: ``python tests/incidents/making.py``, in half a minute.

A service at the simulated exchange is left without an answer to an order, is killed while it trades, and goes on.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from e2e.running import Service, is_settled

CONFIG = """
venues:
  {venue}:
    mode: sim
    type: {type}
    instruments: ['{symbol}']
    sim: {{balances: {{{quote}: 100000}}}}
strategies:
  restless:
    type: ma_cross
    instruments: ['{symbol}@{venue}']
    fast: 1
    slow: 2
    stop_percent: 0.3
    notional: 3000
    short: {short}
sim: {{seed: 5, speed: 120, history: 60}}
tapes: {{}}
"""
UNANSWERED = {"on": "rest", "kind": "drop", "match": "POST .*order", "count": 1}


def main(venue: str = "bybit", symbol: str = "BTC/USDT:USDT", kind: str = "ccxt") -> None:
    here = Path(__file__).parent
    quote = symbol.partition("/")[2].partition(":")[0]
    with TemporaryDirectory() as scratch:
        config = Path(scratch) / "config.yaml"
        config.write_text(
            CONFIG.format(venue=venue, symbol=symbol, type=kind, quote=quote, short=str(":" in symbol).lower()),
            encoding="utf-8",
        )
        service = Service(config, Path(scratch) / "state", dict(os.environ))
        try:
            _happen(service, venue)
            at = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}"
            output = here / f"killed-in-doubt-{venue}.zip"
            asked = ["incident", at, "--around", "5m", "-c", str(config), "-o", str(output)]
            subprocess.run(
                [sys.executable, "-m", "twinstar", *asked, "--state-dir", str(service.state_dir)], check=True
            )
        finally:
            service.end()


def _happen(service: Service, venue: str) -> None:
    service.start()
    service.wait(lambda status: _filled(status) >= 3)
    service.tell_sim(venue, "faults", [UNANSWERED])
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
