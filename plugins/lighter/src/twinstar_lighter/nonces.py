"""Nonces: what keeps orders from being lost or doubled.

Each API key counts its transactions; the venue takes exactly the next number. A lane is one key: it sends one
transaction at a time and holds the count until the answer is there.

- Taken by the venue: the count goes on.
- Refused: the venue has spent nothing; the number is used again.
- Refused for its number: the venue is asked which is next, and the transaction signed anew, once. It was refused, so it
  cannot be there twice.
- Unknown: nobody knows whether the number was spent. The venue is asked before the next one, and the lane is the first
  to be used: the lost transaction stays good for ten minutes, until another has its number. Should it arrive late, its
  number is gone and it is refused; should it have arrived, the next number is past it. Should it arrive in between,
  what follows is refused for its number, and not signed anew: it may have been meant in its place. Before the
  account is read its number is taken (`trading`), so that nothing is called unknown that could still arrive; also
  what a process before this one may have lost.

The count is never kept on disk: a process that dies between signing and sending leaves nothing that could go wrong.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol, TypeVar

from msgspec import Struct

from twinstar_lighter.turns import Turns

T_co = TypeVar("T_co", covariant=True)
T = TypeVar("T")


class Refused(Exception):
    """The venue refused a transaction, by an answer that is known to mean so: no nonce was spent."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code

    @property
    def is_for_its_nonce(self) -> bool:
        return self.code in BAD_NONCE


class NotSent(Exception):
    """It never left: no nonce was spent. The cause says why."""


BAD_NONCE = frozenset({21104, 21105})
WHICHEVER = -1  # is next: before every number


class Place(Struct, frozen=True):
    """Where a transaction stands: which key signs it, as its how-manieth."""

    slot: int
    nonce: int


class Send(Protocol[T_co]):
    def __call__(self, place: Place) -> Awaitable[T_co]:
        """Sign and send, once. Raise `Refused` or `NotSent`; whatever else is raised leaves the outcome unknown."""
        ...


class Lane:
    """One API key. ``ask`` tells the venue's next nonce of a slot."""

    def __init__(self, slot: int, ask: Callable[[int], Awaitable[int]]) -> None:
        self.slot, self._ask = slot, ask
        self._next: int | None = None  # None: only the venue knows
        self._lost: int | None = None  # the number of a transaction that may still arrive
        self._turns = Turns()
        self._has_sent = False
        self.waiting = 0

    @property
    def foreseen(self) -> int | None:
        """None also while one is on its way."""
        return self._next

    @property
    def is_in_doubt(self) -> bool:
        return self._lost is not None

    def suspect(self) -> None:
        """A process before this one may have lost a transaction; by the first that is taken its number is gone."""
        if not self._has_sent and self._lost is None:
            self._lost = WHICHEVER

    async def send(self, send: Send[T], count: int = 1, *, rank: int = 0) -> T:
        """``count``: so many transactions are sent together, from the place's nonce on. Where they are refused, some
        may have been taken. ``rank``: of those that wait, the lowest goes first.
        """
        self.waiting += 1
        try:
            async with self._turns.turn(rank):
                try:
                    return await self._once(send, count)
                except Refused as refused:
                    if not refused.is_for_its_nonce:
                        raise
                    self._next = None
                    if self._lost is not None:
                        self._lost = None
                        raise NotSent from refused
                return await self._once(send, count)
        finally:
            self.waiting -= 1

    async def _once(self, send: Send[T], count: int) -> T:
        if self._next is None:
            self._next = await self._ask(self.slot)
            if self._lost is not None and self._next > self._lost:
                self._lost = None  # it has arrived
        nonce, self._next = self._next, None  # unknown until the answer is there, also if we are canceled
        try:
            taken = await send(Place(self.slot, nonce))
        except (Refused, NotSent) as e:
            if isinstance(e, NotSent) or (count == 1 and not e.is_for_its_nonce):
                self._next = nonce
            raise
        except BaseException:
            self._lost = nonce
            raise
        self._next, self._lost, self._has_sent = nonce + count, None, True
        return taken


class Lanes:
    """Several keys of one account, side by side: one in doubt is taken first, else that with the fewest before it."""

    def __init__(self, slots: Sequence[int], ask: Callable[[int], Awaitable[int]]) -> None:
        self.slots = tuple(slots)
        self._lanes = [Lane(slot, ask) for slot in slots]

    async def send(self, send: Send[T], count: int = 1, *, rank: int = 0) -> T:
        return await self._first().send(send, count, rank=rank)

    def foreseen(self) -> Place | None:
        """Where the next transaction will stand unless another comes first; None where only the venue knows."""
        lane = self._first()
        return Place(lane.slot, lane.foreseen) if lane.foreseen is not None else None

    def suspect(self) -> None:
        for lane in self._lanes:
            lane.suspect()

    @property
    def in_doubt(self) -> int:
        """How many have lost a transaction that may still arrive."""
        return sum(lane.is_in_doubt for lane in self._lanes)

    def _first(self) -> Lane:
        return min(self._lanes, key=lambda lane: (not lane.is_in_doubt, lane.waiting))
