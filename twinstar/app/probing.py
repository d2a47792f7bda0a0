"""Would a start go well? Ask every venue, send nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from msgspec import Struct

from twinstar.app.parts import key_rules, opened, simulated
from twinstar.config import Settings
from twinstar.domain import AccountSeen
from twinstar.errors import AuthFailed, TwinStarError
from twinstar.plugin import Plugins
from twinstar.ports import Clock, Gap, TimeSample, Venue
from twinstar.runtime.keys import KeyRules, ask_permissions, in_words, objection
from twinstar.runtime.timekeeping import trouble_with
from twinstar.runtime.venue_clock import MeasuredClock

ANSWER_WITHIN_S = 15.0
QUESTIONS = 3
EDGES = 4  # more of them, where a clock shows whole seconds only


class Finding(Struct, frozen=True, kw_only=True):
    """One thing that was looked at; ``credentials``: what is wrong is the key, not the line."""

    what: str
    ok: bool
    text: str
    credentials: bool = False


async def check(settings: Settings, *, plugins: Plugins, clock: Clock) -> list[Finding]:
    """What the configuration names, asked at the venues themselves: instruments, credentials, clock."""
    findings = [
        Finding(what=f"plugin {p.name}", ok=p.error is None, text=p.error or f"{p.version} ({p.provenance})")
        for p in plugins.loaded
    ]
    async with simulated(settings) as endpoints:
        for venue_id, (_, config) in settings.venues.items():
            async with opened(venue_id, settings, endpoints, plugins=plugins, clock=clock) as (venue, time):
                findings += await _probe(venue, config.instruments, key_rules(config), clock, time)
    return findings


async def _probe(
    venue: Venue, symbols: tuple[str, ...], key: KeyRules | None, clock: Clock, time: MeasuredClock
) -> list[Finding]:
    """The clock first: what comes after it is signed with the venue's time."""
    findings = []
    if venue.ask_time is not None:
        findings.append(await _find(f"{venue.id}: clock", _compare_clocks(venue.ask_time, time, clock)))
    if venue.listing is not None:
        findings.append(await _find(f"{venue.id}: instruments", _list(venue, symbols)))
    if venue.trading is not None and key is not None:
        findings.append(await _find(f"{venue.id}: key", _judge_key(venue, key)))
    if venue.trading is not None:
        findings.append(await _find(f"{venue.id}: account", _read_account(venue)))
    return findings


async def _find(what: str, question: Awaitable[str]) -> Finding:
    """A probe's answer, or what went wrong with it."""
    try:
        async with asyncio.timeout(ANSWER_WITHIN_S):
            return Finding(what=what, ok=True, text=await question)
    except TimeoutError:
        return Finding(what=what, ok=False, text=f"no answer within {ANSWER_WITHIN_S:.0f} s")
    except TwinStarError as e:
        return Finding(what=what, ok=False, text=str(e), credentials=isinstance(e, AuthFailed))


async def _list(venue: Venue, symbols: tuple[str, ...]) -> str:
    if venue.listing is None:
        return "not listed"
    return ", ".join(str(i.id.symbol) for i in await venue.listing.instruments(symbols))


async def _compare_clocks(ask: Callable[[], Awaitable[TimeSample]], time: MeasuredClock, clock: Clock) -> str:
    for question in range(QUESTIONS + EDGES):
        time.take(sample := await ask())
        is_coarse, way_s = sample.resolution_ms > 1, (sample.received_s - sample.sent_s) / 2
        if question >= QUESTIONS - 1 and not is_coarse:
            break
        if is_coarse:
            await clock.sleep(time.wait_for_edge_s(sample.resolution_ms, way_s))
    estimate = time.estimate()
    if trouble := trouble_with(estimate):
        raise TwinStarError(trouble)
    if estimate is None:
        raise TwinStarError("it did not tell its time")
    return f"{round(estimate.offset_ms):+,d} ms against ours, ±{estimate.uncertainty_ms:.0f} ms"


async def _judge_key(venue: Venue, rules: KeyRules) -> str:
    told = await ask_permissions(venue)
    if reason := objection(venue.id, told, rules):
        raise AuthFailed(venue.id, reason)
    return in_words(told)


async def _read_account(venue: Venue) -> str:
    if venue.trading is None:
        return "no trading"
    for event in await venue.trading.account(Gap()):
        if isinstance(event, AccountSeen):
            assets = ", ".join(b.asset for b in event.balances if b.free or b.locked)
            return f"readable; holds {assets or 'nothing'}"
    raise TwinStarError("the account was not told")
