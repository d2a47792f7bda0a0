"""The kill switch of a running service: no entries any more, entries again, and everything closed."""

from __future__ import annotations

from typing import Final

import msgspec
from msgspec import Struct

from twinstar.domain import ClosingAsked, InstrumentId, Level, Notice, Role, TradingHalted, TradingResumed
from twinstar.engine import State
from twinstar.errors import TwinStarError
from twinstar.ports import Clock, JsonObject
from twinstar.runtime.service import Service
from twinstar.runtime.status import HaltStatus, halts_of
from twinstar.runtime.tasks import first

BY_HAND: Final = "by hand"
LOOKS_EVERY_S: Final = 0.05


class Switch(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``venue`` null: everywhere."""

    venue: str | None = None
    reason: str = BY_HAND


class Switched(Struct, frozen=True, kw_only=True):
    """The halts that stand now, and those that were lifted."""

    halts: tuple[HaltStatus, ...]
    lifted: tuple[HaltStatus, ...] = ()


class Closing(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``dry``: say what would be closed, and do nothing. An answer comes when all is flat, or after ``wait_s``."""

    venue: str | None = None
    instrument: str | None = None
    reason: str = BY_HAND
    wait_s: float = 60.0
    dry: bool = False


class ClosedRow(Struct, frozen=True, kw_only=True):
    """``state``: "would", "closed" or "open"; ``held`` is signed; ``reason``: why it is open still."""

    instrument: str
    state: str
    held: str
    reason: str = ""


class Closed(Struct, frozen=True, kw_only=True):
    rows: list[ClosedRow]


class KillSwitch:
    def __init__(self, service: Service, clock: Clock) -> None:
        self._service, self._clock = service, clock
        self._sequencer = service.sequencer

    @property
    def _state(self) -> State:
        return self._service.state

    async def halt(self, args: JsonObject) -> Switched:
        asked = msgspec.convert(args, Switch)
        self._refuse_unless_traded(asked.venue)
        self._halt(asked.venue, asked.reason)
        await self._sequencer.written()
        return Switched(halts=halts_of(self._state))

    async def resume(self, args: JsonObject) -> Switched:
        asked = msgspec.convert(args, Switch)
        self._refuse_unless_traded(asked.venue)
        before = halts_of(self._state)
        self._sequencer.accept(TradingResumed(time_ms=self._clock.now_ms(), venue=asked.venue))
        await self._sequencer.written()
        after = halts_of(self._state)
        lifted = tuple(halt for halt in before if halt not in after)
        self._tell(Level.INFO, f"entries again; lifted: {'; '.join(halt.reason for halt in lifted)}", asked.venue)
        return Switched(halts=after, lifted=lifted)

    async def close_all(self, args: JsonObject) -> Closed:
        asked = msgspec.convert(args, Closing)
        of = self._instrument(asked.instrument)
        venue = of.venue if of is not None else asked.venue
        self._refuse_unless_traded(venue)
        targets = [target for target in _open(self._state) if venue in (None, target.venue) and of in (None, target)]
        if asked.dry:
            return Closed(rows=[self._row(target, "would") for target in targets])
        self._halt(venue, f"close-all: {asked.reason}")
        self._sequencer.accept(
            ClosingAsked(time_ms=self._clock.now_ms(), instruments=tuple(targets), reason=asked.reason)
        )
        await self._sequencer.written()
        await first(self._flat(targets), self._clock.sleep(asked.wait_s))
        return Closed(rows=[self._row(target, None) for target in targets])

    def _halt(self, venue: str | None, reason: str) -> None:
        self._sequencer.accept(TradingHalted(time_ms=self._clock.now_ms(), venue=venue, reason=reason))
        self._tell(Level.WARNING, f"no entries any more: {reason}; `twinstar resume` lifts it", venue)

    def _tell(self, level: Level, text: str, venue: str | None) -> None:
        self._sequencer.tell(Notice(level=level, text=text, venue=venue))

    def _refuse_unless_traded(self, venue: str | None) -> None:
        there = self._service.traded
        if venue is not None and venue not in there:
            raise TwinStarError(f"{venue} has no account here; there are: {', '.join(there) or 'none'}")

    def _instrument(self, text: str | None) -> InstrumentId | None:
        if text is None:
            return None
        there = {str(of): of for of in self._state.listed}
        if text not in there:
            raise TwinStarError(f"{text} is not traded here; there are: {', '.join(sorted(there)) or 'none yet'}")
        return there[text]

    async def _flat(self, targets: list[InstrumentId]) -> None:
        while not self._state.closing.isdisjoint(targets):
            await self._clock.sleep(LOOKS_EVERY_S)

    def _row(self, of: InstrumentId, state: str | None) -> ClosedRow:
        held = self._state.position(of).quantity
        is_open = of in self._state.closing or (bool(held) and not self._state.is_dust(of))
        return ClosedRow(
            instrument=str(of),
            state=state or ("open" if is_open else "closed"),
            held=f"{held:f}",
            reason=self._why_open(of) if is_open and state is None else "",
        )

    def _why_open(self, of: InstrumentId) -> str:
        if of not in self._state.closing:
            return "trading was resumed meanwhile"
        refused = [o.reason for o in self._state.orders.values() if o.instrument == of and o.role is Role.EXIT]
        why = self._service.not_ready(of.venue) or next((reason for reason in reversed(refused) if reason), "")
        return why or "it is still being closed"


def _open(state: State) -> list[InstrumentId]:
    """What is held, and what an order that waits may open."""
    held = {of for of, position in state.positions.items() if not position.is_flat}
    return sorted(held | {order.instrument for order in state.all_open() if order.role is Role.ENTRY})
