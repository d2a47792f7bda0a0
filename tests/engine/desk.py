"""An engine with one perpetual and one spot instrument, for stories told in a few lines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal as D

from twinstar.domain import (
    AccountSeen,
    AmendOrder,
    CancelOrder,
    Candle,
    CandleClosed,
    Command,
    Event,
    Fill,
    Holding,
    Instrument,
    InstrumentId,
    InstrumentListed,
    Intent,
    Notice,
    Order,
    OrderAccepted,
    OrderFilled,
    OrderInDoubt,
    PlaceOrder,
    PriceSeen,
    Resting,
    Timeframe,
    TimePassed,
    VenueReady,
)
from twinstar.engine import UNLIMITED, Deployed, Engine, OrderIds, Policy, RiskLimits, State
from twinstar.ports import Record, View
from twinstar.runtime.sequencer import JOURNALED

PERP = InstrumentId("BTC/USDT:USDT", "perp")
SPOT = InstrumentId("BTC/KRW", "spot")


class Wishes:
    """A strategy that wishes what the test tells it to."""

    def __init__(self) -> None:
        self.next: list[Intent] = []
        self.view: View | None = None  # the last that it was shown

    def on_candle(self, candle: Candle, view: View) -> Iterable[Intent]:
        self.view = view
        wishes, self.next = self.next, []
        return wishes


class Desk:
    """``journal``: what an earlier run has left on disk."""

    def __init__(
        self,
        policy: Policy = Policy(),
        limits: RiskLimits = UNLIMITED,
        *,
        amends: bool = False,
        journal: Sequence[Record] = (),
    ) -> None:
        self.state, self.wishes = State(), Wishes()
        self.now_ms = 1_000_000
        self.notices: list[Notice] = []
        self.journal: list[Record] = list(journal)
        for record in journal:
            self.state.apply(record)
        self.state.forget_what_was_on_its_way()
        self.state.forget_prices()
        self.state.take_notices()
        deployed = Deployed("s", "wishes", frozenset({PERP, SPOT}), self.wishes)
        ids = OrderIds(1, self.state.last_order_id)
        self.engine = Engine(self.state, [deployed], new_id=ids, policy=policy, limits=limits)
        self._policy, self._limits, self._amends = policy, limits, amends
        for order in self.state.on_its_way():
            self.tell(OrderInDoubt(time_ms=self.now_ms, order_id=order.order_id, reason="on its way when we ended"))
        for instrument in (_instrument(PERP, "USDT", amends=amends), _instrument(SPOT, None)):
            self.tell(InstrumentListed(time_ms=0, instrument=instrument))
            self.tell(VenueReady(time_ms=0, venue=instrument.id.venue))
            if not journal:
                self.tell(PriceSeen(time_ms=0, instrument=instrument.id, price=D(100)))

    def next_run(self, records: int | None = None) -> Desk:
        """Over the journal of this one, of which so many records had reached the disk; no price is known yet."""
        desk = Desk(self._policy, self._limits, amends=self._amends, journal=self.journal[:records])
        desk.now_ms = self.now_ms
        return desk

    def tell(self, event: Event) -> list[Command]:
        outcome = self.engine.handle(event, self.now_ms)
        self.notices += outcome.notices
        self.journal += [r for r in (event, *outcome.facts) if isinstance(r, JOURNALED)] + list(outcome.commands)
        return list(outcome.commands)

    def restarted(self) -> State:
        """What a restart would know."""
        state = State()
        for record in self.journal:
            state.apply(record)
        return state

    def wish(self, intent: Intent) -> list[Command]:
        self.wishes.next = [intent]
        candle = Candle(
            instrument=intent.instrument,
            timeframe=Timeframe.M1,
            open_ms=0,
            open=D(100),
            high=D(100),
            low=D(100),
            close=D(100),
            volume=D(1),
        )
        return self.tell(CandleClosed(time_ms=60_000, candle=candle))

    def pass_time(self, ms: int) -> list[Command]:
        """In heartbeats, as the runtime does; what they led to."""
        commands: list[Command] = []
        for _ in range(max(ms // 250, 1)):
            self.now_ms += min(ms, 250)
            commands += self.tell(TimePassed(time_ms=self.now_ms))
        return commands

    def accept(self, order: Order) -> list[Command]:
        return self.tell(
            OrderAccepted(time_ms=self.now_ms, order_id=order.order_id, venue_order_id="v" + order.order_id)
        )

    def price(self, price: str, of: InstrumentId = PERP) -> list[Command]:
        return self.tell(PriceSeen(time_ms=self.now_ms, instrument=of, price=D(price)))

    def read(
        self, *, orders: tuple[Resting, ...] | None = None, holds: str | None = None, entry: str = "100"
    ) -> list[Command]:
        """Ten quiet seconds later, the perpetual venue: ``orders`` and ``holds`` are what we have, if not given."""
        self.now_ms += 10_000
        quantity = self.state.position(PERP).quantity if holds is None else D(holds)
        holding = Holding(instrument=PERP, quantity=quantity, entry_price=D(entry))
        return self.tell(
            AccountSeen(
                time_ms=self.now_ms,
                venue="perp",
                holdings=(holding,) if quantity else (),
                balances=(),
                orders=as_listed(self, "perp") if orders is None else orders,
            )
        )

    def fill(self, order: Order, quantity: str | None = None, price: str = "100", fill_id: str = "") -> list[Command]:
        amount = order.quantity if quantity is None else D(quantity)
        fill = Fill(
            fill_id=fill_id or f"{order.order_id}-{self.state.orders[order.order_id].filled}",
            order_id=order.order_id,
            instrument=order.instrument,
            side=order.side,
            price=D(price),
            quantity=amount,
        )
        return self.tell(OrderFilled(time_ms=self.now_ms, fill=fill))


def as_listed(desk: Desk, venue: str) -> tuple[Resting, ...]:
    """What a venue lists that has all our orders as we know them."""
    return tuple(
        Resting(
            venue_order_id=order.venue_order_id or "",
            client_order_id=order.order_id,
            instrument=order.instrument,
            side=order.side,
            kind=order.kind,
            quantity=order.quantity,
            filled=order.filled,
            price=order.price,
            stop_price=order.stop_price,
            reduce_only=order.reduce_only,
        )
        for order in desk.state.unsettled(venue)
        if order.is_standing
    )


def placed(commands: list[Command]) -> Order:
    """The one order that was asked for."""
    (command,) = commands
    assert isinstance(command, PlaceOrder)
    return command.order


def amended(commands: list[Command]) -> AmendOrder:
    (command,) = commands
    assert isinstance(command, AmendOrder)
    return command


def canceled(commands: list[Command]) -> Order:
    (command,) = commands
    assert isinstance(command, CancelOrder)
    return command.order


def _instrument(of: InstrumentId, settle: str | None, *, amends: bool = False) -> Instrument:
    return Instrument(
        id=of,
        base="BTC",
        quote="USDT" if settle else "KRW",
        settle=settle,
        price_step=D("0.1"),
        quantity_step=D("0.001"),
        min_quantity=D("0.001"),
        min_notional=D(5),
        resident_stops=settle is not None,
        resident_targets=settle is not None,
        amends_stops=amends,
    )
