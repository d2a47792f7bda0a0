"""The user data stream: what happens to an account, as long as its listen key is good."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import assert_never

from twinstar.sim.model import (
    AccountChanged,
    AccountEvent,
    Balance,
    Order,
    OrderChanged,
    Position,
)
from twinstar.sim.ports import Line
from twinstar.sim.wires import margin
from twinstar.sim.wires.binance_common import control, words
from twinstar.sim.wires.binance_common.desk import Answer, Call, Json, Route
from twinstar.sim.wires.binance_common.errors import ApiError
from twinstar.sim.wires.binance_common.words import client_id
from twinstar.sim.wires.binanceusdm.contracts import contract_of
from twinstar.sim.wires.binanceusdm.desk import Desk
from twinstar.sim.wires.binanceusdm.frames import algo_update, order_update
from twinstar.sim.wires.binanceusdm.positions import entry_price
from twinstar.sim.wires.binanceusdm.words import algo_status
from twinstar.sim.wires.listenkeys import ListenKey
from twinstar.sim.wires.spelling import frame, money, text

EXECUTION_TYPES = words.EXECUTION_TYPES | {"amended": "AMENDMENT"}
LIQUIDATION = "autoclose-"  # how the client id of a forced order begins
REASONS = {"order": "ORDER", "deposit": "DEPOSIT", "funding": "FUNDING_FEE"}


def _execution_type(order: Order, what: str) -> str:
    liquidated = what == "trade" and client_id(order).startswith(LIQUIDATION)
    return "CALCULATED" if liquidated else EXECUTION_TYPES[what]


class UserSession:
    """One connection; it lives on, silent, when its key has expired."""

    def __init__(self, desk: Desk, key: ListenKey, line: Line) -> None:
        self._desk = desk
        self._key = key
        self._line = line
        account = key.account
        self._wallets = {one.asset: one.total for one in desk.exchange.balances(account)}
        self._settings = {one.symbol: one for one in desk.exchange.positions(account)}
        self._realized: dict[str, Decimal] = {}
        for execution in desk.exchange.executions(account):
            self._realize(execution.symbol, execution.realized)
        self._stop = desk.exchange.on_account(account, self._on_event)
        self._timer = self._wait_for_expiry()

    def on_frame(self, frame: str | bytes) -> None:
        self._line.send(control.acknowledge(frame, streams=[self._key.text]))

    def refuse(self, frame: str | bytes) -> None:
        self._line.send(control.refused(frame))

    def on_close(self) -> None:
        self._stop()
        self._timer.cancel()

    def _wait_for_expiry(self) -> asyncio.TimerHandle:
        left_ms = self._desk.listen_keys.left_ms(self._key)
        return asyncio.get_running_loop().call_later(max(left_ms, 0) / 1000, self._on_timer)

    def _on_timer(self) -> None:
        if self._is_good():
            self._timer = self._wait_for_expiry()  # it has been renewed
        else:
            self._expire()

    def _is_good(self) -> bool:
        return self._desk.listen_keys.left_ms(self._key) > 0

    def _expire(self) -> None:
        """Said once; after that nothing more is told."""
        self.on_close()
        self._tell({"e": "listenKeyExpired", "E": self._now(), "listenKey": self._key.text})

    def _on_event(self, event: AccountEvent) -> None:
        if not self._is_good():
            self._expire()
            return
        match event:
            case OrderChanged():
                self._tell_order(event)
            case AccountChanged(why="leverage"):
                self._tell_settings(event)
            case AccountChanged():
                self._tell(self._account_update(event, REASONS[event.why]))
            case _:
                assert_never(event)

    def _tell_order(self, event: OrderChanged) -> None:
        order, what = event.order, event.what
        if what == "triggered":
            self._tell_triggered(order)
            return
        if event.execution is not None:
            self._realize(event.execution.symbol, event.execution.realized)
        conditional = order.request.kind.is_trigger
        if order.triggered or not conditional:
            self._tell(order_update(order, _execution_type(order, what), event.execution, self._now()))
        if conditional and not (order.triggered and order.status.is_open):
            self._tell(algo_update(order, algo_status(order), self._now()))

    def _tell_triggered(self, order: Order) -> None:
        now = self._now()
        self._tell(algo_update(order, "TRIGGERING", now))
        self._tell(order_update(order, "NEW", None, now))
        self._tell(algo_update(order, "TRIGGERED", now))

    def _tell_settings(self, event: AccountChanged) -> None:
        """A change of leverage and one of margin mode have frames of their own."""
        for position in event.positions:
            before = self._settings.get(position.symbol, position)
            self._settings[position.symbol] = position
            if position.leverage != before.leverage:
                changed = {"s": contract_of(position.symbol).id, "l": position.leverage}
                told = {"e": "ACCOUNT_CONFIG_UPDATE", "E": self._now(), "T": event.time_ms}
                self._tell({**told, "ac": changed})
            if position.margin_mode != before.margin_mode:
                self._tell(self._account_update(event, "MARGIN_TYPE_CHANGE"))

    def _account_update(self, event: AccountChanged, why: str) -> Json:
        return {
            "e": "ACCOUNT_UPDATE",
            "T": event.time_ms,
            "E": self._now(),
            "a": {
                "m": why,
                "B": [self._wallet(one, event) for one in event.balances],
                "P": [self._position(one) for one in event.positions],
            },
        }

    def _wallet(self, held: Balance, event: AccountChanged) -> Json:
        """``bc`` is what came or went for another reason than trading."""
        before = self._wallets.get(held.asset, Decimal(0))
        self._wallets[held.asset] = held.total
        exposures = margin.exposures(self._desk.exchange, self._key.account)
        isolated = sum((one.isolated_wallet for one in exposures), Decimal(0))
        return {
            "a": held.asset,
            "wb": money(held.total),
            "cw": money(held.total - isolated),
            "bc": "0" if event.why == "order" else money(held.total - before),
        }

    def _position(self, held: Position) -> Json:
        exposure = margin.exposure(self._desk.exchange, held)
        return {
            "s": contract_of(held.symbol).id,
            "pa": text(held.quantity),
            "ep": entry_price(held),
            "bep": money(margin.break_even(exposure)),
            "cr": money(self._realized.get(held.symbol, Decimal(0))),
            "up": money(exposure.unrealized),
            "mt": held.margin_mode,
            "iw": money(exposure.isolated_wallet),
            "ps": "BOTH",
            "ma": "USDT",
        }

    def _realize(self, symbol: str, profit: Decimal) -> None:
        self._realized[symbol] = self._realized.get(symbol, Decimal(0)) + profit

    def _tell(self, told: Json) -> None:
        self._line.send(frame(told))

    def _now(self) -> int:
        return self._desk.exchange.clock.now_ms()


def start(desk: Desk, call: Call) -> Answer:
    return {"listenKey": desk.listen_keys.start(call.account).text}


def extend(desk: Desk, call: Call) -> Answer:
    key = desk.listen_keys.extend(call.account)
    if key is None:
        raise ApiError(-1125, "This listenKey does not exist. Please use POST /fapi/v1/listenKey to recreate listenKey")
    return {"listenKey": key.text}


def end(desk: Desk, call: Call) -> Answer:
    desk.listen_keys.end(call.account)
    return {}


ROUTES = (
    Route(method="POST", path="/fapi/v1/listenKey", answer=start, keyed=True),
    Route(method="PUT", path="/fapi/v1/listenKey", answer=extend, keyed=True),
    Route(method="DELETE", path="/fapi/v1/listenKey", answer=end, keyed=True),
)
