"""The files of limits: whole, dated, sourced; and what is wrong with a file is told all at once."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from twinstar.builtin.limits import HERE, completed, default_quota, known_venues, limits_of
from twinstar.config import LimitsConfig
from twinstar.domain import WS_CONNECT, WS_MESSAGE, Charge, Endpoint, Limits, Steps, Tariff
from twinstar.errors import PluginError
from twinstar.plugin import read_limits
from twinstar.plugin.limits import in_force

VENUES = ("binance", "binanceusdm", "bingx", "bitget", "bithumb", "bybit", "lighter", "okx", "upbit")


def test_there_is_a_file_for_each_venue_of_the_work_log():
    assert known_venues() == VENUES


@pytest.mark.parametrize("venue", VENUES)
def test_every_cap_has_a_source_and_a_date_and_every_request_a_charge(venue: str):
    limits = limits_of(venue)
    assert limits.venue == venue
    for quota in limits.quotas:
        assert quota.source is not None, quota.name
        assert quota.source.what
        assert date(2026, 1, 1) <= quota.source.date <= date(2027, 1, 1)
        assert quota.cap >= 1
    tariff, names = Tariff(limits), {quota.name for quota in limits.quotas}
    for what in (WS_CONNECT, WS_MESSAGE, "GET /never/heard/of"):
        charges = tariff.charges(what)
        assert {charge.quota for charge in charges} <= names
    assert all(quota in names for endpoint in limits.endpoints.values() for quota in endpoint.charges)


@pytest.mark.parametrize("venue", VENUES)
def test_no_request_weighs_more_than_its_cap_nor_more_than_its_margin_leaves(venue: str):
    caps = {quota.name: quota.cap for quota in limits_of(venue).quotas}
    for endpoint in limits_of(venue).endpoints.values():
        for quota, weight in endpoint.charges.items():
            assert weight <= max(1, caps[quota] * 0.8)


def test_the_log_s_rates_apply_where_no_source_names_a_cap_with_their_margin_and_burst():
    caps = {venue: default_quota(venue) for venue in ("bybit", "binance", "okx", "kraken")}
    rates = {venue: quota.cap / quota.per_s for venue, quota in caps.items()}
    assert rates == pytest.approx({"bybit": 1.6, "binance": 16, "okx": 8, "kraken": 4})
    assert {venue: quota.cap for venue, quota in caps.items()} == {"bybit": 2, "binance": 20, "okx": 10, "kraken": 5}
    assert completed(Limits(venue="x")).quotas == (default_quota("x"),)
    assert not [quota for quota in limits_of("okx").quotas if quota.name == "default" and quota.sure]
    assert "default" not in {quota.name for quota in limits_of("upbit").quotas}  # each of its caps is sourced


def test_the_margin_is_taken_of_what_is_not_sure_and_configuration_has_the_last_word():
    limits = limits_of("binanceusdm")

    def caps(**config) -> dict[str, float]:
        return {quota.name: quota.cap for quota in in_force(limits, LimitsConfig(**config)).quotas}

    assert (caps()["weight_1m"], caps()["ws_connect"]) == (2_400, 240)
    assert (caps(margin=0.5)["weight_1m"], caps(margin=0.5)["ws_connect"]) == (1_200, 150)
    assert caps(margin=0.5, caps={"weight_1m": 2_000})["weight_1m"] == 2_000
    assert caps(margin=0.001)["orders_10s"] == 1


TARIFF = Tariff(
    Limits(
        venue="x",
        endpoints={
            "GET /v1/candles/*": Endpoint(
                charges={"weight": 10, "other": 1},
                steps=Steps(param="limit", usual=500, upto=((99, 1), (499, 2), (1_000, 5))),
            ),
            "GET /v1/orders": Endpoint(charges={"weight": 1}, without={"symbol": 40}),
            "* /v1/orders": Endpoint(charges={"orders": 1}),
            "*": Endpoint(charges={"weight": 3}),
        },
    )
)


@pytest.mark.parametrize(
    ("what", "params", "weights"),
    [
        ("GET /v1/candles/1m", {}, (5, 1)),
        ("GET /v1/candles/1m", {"limit": 99}, (1, 1)),
        ("GET /v1/candles/1m", {"limit": "100"}, (2, 1)),
        ("GET /v1/candles/1m", {"limit": 1_001}, (10, 1)),
        ("GET /v1/candles/1m", {"limit": "many"}, (10, 1)),
        ("GET /v1/candles/1m", {"limit": None}, (5, 1)),
        ("GET /v1/orders", {}, (40,)),
        ("GET /v1/orders", {"symbol": "BTC"}, (1,)),
        ("DELETE /v1/orders", {}, (1,)),
        ("GET /v2/orders", {}, (3,)),
    ],
)
def test_a_request_weighs_what_its_parameters_make_it(what: str, params: dict[str, object], weights: tuple):
    assert tuple(charge.weight for charge in TARIFF.charges(what, params)) == weights


def test_what_fits_nothing_is_charged_to_the_default():
    assert Tariff(Limits(venue="x")).charges("GET /") == (Charge("default", 1),)


GOOD = """
venue = "x"
[sources]
docs = { what = "docs", date = 2026-11-22 }
[quotas]
weight = { cap = 10, per_s = 1, source = "docs" }
[endpoints]
"*" = { charges = { weight = 1 } }
"""


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ('color = "red"\n' + GOOD, ["color: unknown key"]),
        (GOOD.replace('venue = "x"', ""), ["venue: "]),
        (GOOD.replace("cap = 10", "cap = 0"), ["quotas.weight: cap and per_s must be above 0"]),
        (GOOD.replace("cap = 10", 'cap = "ten"'), ["quotas.weight: Expected `float`, got `str`"]),
        (GOOD.replace("cap = 10", "cap = 10, scope = 'moon'"), ["quotas.weight: Invalid enum value 'moon'"]),
        (GOOD.replace("cap = 10", "cap = 10, colour = 1"), ["quotas.weight: Object contains unknown field `colour`"]),
        (GOOD.replace('source = "docs"', 'source = "hearsay"'), ["quotas.weight.source: must be one of docs"]),
        (GOOD.replace("date = 2026-11-22", "date = 'lately'"), ["sources.'docs': Invalid RFC3339 encoded date"]),
        (GOOD.replace("weight = 1", "wieght = 1"), ["endpoints.'*': there is no quota 'wieght'"]),
        (
            GOOD + "[[bans]]\nstatus = 418\nstops = 'ip'\n[[bans]]\nstops = 'all'\nfor_s = 1\n",
            ["bans[0]: Object missing required field `for_s`", "bans[1]: Invalid enum value 'all'"],
        ),
        (
            GOOD + "[[bans]]\nstatus = 418\nstops = 'ip'\nfor_s = 1\nuntil = '('\n"
            "[[usage]]\nheader = 'X'\ntells = 'used'\nquota = 'wait'\npattern = 'x'\n",
            ["usage.X: there is no quota 'wait'", "usage.X.pattern: 'x' must have one group", "bans.418: '(' is not"],
        ),
    ],
)
def test_all_that_is_wrong_with_a_file_is_told_with_its_key(wrong: str, told: list[str], tmp_path: Path):
    path = tmp_path / "x.toml"
    path.write_text(wrong, "utf-8")
    with pytest.raises(PluginError) as caught:
        read_limits(path)
    assert all(f"x.toml: {text}" in str(caught.value) for text in told)


def test_a_file_that_is_not_toml_or_not_there_is_named(tmp_path: Path):
    (tmp_path / "x.toml").write_text("venue = ", "utf-8")
    with pytest.raises(PluginError, match=r"x\.toml: "):
        read_limits(tmp_path / "x.toml")
    with pytest.raises(PluginError, match=r"y\.toml: "):
        read_limits(tmp_path / "y.toml")


def test_the_example_of_the_docs_is_read(tmp_path: Path):
    docs = (HERE.parents[2] / "docs" / "limits.md").read_text("utf-8")
    (example,) = re.findall(r"```toml\n(.*?)```", docs, re.DOTALL)
    (tmp_path / "acme.toml").write_text(example, "utf-8")
    limits = read_limits(tmp_path / "acme.toml", also=(default_quota("acme"),))
    assert Tariff(limits).charges("GET /v1/orders", {})[0].weight == 40
