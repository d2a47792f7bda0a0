"""The whole service over several lives, against venues that lie, stall and forget: what must never be.

python benchmarks/simulation.py [--seeds 10000] [--first 0] [--venue bithumb_native|lighter] [--workers 2]

Without ``--venue`` two made-up venues; with it the real adapter, over sockets, against the simulated exchange.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter
from functools import partial
from multiprocessing import get_context
from time import perf_counter

import _tests  # noqa: F401 - before what it makes importable
from _figures import show
from loguru import logger
from msgspec import Struct
from simulation import adapter_checks
from simulation.adapter_story import AdapterStory
from simulation.checks import violations
from simulation.story import Story
from simulation.trial import SUBJECTS
from simulation.violations import Kind, Violation


class Told(Struct, frozen=True):
    """What came of a seed. ``exposed_s``: the longest that a position was without a stop, all faults being over."""

    seed: int
    found: list[Violation]
    orders: int
    fills: int
    exposed_s: float


def tell(seed: int) -> Told:
    story = Story(seed)
    try:
        found = list(violations(story.run()))
    except ExceptionGroup as e:  # the service ended by itself
        found = [Violation(Kind.ENDED, repr(e.exceptions))]
    placed = [p for world in story.worlds for p in world.orders.values()]
    fills = sum(len(p.fills) for p in placed)
    return Told(seed, found, len(placed), fills, max(story.exposed_s.values()))


def tell_of_adapter(venue: str, seed: int) -> Told:
    logger.remove()  # spoiled frames by the thousand
    story = AdapterStory(SUBJECTS[venue], seed)
    try:
        found = list(adapter_checks.violations(story.run()))
    except ExceptionGroup as e:  # the service ended by itself
        found = [Violation(Kind.ENDED, repr(e.exceptions))]
    return Told(seed, found, len(story.trial.orders), len(story.trial.executions), story.exposed_s)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seeds", type=int, default=10_000)
    options.add_argument("--first", type=int, default=0)
    options.add_argument("--venue", choices=sorted(SUBJECTS))
    options.add_argument("--workers", type=int, default=os.cpu_count())
    chosen = options.parse_args()
    story = tell if chosen.venue is None else partial(tell_of_adapter, chosen.venue)
    began = perf_counter()
    by_kind: Counter[Kind] = Counter()
    orders, fills, exposed_s = 0, 0, 0.0
    with get_context("spawn").Pool(chosen.workers) as pool:
        for told in pool.imap_unordered(story, range(chosen.first, chosen.first + chosen.seeds), chunksize=4):
            orders, fills, exposed_s = orders + told.orders, fills + told.fills, max(exposed_s, told.exposed_s)
            for kind, what in told.found:
                by_kind[kind] += 1
                print(f"seed {told.seed}: {kind.value}: {what}", file=sys.stderr, flush=True)
    seeds = {"seeds": chosen.seeds, "first": chosen.first, "venue": chosen.venue or "made up"}
    kinds = {kind.value: by_kind[kind] for kind in Kind}
    show("simulation.violations", ours=by_kind.total(), unit="violations", **seeds, orders=orders, fills=fills, **kinds)
    show("simulation.unprotected_longest", ours=exposed_s, unit="s", **seeds)
    show("simulation.seeds_per_second", ours=chosen.seeds / (perf_counter() - began), unit="seeds a second")


if __name__ == "__main__":
    main()
