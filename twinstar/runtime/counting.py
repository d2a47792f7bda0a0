"""From what passes the sequencer to what the metrics say."""

from __future__ import annotations

from twinstar.domain import (
    CandleClosed,
    CandlesMissing,
    Command,
    InvariantTripped,
    OrderAccepted,
    OrderCanceled,
    OrderExpired,
    OrderFilled,
    OrderInDoubt,
    OrderRejected,
    PlaceOrder,
)
from twinstar.engine import State
from twinstar.ports import Clock, Record
from twinstar.runtime.metrics import Metrics

_OUTCOMES: dict[type[Record], str] = {
    OrderAccepted: "accepted",
    OrderRejected: "rejected",
    OrderInDoubt: "in_doubt",
    OrderCanceled: "canceled",
    OrderExpired: "expired",
}


class Counting:
    def __init__(self, metrics: Metrics, state: State, clock: Clock) -> None:
        self._metrics = metrics
        self._state = state
        self._clock = clock
        self._sent_s: dict[str, float] = {}

    def __call__(self, record: Record) -> None:
        match record:
            case PlaceOrder(order=order):
                self._metrics.orders.labels(order.instrument.venue, "sent").inc()
                self._sent_s[order.order_id] = self._clock.monotonic_s()
            case OrderFilled(fill=fill):
                self._metrics.fills.labels(fill.instrument.venue).inc()
            case InvariantTripped(name=name):
                self._metrics.invariant_trips.labels(name).inc()
            case CandleClosed(candle=candle):
                labels = (candle.instrument.venue, str(candle.instrument), candle.timeframe.value)
                self._metrics.candles_closed.labels(*labels, candle.source.value).inc()
            case CandlesMissing(instrument=of, timeframe=timeframe):
                self._metrics.candle_gaps.labels(of.venue, str(of), timeframe.value).inc()
            case OrderAccepted() | OrderRejected() | OrderInDoubt() | OrderCanceled() | OrderExpired():
                self._count_order(record)
            case _:
                pass

    def left(self, command: Command, took_s: float) -> None:
        if isinstance(command, PlaceOrder) and command.order.is_local_guard:
            self._metrics.local_stop.labels(command.order.instrument.venue).observe(took_s)

    def _count_order(self, news: OrderAccepted | OrderRejected | OrderInDoubt | OrderCanceled | OrderExpired) -> None:
        order = self._state.orders.get(news.order_id)
        if order is None:
            return
        venue = order.instrument.venue
        self._metrics.orders.labels(venue, _OUTCOMES[type(news)]).inc()
        self._metrics.orders_in_doubt.labels(venue).set(len(self._state.in_doubt(venue)))
        sent_s = self._sent_s.pop(news.order_id, None)
        if sent_s is not None and isinstance(news, OrderAccepted | OrderRejected):
            self._metrics.order_ack.labels(venue).observe(self._clock.monotonic_s() - sent_s)
