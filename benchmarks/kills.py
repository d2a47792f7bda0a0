"""``kill -9`` of a real service that trades on the simulated exchange, at named points and whenever it happens to be.

python benchmarks/kills.py [--kills 300] [--seed 1] [--venue bithumb_native | lighter]

After each kill it is started again, on the same state, against the exchange that went on meanwhile; it must find out by
itself. Then the market stands still and its books are compared with the exchange's own ledger.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from random import Random
from statistics import median, quantiles

import _tests  # noqa: F401 - before what it makes importable
import network_guard
from _figures import show
from e2e.kills import BITHUMB, BY_CCXT, LIGHTER, Restless, begin, differences, kill, restless
from e2e.running import Service

from twinstar.domain import OrderStatus

VENUES = {"ccxt": BY_CCXT, "bithumb_native": BITHUMB, "lighter": LIGHTER}


def kills(service: Service, what: Restless, prefix: str, count: int, random: Random) -> None:
    begin(service, what)
    took_s, in_flight, found, missed = [], 0, 0, 0
    for number in range(count):
        point = what.points[number % len(what.points)]
        missed += not kill(service, point, random)
        in_flight += len(list(service.journaled().with_status(OrderStatus.SUBMITTED)))
        took_s.append(begin(service, what))
        for difference in differences(service, what):
            found += 1
            print(f"kill {number} ({point}): {difference}", file=sys.stderr, flush=True)
    orders = len(service.journaled().orders)
    more = {"points": len(what.points) - 1, "missed": missed, "orders": orders, "in_flight": in_flight}
    show(f"{prefix}.violations", ours=found, unit="violations", kills=count, **more)
    took = {"p50": median(took_s), "p99": quantiles(took_s, n=100, method="inclusive")[98]}
    for which, ours in took.items():
        show(f"{prefix}.restart_to_reconciled_{which}", ours=ours, unit="s", kills=count)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--kills", type=int, default=300)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--venue", choices=VENUES, default="ccxt", help="ccxt: Binance and Upbit, at once")
    chosen = options.parse_args()
    what = VENUES[chosen.venue]
    prefix = "kills" if what is BY_CCXT else f"kills.{chosen.venue}"
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        with (
            network_guard.child_environment(directory / "guard") as environment,
            restless(directory, environment | {"TWINSTAR_RUNTIME_DIR": name}, what) as service,
        ):
            kills(service, what, prefix, chosen.kills, Random(chosen.seed))


if __name__ == "__main__":
    main()
