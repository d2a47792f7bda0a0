"""The simulation is only as good as what it catches: each planted defect must fail within a few seeds."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from simulation import story as story_module
from simulation.checks import violations
from simulation.story import Disk, Story
from simulation.world import World
from twinstar.domain import AccountSeen, OrderInDoubt, OrderRejected
from twinstar.engine import State, comparing
from twinstar.errors import VenueUnavailable
from twinstar.runtime import executor, service
from twinstar.testing import LoopClock

SEEDS = range(40)
Plant = Callable[[pytest.MonkeyPatch], None]


def fills_are_not_deduplicated(patch: pytest.MonkeyPatch) -> None:
    original = State._fill

    def fill(self: State, fill: object, time_ms: int) -> None:
        self._fills.pop(fill.order_id, None)
        original(self, fill, time_ms)

    patch.setattr(State, "_fill", fill)


def no_answer_means_rejected(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(executor, "_in_doubt", executor._rejected)


def the_command_leaves_before_it_is_durable(patch: pytest.MonkeyPatch) -> None:
    async def durable(self: Disk, place: int) -> None: ...

    patch.setattr(Disk, "durable", durable)


def a_restart_forgets_what_was_on_its_way(patch: pytest.MonkeyPatch) -> None:
    original = service.Service.__init__

    def init(self: service.Service, **parts: object) -> None:
        accept = service.Sequencer.accept
        with pytest.MonkeyPatch.context() as inner:
            inner.setattr(
                service.Sequencer, "accept", lambda s, e: None if isinstance(e, OrderInDoubt) else accept(s, e)
            )
            original(self, **parts)

    patch.setattr(service.Service, "__init__", init)


def not_found_is_taken_for_rejected_at_once(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("simulation.world.VISIBILITY_MS", -1)


def the_venue_is_not_asked_after_a_gap(patch: pytest.MonkeyPatch) -> None:
    async def nothing(*_: object) -> int:
        return 0

    patch.setattr("twinstar.runtime.line.catch_up", nothing)


def a_doubt_is_left_unsettled(patch: pytest.MonkeyPatch) -> None:
    original = story_module.ask_the_venue

    async def forgetful(venue: object, gap: object) -> object:
        async for event in original(venue, gap):
            if not isinstance(event, OrderRejected):
                yield event

    patch.setattr(story_module, "ask_the_venue", forgetful)


def a_stop_keeps_its_first_size(patch: pytest.MonkeyPatch) -> None:
    def fits(order: object, leg: object, position: object, state: State) -> bool:
        return order.side is position.side.opposite and order.stop_price == leg.price

    patch.setattr("twinstar.engine.protection._fits", fits)


def a_stop_keeps_its_first_price(patch: pytest.MonkeyPatch) -> None:
    def fits(order: object, leg: object, position: object, state: State) -> bool:
        return order.side is position.side.opposite and order.remaining == abs(position.quantity)

    patch.setattr("twinstar.engine.protection._fits", fits)


def a_stop_is_left_behind_when_flat(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("twinstar.engine.protection._cancel", lambda *_: [])


def one_reading_is_believed_at_once(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(comparing, "ENOUGH", 1)
    patch.setattr(State, "_is_moving", lambda *_: False)


def a_position_that_was_closed_by_hand_is_kept(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("twinstar.engine.engine.reconcile", lambda *_: [])


def a_failed_reading_is_taken_for_flat(patch: pytest.MonkeyPatch) -> None:
    """And believed at once: that a second one has to agree heals most of it."""
    patch.setattr(comparing, "ENOUGH", 1)
    original = World.account

    async def account(self: World, gap: object) -> object:
        try:
            return await original(self, gap)
        except VenueUnavailable:
            return [AccountSeen(time_ms=LoopClock().now_ms(), venue=self.id, holdings=(), balances=())]

    patch.setattr(World, "account", account)


def silence_is_taken_for_a_quiet_market(patch: pytest.MonkeyPatch) -> None:
    async def keep(self: object) -> None: ...

    patch.setattr("twinstar.runtime.vigil.Vigil.keep", keep)


def a_fill_that_is_not_told_is_not_missed(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("twinstar.runtime.second_look.is_reached", lambda *_: False)


def another_service_is_not_noticed(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("twinstar.engine.reconcile.is_ours", lambda _: False)


DEFECTS: tuple[Plant, ...] = (
    another_service_is_not_noticed,
    a_fill_that_is_not_told_is_not_missed,
    silence_is_taken_for_a_quiet_market,
    one_reading_is_believed_at_once,
    a_position_that_was_closed_by_hand_is_kept,
    a_failed_reading_is_taken_for_flat,
    fills_are_not_deduplicated,
    no_answer_means_rejected,
    the_command_leaves_before_it_is_durable,
    a_restart_forgets_what_was_on_its_way,
    not_found_is_taken_for_rejected_at_once,
    the_venue_is_not_asked_after_a_gap,
    a_doubt_is_left_unsettled,
    a_stop_keeps_its_first_size,
    a_stop_keeps_its_first_price,
    a_stop_is_left_behind_when_flat,
)


@pytest.mark.parametrize("plant", DEFECTS, ids=lambda plant: plant.__name__)
def test_a_planted_defect_is_caught(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(monkeypatch)
    assert any(_fails(seed) for seed in SEEDS)


def _fails(seed: int) -> bool:
    try:
        return any(violations(Story(seed).run()))
    except ExceptionGroup:
        return True
