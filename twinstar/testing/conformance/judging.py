"""Tries the cases on a venue, and says which tier it has reached."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final, Literal

from msgspec import Struct

from twinstar.errors import ConfigError, VenueError
from twinstar.testing.conformance.case import Case
from twinstar.testing.conformance.cases import CASES, GROUPS
from twinstar.testing.conformance.latency import message_to_ack_ms
from twinstar.testing.conformance.quality import RULES, Quality, Tier
from twinstar.testing.conformance.stage import staged

AT_ONCE: Final = 16
PATIENCE_S: Final = 90.0


class Verdict(Struct, frozen=True, kw_only=True):
    """``reason``: why it failed, or is exempt."""

    key: str
    claim: str
    tier: str
    outcome: Literal["passed", "failed", "exempt"]
    reason: str = ""


class Report(Struct, frozen=True, kw_only=True):
    venue: str
    claimed: str
    tier: str  # what has been reached
    passed: int
    failed: int
    exempt: int
    open_rules: Sequence[str]  # what is still to do of the rules that no case can try
    message_to_ack_ms: float | None  # the median, on loopback; None: not measured
    cases: Sequence[Verdict]

    @property
    def holds(self) -> bool:
        """Nothing failed, and the venue is as good as it says."""
        return not self.failed and self.tier == self.claimed


async def conform(quality: Quality) -> Report:
    """All cases, and then, undisturbed, how fast it is."""
    verdicts = await judged(quality, CASES)
    try:
        latency_ms = await message_to_ack_ms(quality)
    except VenueError:  # the verdicts say what is wrong with it
        latency_ms = None
    return report(quality, verdicts, latency_ms)


async def judged(quality: Quality, keys: Iterable[str]) -> list[Verdict]:
    """Several cases at a time: most of what they do is wait. Raise `ConfigError` for an exemption from no case.

    The impatient ones are not among the many: on a busy machine their second would pass in somebody else's turn.
    """
    if unknown := sorted(quality.exempt.keys() - CASES.keys() - set(GROUPS)):
        raise ConfigError([f"{quality.venue}: exempt: no case and no group {key!r}" for key in unknown])
    wanted = sorted((CASES[key] for key in set(keys)), key=lambda case: (not case.long, case.key))
    room = asyncio.Semaphore(AT_ONCE)
    verdicts = {case.key: await judge(case, quality) for case in wanted if case.alone}

    async def enter(case: Case) -> None:
        async with room:
            verdicts[case.key] = await judge(case, quality)

    for impatient in (True, False):
        async with asyncio.TaskGroup() as group:
            for case in wanted:
                if case.impatient is impatient and not case.alone:
                    group.create_task(enter(case))
    return [verdicts[key] for key in CASES if key in verdicts]


async def judge(case: Case, quality: Quality) -> Verdict:
    """An exemption is tried as well: where the case passes, there is nothing to be exempt from."""
    exempt, failure = quality.exemption(case.key, case.group), await attempt(case, quality)
    told = {"key": case.key, "claim": case.claim, "tier": case.tier.word}
    if exempt is None and failure is None:
        return Verdict(outcome="passed", **told)
    if exempt is None:
        return Verdict(outcome="failed", reason=in_words(failure), **told)
    if failure is None:
        return Verdict(outcome="failed", reason=f"it passes; take out the exemption ({exempt})", **told)
    return Verdict(outcome="exempt", reason=exempt, **told)


async def attempt(case: Case, quality: Quality) -> Exception | None:
    """What it failed with."""
    config = dict(quality.impatient) if case.impatient else None
    try:
        async with asyncio.timeout(PATIENCE_S), staged(quality, history=case.history, config=config) as stage:
            await case.check(stage)
    except Exception as error:  # noqa: BLE001 - whatever a stranger's venue raises is a case that failed
        return error
    return None


def in_words(failure: BaseException | None) -> str:
    if isinstance(failure, BaseExceptionGroup):
        return "; ".join(in_words(each) for each in failure.exceptions)
    if not isinstance(failure, AssertionError):
        return repr(failure)
    if str(failure):
        return str(failure)
    last = traceback.extract_tb(failure.__traceback__)[-1]
    return f"does not hold: {last.line} ({Path(last.filename).name}:{last.lineno})"


def report(quality: Quality, verdicts: Sequence[Verdict], latency_ms: float | None = None) -> Report:
    counts = {outcome: sum(v.outcome == outcome for v in verdicts) for outcome in ("passed", "failed", "exempt")}
    return Report(
        venue=quality.venue,
        claimed=quality.claimed.word,
        tier=_reached(quality, verdicts).word,
        open_rules=[name for name in RULES if _is_open(quality, name)],
        message_to_ack_ms=latency_ms,
        cases=verdicts,
        **counts,
    )


def _reached(quality: Quality, verdicts: Sequence[Verdict]) -> Tier:
    missed = [CASES[v.key].tier for v in verdicts if v.outcome == "failed" or _lacks_core(v)]
    missed += [tier for name, tier in RULES.items() if _is_open(quality, name)]
    return Tier(min(missed, default=Tier.GOLD + 1) - 1)


def _lacks_core(verdict: Verdict) -> bool:
    return verdict.outcome == "exempt" and CASES[verdict.key].core


def _is_open(quality: Quality, rule: str) -> bool:
    return quality.rules.get(rule, "todo") == "todo"
