"""How soon the command line answers and a service trades, against what most such programs begin with.

python benchmarks/startup.py [--only command|venue] [--runs 9]
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from time import monotonic, perf_counter, sleep

import _started
from _figures import show

PARTS = ("command", "venue")

PROGRAMS = {
    "help": ("-m", "twinstar", "start", "--help"),
    "version": ("-m", "twinstar", "version"),
    "import_ccxt": ("-c", "import ccxt.pro"),
    "python": ("-c", "pass"),
}


# As Python is by default: where this is set, each start would compile all that it imports.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def seconds(arguments: tuple[str, ...]) -> float:
    began = perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, env=ENVIRONMENT, stdout=subprocess.DEVNULL)
    return perf_counter() - began


def commands(runs: int) -> None:
    for arguments in PROGRAMS.values():  # once unmeasured: bytecode is written, files are in memory
        seconds(arguments)
    # In turns, so that whatever else the machine does disturbs all alike.
    taken = [{name: seconds(arguments) for name, arguments in PROGRAMS.items()} for _ in range(runs)]
    typical = {name: median(run[name] for run in taken) for name in PROGRAMS}
    other, bare = typical["import_ccxt"], round(typical["python"], 4)
    show("startup.help_vs_import_ccxt", ours=typical["help"], other=other, unit="s", runs=runs, bare_python=bare)
    show("startup.version", ours=typical["version"], other=other, unit="s", runs=runs, bare_python=bare)


@contextmanager
def exchange(directory: Path) -> Iterator[None]:
    """The simulated one, serving until the end of the block."""
    (directory / "config.yaml").write_text(json.dumps(_started.CONFIG), encoding="utf-8")
    places = ("-c", str(directory / "config.yaml"), "--state-dir", str(directory / "state"))
    served = directory / "state" / "sim" / "sim.json"
    process = subprocess.Popen([sys.executable, "-m", "twinstar", "sim", *places], stdout=subprocess.DEVNULL)
    try:
        while not served.exists() or json.loads(served.read_text(encoding="utf-8"))["pid"] is None:
            sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait()


def started(side: str, directory: Path) -> tuple[float, float]:
    """Seconds and MB."""
    command = [sys.executable, _started.__file__, side, str(monotonic()), str(directory)]
    done = subprocess.run(command, check=True, env=ENVIRONMENT, capture_output=True, text=True)
    took_s, held_mb = done.stdout.split()
    return float(took_s), float(held_mb)


def venue(runs: int) -> None:
    with tempfile.TemporaryDirectory() as name, exchange(Path(name)):
        for side in _started.SIDES:
            started(side, Path(name))
        taken = [{side: started(side, Path(name)) for side in _started.SIDES} for _ in range(runs)]
    for number, (what, unit) in enumerate((("time", "s"), ("rss", "MB"))):
        typical = {side: median(run[side][number] for run in taken) for side in _started.SIDES}
        show(f"startup.venue_{what}", ours=typical["ours"], other=typical["other"], unit=unit, runs=runs)
        show(f"startup.exchange_{what}", ours=typical["exchange"], other=typical["other"], unit=unit, runs=runs)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--only", choices=PARTS, action="append")
    options.add_argument("--runs", type=int, default=9)
    chosen = options.parse_args()
    parts = chosen.only or PARTS
    if "command" in parts:
        commands(chosen.runs)
    if "venue" in parts:
        venue(chosen.runs)


if __name__ == "__main__":
    main()
