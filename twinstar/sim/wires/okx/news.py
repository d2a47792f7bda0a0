"""Private channels: what becomes of orders, algo orders, positions and balance."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from twinstar.sim.model import AccountChanged, AccountEvent, OrderChanged
from twinstar.sim.wires import margin
from twinstar.sim.wires.okx import account as accounts
from twinstar.sim.wires.okx.channels import Send, Start, Stop, unknown
from twinstar.sim.wires.okx.desk import ASSET, Desk, Json
from twinstar.sim.wires.okx.params import Params
from twinstar.sim.wires.okx.views import algo_view, brief, order_update
from twinstar.sim.wires.okx.words import is_algo, is_plain

PLACES = {
    "orders": "private",
    "positions": "private",
    "account": "private",
    "balance_and_position": "private",
    "orders-algo": "business",
}
KINDS = ("ANY", "SWAP", "SPOT", "MARGIN", "FUTURES", "OPTION")
OURS = ("ANY", "SWAP")  # of the kinds, what there is here


def has(place: str, name: str) -> bool:
    return PLACES.get(name) == place


def channel(desk: Desk, account: str, wanted: Params, send: Send) -> Start:
    name, kind = wanted.get("channel"), wanted.get("instType", "ANY")
    contract = desk.contracts.get(wanted.get("instId"))
    if kind not in KINDS or (wanted.has("instId") and contract is None):
        raise unknown(wanted.values)
    symbols = {each.listing.symbol for each in (desk.contracts.values() if contract is None else (contract,))}
    told = News(desk, account, symbols if kind in OURS else set())
    return lambda: told.start(name, send)


class News:
    """Of one account, in some markets."""

    def __init__(self, desk: Desk, account: str, symbols: set[str]) -> None:
        self._desk, self._account, self._symbols = desk, account, symbols

    def start(self, name: str, send: Send) -> Stop:
        say, first = CHANNELS[name]
        if beginning := list(first(self)):
            send(beginning)

        def on_event(event: AccountEvent) -> None:
            if rows := list(say(self, event)):
                send(rows)

        return self._desk.exchange.on_account(self._account, on_event)

    def orders(self, event: AccountEvent) -> Iterator[Json]:
        if isinstance(event, OrderChanged) and is_plain(event.order) and self._wants(event):
            yield order_update(self._desk, self._account, event.order, event.execution)

    def algos(self, event: AccountEvent) -> Iterator[Json]:
        """A fill of what an algo order became is told by the order; that it went off, here."""
        if not isinstance(event, OrderChanged) or not is_algo(event.order) or not self._wants(event):
            return
        if event.what == "triggered" or not event.order.triggered:
            yield algo_view(self._desk, self._account, event.order)

    def _wants(self, event: OrderChanged) -> bool:
        return event.order.request.symbol in self._symbols

    def positions(self, event: AccountEvent) -> Iterator[Json]:
        changed = event.positions if isinstance(event, AccountChanged) else ()
        yield from self._held({each.symbol for each in changed} & self._symbols, flat=True)

    def every_position(self) -> Iterator[Json]:
        yield from self._held(self._symbols, flat=False)

    def _held(self, symbols: set[str], *, flat: bool) -> Iterator[Json]:
        if not symbols:
            return
        wallet = self._desk.wallet(self._account)
        for each in wallet.exposures:
            if each.position.symbol in symbols and (flat or each.position.quantity):
                yield accounts.position_view(self._desk, self._account, each, wallet)

    def balance(self, event: AccountEvent) -> Iterator[Json]:
        if isinstance(event, AccountChanged):
            yield from self.whole_balance()

    def whole_balance(self) -> Iterator[Json]:
        yield accounts.balance_view(self._desk, self._account)

    def both(self, event: AccountEvent) -> Iterator[Json]:
        if isinstance(event, AccountChanged):
            why = {"order": "filled", "deposit": "transferred", "funding": "funding_fee"}.get(event.why)
            if why is not None:
                yield self._snapshot(why)

    def both_at_first(self) -> Iterator[Json]:
        yield self._snapshot("snapshot")

    def _snapshot(self, why: str) -> Json:
        now, wallet = str(self._desk.now_ms()), self._desk.wallet(self._account)
        held = [each for each in wallet.exposures if each.position.quantity]
        return {
            "pTime": now,
            "eventType": why,
            "balData": [{"ccy": ASSET, "cashBal": brief(wallet.balance), "uTime": now}],
            "posData": [self._short(each) for each in held],
            "trades": [],
        }

    def _short(self, held: margin.Exposure) -> Json:
        whole = accounts.position_view(self._desk, self._account, held, self._desk.wallet(self._account))
        names = (
            "posId",
            "tradeId",
            "instId",
            "instType",
            "mgnMode",
            "posSide",
            "pos",
            "ccy",
            "posCcy",
            "avgPx",
            "uTime",
        )
        return {name: whole[name] for name in names}


Tell = Callable[[News, AccountEvent], Iterator[Json]]
Begin = Callable[[News], Iterator[Json]]


def _nothing(_: News) -> Iterator[Json]:
    return iter(())


CHANNELS: Mapping[str, tuple[Tell, Begin]] = {
    "orders": (News.orders, _nothing),
    "orders-algo": (News.algos, _nothing),
    "positions": (News.positions, News.every_position),
    "account": (News.balance, News.whole_balance),
    "balance_and_position": (News.both, News.both_at_first),
}
