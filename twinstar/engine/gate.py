"""The risk gate: what an order that opens or grows a position has to pass, and the first rule that it breaks.

Losses are not looked at here but with every heartbeat (`losses`): one that has reached its limit halts entries.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from msgspec import Struct

from twinstar.domain import InstrumentId, Order, Role
from twinstar.engine.limits import Amounts, RiskLimits, VenueLimits
from twinstar.engine.register import RATE_WINDOW_MS
from twinstar.engine.results import ZERO, quote_of
from twinstar.engine.state import State


class Refusal(Struct, frozen=True):
    """``rule`` is the key of the configuration."""

    rule: str
    text: str

    def __str__(self) -> str:
        return f"risk.{self.rule}: {self.text}"


def refusal(order: Order, state: State, limits: RiskLimits) -> Refusal | None:
    """Whatever only makes a position smaller passes: a way out is never barred."""
    if not grows(order, state):
        return None
    return next(_broken(order, state, limits), None)


def grows(order: Order, state: State) -> bool:
    """Whether it could leave us with more than we have, or with the opposite; reduce-only cannot."""
    if order.reduce_only:
        return False
    held = state.position(order.instrument).quantity
    return order.role is Role.ENTRY or order.side.sign * held >= 0 or order.quantity > abs(held)


def _broken(order: Order, state: State, limits: RiskLimits) -> Iterator[Refusal]:
    here = limits.at(order.instrument.venue)
    last = state.last_price(order.instrument)
    price = order.price or last
    if price is None or last is None:
        yield Refusal("max_price_age_s", "no price is known")
        return
    yield from _price_is_sane(order, state, here, last)
    yield from _order_is_sane(order, state, here, price)
    yield from _not_too_many(order, state, here)
    yield from _not_too_much(order, state, limits, price)


def _price_is_sane(order: Order, state: State, limits: VenueLimits, last: Decimal) -> Iterator[Refusal]:
    age_ms, most_ms = state.price_age_ms(order.instrument), limits.max_price_age_ms
    if most_ms is not None and age_ms > most_ms:
        yield Refusal(
            "max_price_age_s", f"the last price is {age_ms / 1_000:,.1f} s old, the limit is {most_ms / 1_000:g} s"
        )
    most = limits.max_price_deviation
    if most is not None and order.price is not None and (off := abs(order.price / last - 1)) > most:
        text = f"the price {order.price:f} is {off:.1%} off the last one, {last:f}; the limit is {most:.1%}"
        yield Refusal("max_price_deviation", text)


def _order_is_sane(order: Order, state: State, limits: VenueLimits, price: Decimal) -> Iterator[Refusal]:
    quote, notional = quote_of(order.instrument, state), order.quantity * price
    yield from _at_most("max_order_notional", "the order", notional, quote, limits.max_order_notional)
    instrument = state.instruments.get(order.instrument)
    of_venue = instrument.min_notional if instrument else ZERO
    least = max(limits.min_order_notional.get(quote, ZERO), of_venue)
    if notional < least:
        yield Refusal(
            "min_order_notional", f"the order is {_amount(notional)} {quote}, the least is {_amount(least)} {quote}"
        )


def _not_too_many(order: Order, state: State, limits: VenueLimits) -> Iterator[Refusal]:
    """Stops and exits count as well: the venue counts them too."""
    venue = order.instrument.venue
    open_orders, most = len(state.unsettled(venue)), limits.max_open_orders
    if most is not None and open_orders >= most:
        yield Refusal("max_open_orders", f"{open_orders} orders are open at {venue}, the limit is {most}")
    placed, most = state.placed_since(venue, order.created_ms - RATE_WINDOW_MS), limits.max_orders_per_minute
    if most is not None and placed >= most:
        text = f"{placed} orders were sent to {venue} within a minute, the limit is {most}"
        yield Refusal("max_orders_per_minute", text)


def _not_too_much(order: Order, state: State, limits: RiskLimits, price: Decimal) -> Iterator[Refusal]:
    of, here = order.instrument, limits.at(order.instrument.venue)
    base, quote = of.symbol.partition("/")[0], quote_of(of, state)
    quantity = _most_held(of, state, order)
    notional = quantity * price
    yield from _at_most("max_position", f"{of}", quantity, base, here.max_position)
    yield from _at_most("max_notional", f"{of}", notional, quote, here.max_notional)
    if quote in here.max_venue_notional or quote in limits.max_total_notional:
        others = _others(of, quote, state)
        all_here, total = notional + others.get(of.venue, ZERO), notional + sum(others.values())
        yield from _at_most("max_venue_notional", f"all at {of.venue}", all_here, quote, here.max_venue_notional)
        yield from _at_most("max_total_notional", "all together", total, quote, limits.max_total_notional)


def _most_held(of: InstrumentId, state: State, order: Order) -> Decimal:
    """What would be held if every entry that is on its way were filled, and this one."""
    entries = [o for o in state.open_orders(of) if o.role is Role.ENTRY]
    coming = sum((o.remaining * o.side.sign for o in (*entries, order)), ZERO)
    return abs(state.position(of).quantity + coming)


def _others(but: InstrumentId, quote: str, state: State) -> dict[str, Decimal]:
    """By venue: what all other instruments in this quote asset come to, held or on its way.

    At the last price; where none is known, at what was paid or is asked. One pass: there may be hundreds.
    """
    held = {of: position.quantity for of, position in state.positions.items() if position.quantity}
    paid = {of: state.positions[of].average_price for of in held}
    for order in state.all_open():
        if order.role is Role.ENTRY:
            of = order.instrument
            held[of] = held.get(of, ZERO) + order.remaining * order.side.sign
            paid.setdefault(of, order.price or ZERO)
    sums: dict[str, Decimal] = {}
    for of, quantity in held.items():
        if quote_of(of, state) == quote and of != but:
            price = state.last_price(of) or paid[of]
            sums[of.venue] = sums.get(of.venue, ZERO) + abs(quantity) * price
    return sums


def _at_most(rule: str, what: str, value: Decimal, asset: str, limits: Amounts) -> Iterator[Refusal]:
    most = limits.get(asset)
    if most is not None and value > most:
        yield Refusal(rule, f"{what} would come to {_amount(value)} {asset}, the limit is {_amount(most)} {asset}")


def _amount(value: Decimal) -> str:
    text = f"{value:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
