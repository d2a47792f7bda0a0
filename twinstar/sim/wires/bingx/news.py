"""What the account is told, unasked, as long as its listen key is good: orders, balances, positions, settings."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import assert_never

from twinstar.sim.model import AccountChanged, AccountEvent, Balance, Execution, Order, OrderChanged, Position
from twinstar.sim.wires import margin
from twinstar.sim.wires.bingx import words
from twinstar.sim.wires.bingx.desk import ASSET, Desk, Json
from twinstar.sim.wires.bingx.views import brief
from twinstar.sim.wires.listenkeys import ListenKey
from twinstar.sim.wires.spelling import money, text

Tell = Callable[[Json], None]
Stop = Callable[[], None]

EVENTS = {"new": "NEW", "trade": "TRADE", "canceled": "CANCELED", "expired": "EXPIRED", "amended": "NEW"}
REASONS = {"order": "ORDER", "deposit": "DEPOSIT", "funding": "FUNDING_FEE"}


class News:
    """Of one connection."""

    def __init__(self, desk: Desk, key: ListenKey) -> None:
        self._desk, self._key = desk, key

    def start(self, tell: Tell) -> Stop:
        desk, key = self._desk, self._key
        for each in desk.exchange.positions(key.account):
            tell(self._settings("SNAPSHOT", each))

        def on_event(event: AccountEvent) -> None:
            if desk.listen_keys.left_ms(key) > 0:
                for frame in self._frames(event):
                    tell(frame)

        forget = desk.exchange.on_account(key.account, on_event)
        timer = _Expiry(self._left_ms, lambda: tell(self._expired()))

        def stop() -> None:
            forget()
            timer.cancel()

        return stop

    def _left_ms(self) -> int:
        return self._desk.listen_keys.left_ms(self._key)

    def _expired(self) -> Json:
        return {"e": "listenKeyExpired", "E": self._desk.now_ms(), "listenKey": self._key.text}

    def _frames(self, event: AccountEvent) -> Iterator[Json]:
        match event:
            case OrderChanged():
                yield from self._order(event)
            case AccountChanged(why="leverage"):
                yield from (self._settings("ACCOUNT_CONFIG_UPDATE", each) for each in event.positions)
            case AccountChanged():
                yield self._account(event)
            case _:
                assert_never(event)

    def _order(self, event: OrderChanged) -> Iterator[Json]:
        """A trigger order is told until it fires, and that it did; then what it became is."""
        order = event.order
        if words.is_trigger(order) and (event.what == "triggered" or not order.triggered):
            yield self._update(order, self._trigger(order, EVENTS.get(event.what, "EXPIRED")))
        if not words.is_trigger(order) or order.triggered:
            yield self._update(order, self._plain(order, EVENTS.get(event.what, "NEW"), event.execution))

    def _update(self, order: Order, told: Json) -> Json:
        return {"e": "ORDER_TRADE_UPDATE", "E": self._desk.now_ms(), "T": order.updated_ms, "o": told}

    def _plain(self, order: Order, what: str, execution: Execution | None) -> Json:
        request = order.request
        return {
            **self._common(order),
            "c": words.client_id(order),
            "i": str(words.order_id(order)),
            "o": words.became_type(request),
            "sp": "0",
            "ap": brief(order.average_price),
            "x": what,
            "X": words.PUSHED[order.status],
            "n": brief(-execution.fee) if execution is not None else "0",
            "T": execution.time_ms if execution is not None else 0,
            "rp": brief(execution.realized) if execution is not None else "0",
            "z": text(order.filled),
            **(_last(execution) if execution is not None else {}),
        }

    def _trigger(self, order: Order, what: str) -> Json:
        status = words.trigger_status(order)
        return {
            **self._common(order),
            "c": "",
            "i": str(words.trigger_id(order)),
            "o": words.TYPE_NAMES[order.request.kind],
            "sp": text(order.request.trigger_price),
            "ap": "0",
            "x": what,
            "X": words.PUSHED[order.status] if status == "CANCELLED" else status,
            "n": "0",
            "T": 0,
            "rp": "0",
            "z": "0",
        }

    def _common(self, order: Order) -> Json:
        request = order.request
        return {
            "s": self._desk.of(request.symbol).id,
            "S": request.side.value.upper(),
            "q": text(order.quantity or request.quantity),
            "p": text(request.price),
            "N": ASSET,
            "wt": words.WORKING_TYPE if words.is_trigger(order) else "MARK_PRICE",
            "ps": "BOTH",
            "ro": words.reduces(request),
        }

    def _account(self, event: AccountChanged) -> Json:
        told = {
            "m": REASONS[event.why],
            "B": [_balance(each) for each in event.balances],
            "P": [self._position(each) for each in event.positions],
        }
        return {"e": "ACCOUNT_UPDATE", "E": self._desk.now_ms(), "T": event.time_ms, "a": told}

    def _position(self, held: Position) -> Json:
        exposure = margin.exposure(self._desk.exchange, held)
        return {
            "s": self._desk.of(held.symbol).id,
            "pa": text(held.quantity),
            "ep": brief(held.entry_price),
            "up": money(exposure.unrealized),
            "mt": held.margin_mode,
            "iw": money(exposure.isolated_wallet),
            "ps": "BOTH",
        }

    def _settings(self, name: str, held: Position) -> Json:
        told = {"s": self._desk.of(held.symbol).id, "l": held.leverage, "S": held.leverage, "mt": held.margin_mode}
        return {"e": name, "E": self._desk.now_ms(), "ac": told}


class _Expiry:
    """Says it once the key has not been renewed in time."""

    def __init__(self, left_ms: Callable[[], int], say: Callable[[], None]) -> None:
        self._left_ms, self._say = left_ms, say
        self._timer = self._wait()

    def cancel(self) -> None:
        self._timer.cancel()

    def _wait(self) -> asyncio.TimerHandle:
        return asyncio.get_running_loop().call_later(max(self._left_ms(), 0) / 1000, self._look)

    def _look(self) -> None:
        if self._left_ms() > 0:
            self._timer = self._wait()
        else:
            self._say()


def _last(execution: Execution) -> Json:
    return {"l": text(execution.quantity), "L": text(execution.price)}


def _balance(held: Balance) -> Json:
    total = money(held.total)
    return {"a": held.asset, "wb": total, "cw": total, "bc": "0"}
