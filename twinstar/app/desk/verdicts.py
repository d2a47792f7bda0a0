"""What a reading of the accounts comes to: read now by the running service, and told."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from typing import Final

import msgspec
from msgspec import Struct

from twinstar.domain import AccountSeen, InstrumentId, Verdict
from twinstar.engine import Finding, Guard, State, guard
from twinstar.errors import TwinStarError
from twinstar.ports import Clock, JsonObject
from twinstar.runtime.service import Service
from twinstar.runtime.tasks import first

READS_WITHIN_S: Final = 15.0  # both readings of a venue
READINGS: Final = 2
APART_S: Final = 1.1  # closer ones would be one
GUARDED_WITHIN_S: Final = 10.0


class Look(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    venues: tuple[str, ...] = ()
    apply: bool = False


class Shown(Struct, frozen=True, kw_only=True):
    """``state``: "followed" by the books; "unsure", so far; "left alone", not ours; "taken in"; "planned"."""

    venue: str
    verdict: str
    subject: str
    instrument: str | None
    evidence: str
    rule: str
    state: str
    protection: str | None = None  # of what was taken in


class Plan(Struct, frozen=True, kw_only=True):
    """``unread``: the venues of which nothing can be said, and why."""

    rows: list[Shown]
    read: list[str]
    unread: Mapping[str, str]


class Verdicts:
    def __init__(self, service: Service, clock: Clock) -> None:
        self._service, self._clock = service, clock
        self._sequencer = service.sequencer

    @property
    def _state(self) -> State:
        return self._service.state

    async def reconcile(self, args: JsonObject) -> Plan:
        asked = msgspec.convert(args, Look)
        venues = self._traded(asked.venues)
        async with asyncio.TaskGroup() as tasks:
            looks = {venue: tasks.create_task(self._look(venue)) for venue in venues}
        read = [venue for venue, look in looks.items() if look.result() is not None]
        rows = [row for look in looks.values() for row in look.result() or ()]
        if asked.apply:
            for venue in read:
                taken = await self._take_in(venue)
                rows = [row for row in rows if row.instrument not in {one.instrument for one in taken}] + taken
        unread = {venue: self._why_not(venue) for venue in venues if venue not in read}
        return Plan(rows=rows, read=read, unread=unread)

    def _traded(self, asked: Iterable[str]) -> list[str]:
        """Raise `TwinStarError` for a venue that has no account here."""
        there = self._service.traded
        for venue in asked:
            if venue not in there:
                raise TwinStarError(f"{venue} has no account here; there are: {', '.join(there) or 'none'}")
        return list(asked) or there

    async def _look(self, venue: str) -> list[Shown] | None:
        """Two readings; None when they did not come in time."""
        readings: list[tuple[Finding, ...]] = []

        async def read() -> None:
            await self._sequencer.read_again(venue)
            readings.append(self._service.engine.findings[venue])
            await self._clock.sleep(APART_S)
            await self._sequencer.read_again(venue)
            readings.append(self._service.engine.findings[venue])

        await first(read(), self._clock.sleep(READS_WITHIN_S))
        if len(readings) < READINGS:
            return None
        found = [finding for finding in readings[0] if finding.is_sure] + list(readings[1])
        return [shown(venue, one) for one in found] + self._known(venue, {one.instrument for one in found})

    def _known(self, venue: str, told: set[InstrumentId | None]) -> list[Shown]:
        """What was found out before and is still so."""
        rule = f"reconcile.policy: {self._service.engine.rules(venue).ownership.value}"
        return [
            Shown(
                venue=venue,
                verdict=Verdict.EXTERNAL.value,
                subject="position",
                instrument=str(of),
                evidence=f"{of}: the venue holds {external} beyond the books, as is known",
                rule=rule,
                state="left alone",
            )
            for of, external in sorted(self._state.external.items())
            if external and of.venue == venue and of not in told
        ]

    async def _take_in(self, venue: str) -> list[Shown]:
        """What is not ours is ours from now on; return once it is protected, or that has taken too long."""
        seen = last_reading(self._state, venue)
        if seen is None:
            raise TwinStarError(f"{venue}: something was filled meanwhile; try again")
        self._sequencer.ask(lambda _: self._service.engine.adopt(seen))
        taken = [f for f in self._service.engine.findings[venue] if f.verdict is not Verdict.EXTERNAL]
        for finding in taken:
            await first(self._guarded(finding.instrument), self._clock.sleep(GUARDED_WITHIN_S))
        return [
            msgspec.structs.replace(shown(venue, f), state="taken in", protection=self._protection(f.instrument))
            for f in taken
        ]

    async def _guarded(self, of: InstrumentId | None) -> None:
        while of is not None and guard(self._state, of) is Guard.NONE:
            await self._clock.sleep(0.05)

    def _protection(self, of: InstrumentId | None) -> str | None:
        return None if of is None else guard(self._state, of).value

    def _why_not(self, venue: str) -> str:
        return self._service.not_ready(venue) or f"the account could not be read within {READS_WITHIN_S:.0f} s"


def shown(venue: str, finding: Finding, *, done: str = "followed") -> Shown:
    is_external = finding.verdict is Verdict.EXTERNAL
    return Shown(
        venue=venue,
        verdict=finding.verdict.value,
        subject=finding.subject,
        instrument=None if finding.instrument is None else str(finding.instrument),
        evidence=finding.evidence,
        rule=finding.rule,
        state="unsure" if not finding.is_sure else "left alone" if is_external else done,
    )


def last_reading(state: State, venue: str) -> AccountSeen | None:
    """As the state has it; None when something was filled since."""
    if venue not in state.holdings:
        return None
    return AccountSeen(
        time_ms=state.seen_ms[venue],
        venue=venue,
        holdings=tuple(state.holdings[venue].values()),
        balances=state.balances[venue],
        orders=state.resting.get(venue),
    )
