"""The cases find what is wrong with a venue, and nobody is exempt from what would pass."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner

from twinstar.cli import cli
from twinstar.domain import CandleClosed, Event, Order, OrderFilled, OrderRejected
from twinstar.errors import ConfigError, OutcomeUnknown, VenueError, VenueRejected
from twinstar.ports import Gap, Stream, Wanted
from twinstar.testing.conformance.cases import CASES, GROUPS
from twinstar.testing.conformance.judging import Verdict, conform, judge, report
from twinstar.testing.conformance.quality import found, read_quality
from twinstar.testing.conformance.stage import Stage, staged

BYBIT = read_quality(found("bybit"))


class Wrapped:
    """Our venue's own part, but for what a subclass does otherwise."""

    def __init__(self, part: Any) -> None:
        self.part = part

    def __getattr__(self, name: str) -> Any:
        return getattr(self.part, name)


class SendsAgain(Wrapped):
    async def place(self, order: Order) -> str:
        with suppress(OutcomeUnknown):
            return await self.part.place(order)
        return await self.part.place(order)


class TakesSilenceForARefusal(Wrapped):
    async def place(self, order: Order) -> str:
        try:
            return await self.part.place(order)
        except OutcomeUnknown as error:
            raise VenueRejected(error.venue, error.reason) from error


class BelievesAnything(Wrapped):
    async def place(self, order: Order) -> str:
        try:
            return await self.part.place(order)
        except VenueError:
            return "an id"


class ForgetsFills(Wrapped):
    async def account(self, gap: Gap) -> Sequence[Event]:
        return [event for event in await self.part.account(gap) if not isinstance(event, OrderFilled)]


class GivesUpAtOnce(Wrapped):
    async def account(self, gap: Gap) -> Sequence[Event]:
        told = list(await self.part.account(gap))
        known = {getattr(event, "order_id", "") for event in told}
        unknown = [order for order in gap.orders if order.order_id not in known]
        lost = [OrderRejected(time_ms=0, order_id=order.order_id, reason="not seen") for order in unknown]
        return [*lost, *told]


class TellsHalf(Wrapped):
    """What could be read, the last time."""

    last: Sequence[Event] = ()

    async def account(self, gap: Gap) -> Sequence[Event]:
        with suppress(VenueError):
            self.last = await self.part.account(gap)
            return self.last
        return self.last[-1:]


class Streams(Wrapped):
    def open(self, wanted: Wanted) -> Iterable[Stream]:
        return [self.changed(stream) for stream in self.part.open(wanted)]

    async def changed(self, stream: Stream) -> AsyncIterator[Event]:
        try:
            async for event in stream:
                for each in self.instead(event):
                    yield each
        finally:
            await stream.aclose()

    def instead(self, event: Event) -> Sequence[Event]:
        return [event]


class TellsTwice(Streams):
    def instead(self, event: Event) -> Sequence[Event]:
        return [event, event] if isinstance(event, CandleClosed) else [event]


class Rounds(Streams):
    def instead(self, event: Event) -> Sequence[Event]:
        if not isinstance(event, CandleClosed):
            return [event]
        candle = msgspec.structs.replace(event.candle, volume=round(event.candle.volume, 1))
        return [msgspec.structs.replace(event, candle=candle)]


class LosesOneOfAHundred(Streams):
    """As a queue does that is full."""

    fills = 0

    def instead(self, event: Event) -> Sequence[Event]:
        self.fills += isinstance(event, OrderFilled)
        return [] if isinstance(event, OrderFilled) and self.fills % 100 == 0 else [event]


class TellsFillsTwice(Streams):
    def instead(self, event: Event) -> Sequence[Event]:
        return [event, event] if isinstance(event, OrderFilled) else [event]


WRONG: list[tuple[str, Callable[[Any], Any], str]] = [
    ("trading", SendsAgain, "D1 D3 D5"),
    ("trading", TakesSilenceForARefusal, "D1 D4"),
    ("trading", BelievesAnything, "D1 L2 O7 O8 E1"),
    ("trading", ForgetsFills, "D6 A6 T3"),
    ("trading", GivesUpAtOnce, "D7"),
    ("trading", TellsHalf, "A4 D8 L3"),
    ("streams", TellsTwice, "M2 M7 M8"),
    ("streams", Rounds, "M3 M6 M9"),
    ("streams", LosesOneOfAHundred, "O11"),
    ("streams", TellsFillsTwice, "O1 A8"),
]


@pytest.mark.parametrize(
    ("part", "wrong", "key"), [(part, wrong, key) for part, wrong, keys in WRONG for key in keys.split()]
)
async def test_a_venue_that_is_wrong_is_found_out(part: str, wrong: Callable[[Any], Any], key: str) -> None:
    case = CASES[key]
    config = dict(BYBIT.impatient) if case.impatient else None
    async with staged(BYBIT, history=case.history, config=config) as stage:
        spoil(stage, part, wrong)
        assert await broken_claims(case.check(stage)), "it was not found out"


async def broken_claims(checking: Awaitable[None]) -> Sequence[BaseException]:
    broken: Sequence[BaseException] = ()
    try:
        await checking
    except* AssertionError as group:  # alone, or in the group of a case that listens
        broken = group.exceptions
    return broken


