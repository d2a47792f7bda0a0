"""Markets that the venue does not have are listed where a test wants hundreds of them, and nowhere else."""

from __future__ import annotations

import pytest

from twinstar.errors import ConfigError
from twinstar.sim.wires.binanceusdm import listings, made_up
from twinstar.sim.wires.binanceusdm.contracts import BY_SYMBOL, contract_of

MANY = [f"T{number}/USDT:USDT" for number in range(300)]


def test_made_up_markets_have_whole_definitions_and_known_ones_keep_their_own() -> None:
    found = made_up(["BTC/USDT:USDT", *MANY])
    assert [each.symbol for each in found] == ["BTC/USDT:USDT", *MANY]
    assert found[0] is BY_SYMBOL["BTC/USDT:USDT"].listing
    assert {contract_of(symbol).id for symbol in MANY} == {f"T{number}USDT" for number in range(300)}
    assert all(each.tick > 0 and each.min_quantity == each.lot for each in found)


def test_without_a_wish_for_them_they_are_unknown() -> None:
    made_up(MANY)
    with pytest.raises(ConfigError, match="does not list 'T0/USDT:USDT'"):
        listings(MANY[:1])
