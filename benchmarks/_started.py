"""Start once, in a process of its own, against a simulated exchange that serves already.

python benchmarks/_started.py ours|exchange|other BEGAN_S DIRECTORY prints seconds since BEGAN_S (monotonic), and MB.
"""

from __future__ import annotations

import asyncio
import json
import sys
from importlib import import_module
from pathlib import Path
from time import monotonic
from typing import Any

VENUE, SYMBOL = "binanceusdm", "BTC/USDT:USDT"
CONFIG = {
    "version": "1",
    "venues": {VENUE: {"mode": "sim", "instruments": [SYMBOL]}},
    "sim": {"seed": 1, "history": 5},
    "log": {"level": "ERROR"},
}
LOOKS_EVERY_S = 0.01


def tell(began_s: float) -> None:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    print(monotonic() - began_s, int(status.partition("VmRSS:")[2].split()[0]) / 1_024)


async def ours(directory: Path, began_s: float) -> None:
    """The whole service, until its venue is live: account read, streams open, history read."""
    from twinstar.builtin import plugins as builtin_plugins  # noqa: PLC0415 - not in the other's process
    from twinstar.config import load  # noqa: PLC0415 - see above
    from twinstar.plugin import Plugins  # noqa: PLC0415 - see above
    from twinstar.runtime.clock import SystemClock  # noqa: PLC0415 - see above

    plugins = Plugins(builtin_plugins(), third_party=False)
    stop = asyncio.Event()

    def look(status: Any) -> None:
        if status.venues[0].state == "live" and not stop.is_set():
            tell(began_s)
            stop.set()

    app = import_module("twinstar.app.run")
    app.SHOW_EVERY_S = LOOKS_EVERY_S
    settings = load(directory / "config.yaml", plugins.registry, directory / "state")
    await app.run(settings, plugins=plugins, clock=SystemClock(), stop=stop, show=look)


async def exchange(directory: Path, began_s: float) -> None:
    """Of ours the exchange alone."""
    from twinstar.builtin.ccxt.lazy import exchange_class, prepare  # noqa: PLC0415 - see above

    prepare()
    await _markets(exchange_class(VENUE), directory, began_s)


async def other(directory: Path, began_s: float) -> None:
    """What every program that uses ccxt begins with."""
    import ccxt.pro  # noqa: PLC0415 - not in our process

    await _markets(getattr(ccxt.pro, VENUE), directory, began_s)


async def _markets(kind: Any, directory: Path, began_s: float) -> None:
    served = json.loads((directory / "state" / "sim" / "sim.json").read_text(encoding="utf-8"))["venues"][VENUE]
    keys = {"apiKey": served["api_key"], "secret": served["secret"]}
    exchange = kind({**keys, "timeout_on_exit": 0, "options": {"fetchMargins": False}})
    exchange.has = {**exchange.has, "fetchCurrencies": False}  # as ours: the simulated exchange has no wallet to list
    exchange.urls["api"] = _rerouted(exchange.urls["api"], f"http://127.0.0.1:{served['port']}")
    await exchange.load_markets()
    assert SYMBOL in exchange.markets
    tell(began_s)
    await exchange.close()


def _rerouted(urls: object, to: str) -> object:
    if isinstance(urls, dict):
        return {name: _rerouted(url, to) for name, url in urls.items()}
    return f"{to}/{urls.partition('://')[2]}" if isinstance(urls, str) and "://" in urls else urls


SIDES = {"ours": ours, "exchange": exchange, "other": other}

if __name__ == "__main__":
    asyncio.run(SIDES[sys.argv[1]](Path(sys.argv[3]), float(sys.argv[2])))
