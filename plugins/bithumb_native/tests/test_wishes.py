"""Our orders in the venue's words: to the digit, or not at all."""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import urlsafe_b64decode
from decimal import Decimal

import pytest

import twinstar as ts
from twinstar_bithumb_native.signing import Keys, authorization, body_of, query_of
from twinstar_bithumb_native.ticks import price_step, rounded_down
from twinstar_bithumb_native.wishes import Unfit, market_of, order_params, symbol_of

# The lowest price of each band, its step, and the highest price below it.
BANDS = [
    ("1000000", "1000", "999500"),
    ("500000", "500", "499900"),
    ("100000", "100", "99950"),
    ("50000", "50", "49990"),
    ("10000", "10", "9995"),
    ("5000", "5", "4999"),
    ("1000", "1", "999"),
    ("100", "1", "99.99"),
    ("10", "0.01", "9.999"),
    ("1", "0.001", "0.9999"),
]


def order(**changes: object) -> ts.Order:
    given = {
        "order_id": "ts" + "0" * 18,
        "instrument": ts.InstrumentId("BTC/KRW", "bithumb"),
        "side": ts.Side.BUY,
        "kind": ts.OrderKind.LIMIT,
        "quantity": Decimal("0.00005243"),
        "price": Decimal(135_123_000),
        "role": ts.Role.ENTRY,
    }
    return ts.Order(**{**given, **changes})


@pytest.mark.parametrize(("lowest", "step", "below"), BANDS)
def test_the_lower_edge_of_a_band_belongs_to_it(lowest: str, step: str, below: str) -> None:
    edge, under = Decimal(lowest), Decimal(below)
    assert price_step("KRW", edge) == Decimal(step)
    assert rounded_down("KRW", under) == under
    assert under + price_step("KRW", under) == edge
    order_params(order(price=edge))
    order_params(order(price=under))
    order_params(order(price=edge + Decimal(step)))
    with pytest.raises(Unfit, match="steps of"):
        order_params(order(price=edge + Decimal(step) / 2))


def test_a_price_and_a_quantity_go_out_as_they_are() -> None:
    params = dict(order_params(order()))
    assert params == {
        "market": "KRW-BTC",
        "side": "bid",
        "order_type": "limit",
        "price": "135123000",
        "volume": "0.00005243",
        "client_order_id": order().order_id,
    }


def test_a_small_quantity_is_never_written_with_an_exponent() -> None:
    assert dict(order_params(order(quantity=Decimal("1E-8"))))["volume"] == "0.00000001"
    assert dict(order_params(order(price=Decimal("1.35E+8"))))["price"] == "135000000"


def test_a_market_buy_goes_out_with_a_limit_on_a_step_and_ends_at_once() -> None:
    params = dict(order_params(order(kind=ts.OrderKind.MARKET, price=None), Decimal("137825460.5")))
    assert (params["order_type"], params["price"], params["time_in_force"]) == ("limit", "137825000", "ioc")


def test_a_market_sale_names_only_a_quantity() -> None:
    params = dict(order_params(order(kind=ts.OrderKind.MARKET, side=ts.Side.SELL, price=None)))
    assert (params["order_type"], params["volume"], params.get("price")) == ("market", "0.00005243", None)


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": ts.OrderKind.STOP, "stop_price": Decimal(1)},
        {"quantity": Decimal("0.000000001")},
        {"quantity": Decimal(0)},
        {"price": None},
        {"kind": ts.OrderKind.MARKET, "time_in_force": ts.TimeInForce.FOK},
        {"reduce_only": True},
        {"instrument": ts.InstrumentId("ETH/BTC", "bithumb"), "time_in_force": ts.TimeInForce.IOC},
    ],
)
def test_what_the_venue_would_not_take_as_we_mean_it_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(Unfit):
        order_params(order(**changes))


def test_markets_are_named_the_other_way_round() -> None:
    assert (market_of("BTC/KRW"), symbol_of("BTC-USDC")) == ("KRW-BTC", "USDC/BTC")


def test_hash_and_body_come_from_the_same_fields_in_the_same_order() -> None:
    params = order_params(order())
    header = authorization(Keys("k", "s"), params, nonce="n", now_ms=7)
    head, claims, signature = header.removeprefix("Bearer ").split(".")
    told = json.loads(urlsafe_b64decode(claims + "=="))
    sent = "&".join(f"{name}={value}" for name, value in json.loads(body_of(params)).items())
    assert told["query_hash"] == hashlib.sha512(sent.encode()).hexdigest()
    assert (told["access_key"], told["nonce"], told["timestamp"]) == ("k", "n", 7)
    due = hmac.digest(b"s", f"{head}.{claims}".encode(), "sha256")
    assert urlsafe_b64decode(signature + "==") == due


def test_without_parameters_nothing_is_hashed() -> None:
    claims = authorization(Keys("k", "s"), (), nonce="n", now_ms=7).split(".")[1]
    assert "query_hash" not in json.loads(urlsafe_b64decode(claims + "=="))


def test_the_brackets_of_a_list_stay_as_they_are() -> None:
    params = [("uuids[]", "a"), ("uuids[]", "b")]
    assert query_of(params) == "uuids[]=a&uuids[]=b"
    assert json.loads(body_of(params)) == {"uuids": ["a", "b"]}


def test_keys_are_not_shown() -> None:
    assert repr(Keys("an access key", "a secret")) == "Keys(…)"