def spoil(stage: Stage, part: str, wrong: Callable[[Any], Any]) -> None:
    """Also each venue that a case opens by itself."""
    connect = stage.connect
    stage.venue = msgspec.structs.replace(stage.venue, **{part: wrong(getattr(stage.venue, part))})

    def again(**options: Any) -> Any:
        venue = connect(**options)
        return msgspec.structs.replace(venue, **{part: wrong(getattr(venue, part))})

    stage.connect = again  # type: ignore[method-assign]


async def test_who_is_exempt_from_a_case_that_passes_has_failed_it() -> None:
    exempt = msgspec.structs.replace(BYBIT, exempt={"O6": "too hard"})
    verdict = await judge(CASES["O6"], exempt)
    assert (verdict.outcome, verdict.reason) == ("failed", "it passes; take out the exemption (too hard)")


async def test_an_exemption_stands_where_the_case_fails_and_keeps_its_reason() -> None:
    quality = msgspec.structs.replace(BYBIT, symbols=BYBIT.symbols[:1], exempt={"M10": "it has one market"})
    verdict = await judge(CASES["M10"], quality)
    assert (verdict.outcome, verdict.reason) == ("exempt", "it has one market")


def verdicts(**outcomes: str) -> list[Verdict]:
    """All passed, but these."""
    return [
        Verdict(key=key, claim=case.claim, tier=case.tier.word, outcome=outcomes.get(key, "passed"))  # type: ignore[arg-type]
        for key, case in CASES.items()
    ]


@pytest.mark.parametrize(
    ("outcomes", "tier"),
    [
        ({}, "gold"),
        ({"M3": "failed"}, "silver"),  # a case of gold
        ({"M3": "exempt"}, "gold"),
        ({"A6": "exempt"}, "silver"),  # at the core of gold
        ({"D1": "exempt"}, "bronze"),  # at the core of silver
        ({"O5": "failed"}, "bronze"),
        ({"M2": "failed"}, "none"),
    ],
)
def test_the_tier_is_that_of_the_least_that_is_missing(outcomes: dict[str, str], tier: str) -> None:
    assert report(BYBIT, verdicts(**outcomes)).tier == tier


def test_a_rule_that_is_still_to_do_holds_its_tier_back() -> None:
    assert report(msgspec.structs.replace(BYBIT, rules={}), verdicts()).tier == "none"
    rules = {**BYBIT.rules, "errors": "todo"}
    found = report(msgspec.structs.replace(BYBIT, rules=rules), verdicts())
    assert (found.tier, found.open_rules, found.holds) == ("bronze", ["errors"], False)


def test_every_case_has_a_group_and_a_claim_of_its_own() -> None:
    assert {case.group for case in CASES.values()} == set(GROUPS)
    assert len({case.claim for case in CASES.values()}) == len(CASES)


GOOD = "venue: acme\nsymbols: [BTC/USD]\ntier: bronze\ncannot: [trading]\n"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("venue: [", "acme.yaml"),
        (GOOD.replace("venue: acme\n", ""), "venue"),
        (GOOD + "colour: red\n", "colour"),
        (GOOD.replace("bronze", "platinum"), "tier: write one of none, bronze, silver, gold"),
        (GOOD.replace("[BTC/USD]", "[]"), "symbols: name what is traded"),
        (GOOD.replace("[trading]", "[]"), "cannot: say in words"),
        (GOOD + "exempt: {O1: ''}\n", "exempt.O1: say why"),
        (GOOD + "rules: {readme: perhaps}\n", "rules.readme: write 'done: where'"),
        (GOOD + "rules: {reedme: todo}\n", "rules: no rule 'reedme'"),
    ],
)
def test_a_quality_file_that_makes_no_sense_is_refused_where_it_does_not(tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "acme.yaml"
    file.write_text(text)
    with pytest.raises(ConfigError) as caught:
        read_quality(file)
    assert says in str(caught.value)
    assert "acme.yaml" in str(caught.value)


async def test_nobody_is_exempt_from_a_case_that_there_is_not() -> None:
    with pytest.raises(ConfigError, match="bybit: exempt: no case and no group 'X99'"):
        await conform(msgspec.structs.replace(BYBIT, exempt={"X99": "because"}))


def test_an_unknown_venue_is_told_which_there_are() -> None:
    with pytest.raises(ConfigError, match=r"no quality.yaml of a venue 'bybitt'; there are: .*bybit"):
        found("bybitt")


def test_the_command_ends_with_an_error_where_a_venue_is_not_as_good_as_it_says(tmp_path: Path) -> None:
    file = tmp_path / "quality.yaml"
    file.write_text(found("bybit").read_text().replace("tier: gold", "tier: bronze"))
    ran = CliRunner().invoke(cli, ["conformance", str(file), "--json"], standalone_mode=False)
    told = json.loads(ran.output)
    assert (ran.return_value, told["tier"], told["claimed"]) == (1, "gold", "bronze")
    assert told["passed"] == len(CASES)
    assert told["message_to_ack_ms"] > 0


async def test_who_names_too_small_a_quantity_for_a_burst_is_told_how_much_it_takes() -> None:
    verdict = await judge(CASES["A8"], msgspec.structs.replace(BYBIT, quantity="0.1"))
    assert (verdict.outcome, verdict.reason) == ("failed", "name a quantity of 0.200 or more in quality.yaml")
