"""Storms on lanes of nonces: whatever is refused, lost, late or killed, nothing blocks and nothing doubles."""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from random import Random

import pytest

import twinstar as ts
from twinstar.testing import run_virtual
from twinstar_lighter.nonces import Lane, Lanes, NotSent, Place, Refused

SEEDS = int(os.environ.get("LIGHTER_NONCE_SEEDS", "1000"))
SLOTS = (4, 5, 6)
ORDERS = 24


class Lost(Exception):
    """No answer came."""


class Venue:
    """Takes exactly the next nonce of each key; forgets nothing."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self.last = dict.fromkeys(SLOTS, 0)
        self.taken: list[str] = []
        self.late: list[tuple[Place, str]] = []

    async def next_nonce(self, slot: int) -> int:
        await asyncio.sleep(self._random.random())
        return self.last[slot] + 1

    def arrive(self, place: Place, order: str) -> None:
        if place.nonce != self.last[place.slot] + 1:
            raise Refused(21104, "invalid nonce")
        if self._random.random() < 0.15:
            raise Refused(21739, "not enough margin")
        self.last[place.slot] = place.nonce
        self.taken.append(order)

    async def send(self, place: Place, order: str) -> str:
        """Over a line on which some are lost, some arrive much later than we wait, and some answers are lost."""
        fate = self._random.random()
        if fate < 0.04:
            raise NotSent
        await asyncio.sleep(self._random.random())
        if fate < 0.10:
            raise Lost
        if fate < 0.18:
            self.late.append((place, order))
            raise Lost
        self.arrive(place, order)
        await asyncio.sleep(self._random.random())
        if fate < 0.26:
            raise Lost
        return order

    def deliver_late(self) -> None:
        for place, order in self.late[:]:
            with suppress(Refused):
                self.arrive(place, order)
        self.late.clear()


async def storm(seed: int) -> None:  # noqa: C901 - one story, told by those who are in it
    random = Random(seed)
    venue = Venue(random)
    known: dict[str, str] = {}

    async def one(lanes: Lanes, order: str) -> None:
        async def send(place: Place) -> str:
            await asyncio.sleep(0.004)  # the signature; a kill may come here
            return await venue.send(place, order)

        await asyncio.sleep(random.random() * 3)
        try:
            await lanes.send(send)
            known[order] = "taken"
        except (Refused, NotSent):
            known[order] = "refused"
        except Lost:
            known[order] = "in doubt"

    async def life(orders: list[str], killed_after_s: float) -> None:
        lanes = Lanes(SLOTS, venue.next_nonce)
        with suppress(TimeoutError):
            async with asyncio.timeout(killed_after_s), asyncio.TaskGroup() as tasks:
                for order in orders:
                    tasks.create_task(one(lanes, order))
                tasks.create_task(weather())

    async def weather() -> None:
        for _ in range(10):
            await asyncio.sleep(random.random())
            venue.deliver_late()

    names = [f"{life}-{n}" for life in range(3) for n in range(ORDERS // 3)]
    for first in range(0, ORDERS, ORDERS // 3):
        await life(names[first : first + ORDERS // 3], random.choice([1.5, 3.0, 60.0]))
    assert len(venue.taken) == len(set(venue.taken)), "an order was doubled"
    assert all(order in venue.taken for order, end in known.items() if end == "taken")
    assert not any(order in venue.taken for order, end in known.items() if end == "refused")
    for slot in SLOTS:
        await goes_on(venue, slot)


async def goes_on(venue: Venue, slot: int) -> None:
    """Nothing blocks: on every lane the next transaction goes through, with the very next number."""
    before = venue.last[slot]

    async def send(place: Place) -> int:
        assert place.nonce == before + 1
        venue.last[slot] = place.nonce
        return place.nonce

    assert await Lane(slot, venue.next_nonce).send(send) == before + 1


@pytest.mark.parametrize("first", range(0, SEEDS, 50))
def test_in_a_storm_no_order_is_doubled_and_no_lane_is_blocked(first: int) -> None:
    for seed in range(first, min(first + 50, SEEDS)):
        run_virtual(storm(seed))


def test_a_process_that_dies_between_signing_and_sending_leaves_no_hole() -> None:
    async def story() -> None:
        venue = Venue(Random(1))

        async def dies(place: Place) -> str:
            await asyncio.sleep(3_600)
            raise AssertionError("it should be dead by now")

        with pytest.raises(TimeoutError):
            async with asyncio.timeout(10):
                await Lane(4, venue.next_nonce).send(dies)
        await goes_on(venue, 4)

    run_virtual(story())


@pytest.mark.parametrize("error", [Refused(21739, "margin"), NotSent()])
def test_a_refusal_spends_no_nonce_and_asks_nobody(error: Exception) -> None:
    async def story() -> None:
        asked, seen = [], []

        async def ask(slot: int) -> int:
            asked.append(slot)
            return 7

        async def refused(place: Place) -> None:
            seen.append(place.nonce)
            raise error

        lane = Lane(4, ask)
        for _ in range(3):
            with pytest.raises(type(error)):
                await lane.send(refused)
        assert (asked, seen) == ([4], [7, 7, 7])

    run_virtual(story())


def test_one_that_is_refused_for_its_nonce_is_signed_anew_once() -> None:
    async def story() -> None:
        answers = iter([7, 9])
        seen = []

        async def ask(slot: int) -> int:
            return next(answers)

        async def refused(place: Place) -> None:
            seen.append(place.nonce)
            raise Refused(21104, "invalid nonce")

        with pytest.raises(Refused):
            await Lane(4, ask).send(refused)
        assert seen == [7, 9]

    run_virtual(story())


class Account:
    """What a venue with two keys has taken, and one transaction that is still on its way."""

    def __init__(self) -> None:
        self.next = {4: 1, 5: 1}
        self.taken: list[str] = []
        self.lost: tuple[Place, str] | None = None

    async def ask(self, slot: int) -> int:
        return self.next[slot]

    def take(self, place: Place, what: str) -> None:
        if place.nonce != self.next[place.slot]:
            raise Refused(21104, "invalid nonce")
        self.next[place.slot] += 1
        self.taken.append(what)

    async def lose(self, place: Place) -> None:
        self.lost = place, "lost"
        raise Lost

    def deliver(self) -> None:
        assert self.lost is not None
        with suppress(Refused):
            self.take(*self.lost)


def test_what_takes_the_place_of_a_lost_one_goes_by_its_key_so_that_never_both_are_there() -> None:
    async def story() -> None:
        account = Account()
        lanes = Lanes((4, 5), account.ask)

        async def slow(place: Place) -> None:
            await asyncio.sleep(1)
            account.take(place, "slow")

        async def instead(place: Place) -> None:
            account.take(place, "instead")

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(lanes.send(slow))
            await asyncio.sleep(0)
            with pytest.raises(Lost):
                await lanes.send(account.lose)
        await lanes.send(instead)  # the other key is as free
        account.deliver()
        assert account.taken == ["slow", "instead"]

    run_virtual(story())


def test_a_lost_one_that_arrives_just_before_what_was_to_take_its_place_is_the_only_one() -> None:
    async def story() -> None:
        account = Account()
        lanes = Lanes((4, 5), account.ask)
        with pytest.raises(Lost):
            await lanes.send(account.lose)

        async def instead(place: Place) -> None:
            if not account.taken:
                account.deliver()
            account.take(place, "instead")

        with pytest.raises(NotSent):
            await lanes.send(instead)
        assert account.taken == ["lost"]
        await lanes.send(instead)  # decided anew, knowing it
        assert account.taken == ["lost", "instead"]

    run_virtual(story())


def test_several_keys_send_side_by_side_and_one_key_one_after_another() -> None:
    async def took(slots: tuple[int, ...]) -> float:
        async def ask(slot: int) -> int:
            return 1

        async def send(place: Place) -> None:
            await asyncio.sleep(1)

        lanes, loop = Lanes(slots, ask), asyncio.get_running_loop()
        began = loop.time()
        await asyncio.gather(*(lanes.send(send) for _ in range(8)))
        return loop.time() - began

    assert run_virtual(took((4,))) == pytest.approx(8)
    assert run_virtual(took((4, 5, 6, 7))) == pytest.approx(2)


class Queue:
    """A key that takes a second for each transaction, and what went by it."""

    def __init__(self) -> None:
        self.lanes, self.sent = Lanes((4,), self.ask), list[str]()

    async def ask(self, slot: int) -> int:
        return 1

    async def send(self, name: str, lane: ts.Lane) -> None:
        async def send(place: Place) -> None:
            self.sent.append(name)
            await asyncio.sleep(1)

        await self.lanes.send(send, rank=lane)


def test_a_stop_goes_before_the_entries_that_wait_for_the_same_key() -> None:
    async def story() -> None:
        queue = Queue()
        async with asyncio.TaskGroup() as tasks:
            for name in ("entry 1", "entry 2", "entry 3"):
                tasks.create_task(queue.send(name, ts.Lane.TRADE))
            await asyncio.sleep(0.5)
            for name in ("stop 1", "stop 2"):
                tasks.create_task(queue.send(name, ts.Lane.PROTECT))
        assert queue.sent == ["entry 1", "stop 1", "stop 2", "entry 2", "entry 3"]

    run_virtual(story())


@pytest.mark.parametrize("when_its_turn_comes", [False, True])
def test_one_that_gives_up_while_it_waits_holds_up_nobody(*, when_its_turn_comes: bool) -> None:
    async def story() -> None:
        queue = Queue()

        async def first() -> None:
            await queue.send("first", ts.Lane.TRADE)
            gives_up.cancel()

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(first())
            await asyncio.sleep(0)
            gives_up = tasks.create_task(queue.send("gives up", ts.Lane.TRADE))
            tasks.create_task(queue.send("last", ts.Lane.TRADE))
            if not when_its_turn_comes:
                await asyncio.sleep(0.5)
                gives_up.cancel()
        await queue.send("afterwards", ts.Lane.TRADE)
        assert queue.sent == ["first", "last", "afterwards"]

    run_virtual(story())
