"""The same claims with a real adapter for the venue: its requests, its frames, its doubts, over real sockets.

A few seeds run in CI; ``benchmarks/simulation.py --venue lighter --seeds 500`` runs as many as you like.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

import twinstar as ts
from simulation.adapter_checks import violations
from simulation.adapter_story import AdapterStory
from simulation.trial import BITHUMB, LIGHTER, Subject
from simulation.violations import Kind
from twinstar_bithumb_native.rest import Rest, Unanswered
from twinstar_lighter.trading import LighterTrading

A_CANDLES_LAST_FRAME_WAS_SPOILED = 37
KILLED_BEFORE_A_CANDLE_WAS_COMPARED = 4
A_STOP_WAS_MOVED_PAST_THE_PRICE = 60
SEEDS = [
    *((BITHUMB, seed) for seed in (0, KILLED_BEFORE_A_CANDLE_WAS_COMPARED)),
    *((LIGHTER, seed) for seed in (0, A_CANDLES_LAST_FRAME_WAS_SPOILED, A_STOP_WAS_MOVED_PAST_THE_PRICE)),
]
Plant = Callable[[pytest.MonkeyPatch], None]


@pytest.mark.parametrize(("subject", "seed"), SEEDS, ids=lambda value: getattr(value, "type", value))
def test_the_books_balance_with_a_real_adapter(subject: Subject, seed: int) -> None:
    story = AdapterStory(subject, seed).run()
    assert not list(violations(story))
    assert len(story.trial.executions) > 10  # it has traded
    assert len(story.faults) > 10  # and things went wrong


def test_a_seed_is_the_whole_story_over_sockets_too() -> None:
    first, second = AdapterStory(BITHUMB, 1).run(), AdapterStory(BITHUMB, 1).run()
    assert first.journal_bytes() == second.journal_bytes()
    assert len(first.disk.records) > 100


def a_bithumb_order_is_sent_again_when_its_answer_is_lost(patch: pytest.MonkeyPatch) -> None:
    async def sent(self: Rest, request: Any) -> Any:
        try:
            return await self._send(request)
        except Unanswered:
            return await self._send(request)

    patch.setattr(Rest, "sent", sent)


def a_lighter_order_is_sent_again_when_its_answer_is_lost(patch: pytest.MonkeyPatch) -> None:
    original = LighterTrading.send

    async def send(self: LighterTrading, *sent: Any) -> None:
        try:
            await original(self, *sent)
        except ts.errors.OutcomeUnknown:
            await original(self, *sent)

    patch.setattr(LighterTrading, "send", send)


@pytest.mark.parametrize(
    ("subject", "plant"),
    [
        (BITHUMB, a_bithumb_order_is_sent_again_when_its_answer_is_lost),
        (LIGHTER, a_lighter_order_is_sent_again_when_its_answer_is_lost),
    ],
    ids=lambda value: getattr(value, "__name__", value.type if isinstance(value, Subject) else value),
)
def test_an_adapter_that_sends_an_order_again_is_caught(
    subject: Subject, plant: Plant, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(monkeypatch)
    assert any(kind is Kind.DOUBLED for kind in _found(subject))


def _found(subject: Subject) -> Iterator[Kind]:
    for seed in range(3, 15):  # in the third each is caught
        try:
            yield from (kind for kind, _ in violations(AdapterStory(subject, seed).run()))
        except ExceptionGroup:  # the service ended by itself
            yield Kind.ENDED
