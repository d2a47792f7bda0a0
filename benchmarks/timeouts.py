"""Orders whose answer never comes, thousands of them: is any sent again?

python benchmarks/timeouts.py [--sent 10000]

The stories of the simulation, kills and all, in which every order times out: it never arrived, or it arrived and nobody
says so, or it is still on its way when the service gives up and will arrive later.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections import Counter
from decimal import Decimal
from multiprocessing import get_context
from random import Random

import _tests  # noqa: F401 - before what it makes importable
from _figures import show
from msgspec import Struct
from simulation.checks import violations
from simulation.story import QUANTITY, Story
from simulation.violations import Kind, Violation
from simulation.world import Placed, World

from twinstar.domain import Order
from twinstar.errors import OutcomeUnknown

AT_ONCE = 20  # stories
TIME_OUT_S = 2.0
FATES = ("never arrived", "arrived", "arrived later")


class Unheard(World):
    """A venue that answers no order."""

    def __init__(self, venue_id: str, symbol: str, seed: int, story: Story, *, resident_stops: bool) -> None:
        self.timed_out = Counter[str]()
        self._fates = Random(f"{seed} {venue_id} fates")
        random = Random(f"{seed} {venue_id}")
        super().__init__(venue_id, symbol, random, resident_stops=resident_stops, sent=story.disk.has)
        self.owner_trades = False  # all that is held comes of our orders

    async def place(self, order: Order) -> str:
        if not self.faults:
            return await super().place(order)
        fate = self._fates.choice(FATES)
        self.timed_out[fate] += 1
        if fate != "never arrived":
            self._send(self._arrive, order, late=fate == "arrived later")
        await asyncio.sleep(TIME_OUT_S)
        raise OutcomeUnknown(self.id, "timed out")

    def _fill(self, placed: Placed, quantity: Decimal) -> None:
        super()._fill(placed, quantity)
        if abs(self.ours) > QUANTITY:
            self.crimes.append(Violation(Kind.DOUBLED, f"{self.ours} held, {QUANTITY} wished for: {placed.order}"))


class Unanswered(Story):
    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.unheard = [
            Unheard("perp", "BTC/USDT:USDT", seed, self, resident_stops=True),
            Unheard("spot", "BTC/USDT", seed, self, resident_stops=False),
        ]
        self.worlds = list(self.unheard)


class Told(Struct, frozen=True):
    seed: int
    timed_out: dict[str, int]
    found: list[Violation]


def tell(seed: int) -> Told:
    story = Unanswered(seed)
    try:
        found = list(violations(story.run()))
    except ExceptionGroup as e:  # the service ended by itself
        found = [Violation(Kind.ENDED, repr(e.exceptions))]
    return Told(seed, dict(sum((world.timed_out for world in story.unheard), Counter())), found)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--sent", type=int, default=10_000, help="orders that time out, at least")
    sent = options.parse_args().sent
    timed_out, by_kind, stories = Counter[str](), Counter[Kind](), 0
    with get_context("spawn").Pool(os.cpu_count()) as pool:
        while timed_out.total() < sent:
            for told in pool.imap_unordered(tell, range(stories, stories + AT_ONCE)):
                timed_out.update(told.timed_out)
                for kind, what in told.found:
                    by_kind[kind] += 1
                    print(f"seed {told.seed}: {kind.value}: {what}", file=sys.stderr, flush=True)
            stories += AT_ONCE
    others = by_kind.total() - by_kind[Kind.DOUBLED]
    show("timeouts.duplicates", ours=by_kind[Kind.DOUBLED], unit="orders", stories=stories, other_violations=others)
    show("timeouts.sent", ours=timed_out.total(), unit="orders", **timed_out)


if __name__ == "__main__":
    main()
