"""What our journal and the exchange's ledger must agree on when a story with a real adapter is over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from simulation.adapter_story import AdapterStory
from simulation.checks import UNPROTECTED_S
from simulation.violations import Kind, Violation
from twinstar.domain import CandleClosed, InvariantTripped, Order, OrderFilled, OrderStatus
from twinstar.engine import Guard, State
from twinstar.runtime.service import replayed
from twinstar.sim import model
from twinstar.sim.clock import MINUTE_MS

OPEN = {OrderStatus.ACCEPTED, OrderStatus.PARTLY_FILLED}
ENDED = {OrderStatus.CANCELED, OrderStatus.EXPIRED}
MEANS = {
    model.Status.UNTRIGGERED: OPEN,
    model.Status.NEW: OPEN,
    model.Status.PARTLY_FILLED: OPEN,
    model.Status.FILLED: {OrderStatus.FILLED},
    model.Status.CANCELED: ENDED,  # a wire that ends one by a rule of its own cancels it, and names the rule
    model.Status.EXPIRED: ENDED,
}
NEVER_CAME = (OrderStatus.REJECTED, OrderStatus.EXPIRED)  # a venue may list what it ended before its books had it


def violations(story: AdapterStory) -> Iterator[Violation]:
    state = replayed(story.disk)
    yield from story.trial.crimes
    yield from _orders(story, state)
    yield from _fills(story)
    yield from _position(story, state)
    yield from _candles(story)
    yield from (Violation(Kind.TRIPPED, r.text) for r in story.disk.records if isinstance(r, InvariantTripped))
    yield from (Violation(Kind.ALARM, text) for text in story.alarms)


def _orders(story: AdapterStory, state: State) -> Iterator[Violation]:
    ours = {story.trial.subject.id_there(order.order_id): order for order in state.orders.values()}
    theirs: Counter[str | None] = Counter()
    for there in story.trial.orders:
        name = there.request.client_id
        theirs[name] += 1
        here = ours.get(name or "")
        if here is None:
            yield Violation(Kind.MISJUDGED, f"unknown here: {there}")
        else:
            yield from _order(here, there)
    yield from (Violation(Kind.DOUBLED, f"{name}: {count} times") for name, count in theirs.items() if count > 1)
    for name, order in ours.items():
        if name not in theirs and (order.status not in NEVER_CAME or order.filled):
            yield Violation(Kind.MISJUDGED, f"unknown there: {order}")


def _order(here: Order, there: model.Order) -> Iterator[Violation]:
    if here.filled != there.filled:
        yield Violation(Kind.LOST, f"{here} here, {there} there")
    if here.status not in MEANS[there.status]:
        yield Violation(Kind.MISJUDGED, f"{here} here, {there} there")


def _fills(story: AdapterStory) -> Iterator[Violation]:
    """However often a fill was told, the journal has it once, at its price, and none is missing."""
    name = story.trial.subject.id_there
    told = {r.fill.fill_id: r.fill for r in story.disk.records if isinstance(r, OrderFilled)}
    here = Counter((name(fill.order_id), fill.side.value, fill.price, fill.quantity) for fill in told.values())
    there = Counter((e.client_id, e.side.value, e.price, e.quantity) for e in story.trial.executions)
    if here != there:
        yield Violation(Kind.LOST, f"only here {here - there}, only there {there - here}")


def _position(story: AdapterStory, state: State) -> Iterator[Violation]:
    trial = story.trial
    here, there = state.position(trial.subject.of).quantity, trial.held
    if here != there:
        yield Violation(Kind.POSITION, f"{here} here, {there} there")
    if story.exposed_s > UNPROTECTED_S:
        yield Violation(Kind.UNPROTECTED, f"for {story.exposed_s} s")
    wanted = Guard.RESIDENT if trial.subject.resident_stops else Guard.LOCAL
    if story.guard is not (wanted if there else Guard.NONE):
        yield Violation(Kind.UNPROTECTED, f"{there} held, {story.guard}")
    stops = [(stop.remaining, stop.request.trigger_price) for stop in trial.stops]
    if stops != ([(abs(there), state.stops.get(trial.subject.of))] if there and trial.subject.resident_stops else []):
        yield Violation(Kind.UNPROTECTED, f"{there} held, stops {stops}, wanted at {state.stops}")


def _candles(story: AdapterStory) -> Iterator[Violation]:
    """Those that the store has are whole and true; that the very last is over, a market that stands does not tell."""
    symbol = story.trial.subject.symbol
    stored = [(c.open_ms, c.open, c.high, c.low, c.close) for _, c in sorted(story.shelf.rows.items())]
    all_there = story.trial.exchange.candles(symbol, MINUTE_MS, limit=100_000)
    there = [
        (c.open_ms, c.open, c.high, c.low, c.close)
        for c in all_there
        if c.closed and stored and c.open_ms >= stored[0][0]
    ]
    if not stored or stored not in (there, there[:-1]):
        wrong = sorted(set(stored) ^ set(there))
        yield Violation(Kind.CANDLES, f"{len(stored)} stored, {len(there)} closed, first differing {wrong[:2]}")
    told = [r.candle.open_ms for r in story.disk.records if isinstance(r, CandleClosed)]
    if told != sorted(set(told)):
        yield Violation(Kind.CANDLES, "told twice, or out of order")
