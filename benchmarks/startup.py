"""How soon the command line answers, against the import that most such programs begin with.

python benchmarks/startup.py [--runs 9]
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from statistics import median
from time import perf_counter

from _figures import show

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


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--runs", type=int, default=9)
    runs = options.parse_args().runs
    for arguments in PROGRAMS.values():  # once unmeasured: bytecode is written, files are in memory
        seconds(arguments)
    # In turns, so that whatever else the machine does disturbs all alike.
    taken = [{name: seconds(arguments) for name, arguments in PROGRAMS.items()} for _ in range(runs)]
    typical = {name: median(run[name] for run in taken) for name in PROGRAMS}
    other, bare = typical["import_ccxt"], round(typical["python"], 4)
    show("startup.help_vs_import_ccxt", ours=typical["help"], other=other, unit="s", runs=runs, bare_python=bare)
    show("startup.version", ours=typical["version"], other=other, unit="s", runs=runs, bare_python=bare)


if __name__ == "__main__":
    main()
