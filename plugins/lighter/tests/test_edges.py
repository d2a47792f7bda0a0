"""From our order through the real signer to the venue's reading of it: the least and the most that a market takes."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from decimal import Decimal
from itertools import product

import msgspec
import pytest
from msgspec.structs import asdict, replace

import twinstar as ts
from lighter_shared import market, order
from twinstar.sim.wires.lighter import transactions
from twinstar_lighter.nonces import Place
from twinstar_lighter.orders import MOST_PRICE, MOST_SIZE, STANDS_MS, Market, change_of, client_index, fields_of
from twinstar_lighter.signer import Key, Network, Signed, Signer

NOW_MS = 1_795_598_000_000
PLACE = Place(4, 1)
MARKETS = [
    market(number, size, price) for number, size, price in ((0, 4, 2), (1, 5, 1), (2, 3, 3), (24, 0, 6), (254, 6, 0))
]
EDGES = list(product((1, MOST_SIZE), (1, MOST_PRICE)))
KINDS = [
    ({"time_in_force": ts.TimeInForce.GTC}, (0, 1)),
    ({"time_in_force": ts.TimeInForce.IOC}, (0, 0)),
    ({"time_in_force": ts.TimeInForce.POST_ONLY}, (0, 2)),
    ({"kind": ts.OrderKind.MARKET, "reduce_only": True}, (1, 0)),
    ({"kind": ts.OrderKind.STOP}, (2, 0)),
    ({"kind": ts.OrderKind.TAKE_PROFIT}, (4, 0)),
]


@pytest.fixture
def signer(native: ctypes.CDLL) -> Iterator[Signer]:
    made = Signer(
        native, Network("sim", "http://127.0.0.1:1", 304), [Key(account=1_000, slot=4, private_key="ab" * 40)]
    )
    yield made
    made.close()


def read(signed: Signed) -> transactions.Tx:
    return transactions.read(signed.tx_type, signed.tx_info, msgspec.json.decode(signed.tx_info)["ExpiredAt"] - 1)


def at_the_edge(of: Market, size: int, price: int, **changes: object) -> ts.Order:
    limit = Decimal(price).scaleb(-of.price_decimals)
    return order(quantity=Decimal(size).scaleb(-of.size_decimals), price=limit, stop_price=limit, **changes)


def exactly(wanted: ts.Order, of: Market, kind: tuple[int, int]) -> dict[str, object]:
    """What the venue has to read, in numbers of its own."""
    waits = kind not in ((0, 0), (1, 0))
    return {
        "market_index": of.id,
        "client_order_index": client_index(wanted.order_id),
        "base_amount": wanted.quantity * 10**of.size_decimals,
        "price": (wanted.price or Decimal(0)) * 10**of.price_decimals,
        "is_ask": wanted.side is ts.Side.SELL,
        "type": kind[0],
        "time_in_force": kind[1],
        "reduce_only": wanted.reduce_only or wanted.kind.is_trigger,
        "trigger_price": (wanted.stop_price or Decimal(0)) * 10**of.price_decimals if wanted.kind.is_trigger else 0,
        "order_expiry": NOW_MS + STANDS_MS if waits else 0,
    }


@pytest.mark.parametrize(("changes", "kind"), KINDS)
async def test_each_kind_of_order_arrives_as_it_was_meant(
    signer: Signer, changes: dict[str, object], kind: tuple[int, int]
) -> None:
    for of, (size, price), side in product(MARKETS, EDGES, ts.Side):
        wanted = at_the_edge(of, size, price, side=side, **changes)
        tx = read(await signer.create(fields_of(wanted, of, wanted.price or Decimal(0), NOW_MS), PLACE))
        assert isinstance(tx, transactions.CreateOrder)
        assert asdict(tx.order) == exactly(wanted, of, kind)


@pytest.mark.parametrize("kind", [ts.OrderKind.LIMIT, ts.OrderKind.STOP, ts.OrderKind.TAKE_PROFIT])
async def test_each_change_of_an_order_arrives_as_it_was_meant(signer: Signer, kind: ts.OrderKind) -> None:
    for of, (size, price), index in product(MARKETS, EDGES, (1, 2**49)):
        wanted = at_the_edge(of, size, price, kind=kind)
        terms = ts.Terms(quantity=wanted.quantity, price=wanted.price, stop_price=wanted.stop_price)
        tx = read(await signer.modify(change_of(wanted, terms, of, wanted.price or Decimal(0), index), PLACE))
        assert isinstance(tx, transactions.ModifyOrder)
        trigger = price if kind.is_trigger else 0
        told = (tx.market_index, tx.index, tx.base_amount, tx.price, tx.trigger_price)
        assert told == (of.id, index, size, price, trigger)


async def test_each_order_of_a_group_arrives_as_it_was_meant(signer: Signer) -> None:
    exits = [({**changes, "side": ts.Side.SELL}, kind) for changes, kind in KINDS[4:]]
    forms = [({"kind": ts.OrderKind.MARKET, "side": ts.Side.BUY}, (1, 0)), *exits]
    for of, (size, price) in product(MARKETS, EDGES):
        wanted = [at_the_edge(of, size, price, order_id=f"ts{n:018d}", **form) for n, (form, _) in enumerate(forms)]
        first, *rest = [fields_of(each, of, each.price or Decimal(0), NOW_MS) for each in wanted]
        tx = read(await signer.group(3, [first, *(replace(each, size=0) for each in rest)], PLACE))
        assert isinstance(tx, transactions.CreateGroupedOrders)
        meant = [exactly(each, of, kind) for each, (_, kind) in zip(wanted, forms, strict=True)]
        sizes = [{"base_amount": size}, {"base_amount": 0}, {"base_amount": 0}]  # the venue knows the others' size
        assert [asdict(each) for each in tx.orders] == [m | of_it for m, of_it in zip(meant, sizes, strict=True)]
