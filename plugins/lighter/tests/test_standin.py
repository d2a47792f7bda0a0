"""Without the library the simulated exchange is traded at all the same, and no other venue."""

from __future__ import annotations

import ctypes
import json
from pathlib import Path

import pytest

import twinstar as ts
from lighter_shared import INSTALLED, QUALITY
from test_signer import CASES, KEY, NETWORK
from twinstar.testing.conformance.listening import listening
from twinstar.testing.conformance.stage import staged
from twinstar_lighter import library
from twinstar_lighter.config import LighterConfig
from twinstar_lighter.signer import Signer
from twinstar_lighter.standin import StandIn


class Clock:
    def now_ms(self) -> int:
        return 1_795_598_000_000

    def doubt(self) -> None:
        raise AssertionError("nobody refused a time")


@pytest.mark.parametrize("case", CASES)
async def test_it_writes_what_the_native_library_writes_but_for_the_signature(native: ctypes.CDLL, case: tuple) -> None:
    _, sign, _ = case
    written = [await sign(signer) for signer in (Signer(native, NETWORK, [KEY]), StandIn(KEY.account, Clock()))]
    theirs, ours = (json.loads(each.tx_info) for each in written)
    assert written[0].tx_type == written[1].tx_type
    assert list(theirs) == list(ours)
    for once in ("Sig", "ExpiredAt"):
        assert len(str(theirs.pop(once))) == len(str(ours.pop(once)))
    assert theirs == ours


@pytest.fixture
def without_library(monkeypatch: pytest.MonkeyPatch) -> None:
    def find(given: Path | None) -> Path:
        raise ts.errors.ConfigError("Lighter's signer library was not found")

    monkeypatch.setattr(library, "find", find)


@pytest.mark.usefixtures("without_library")
@INSTALLED
async def test_the_simulation_trades_without_the_library() -> None:
    async with staged(QUALITY) as s, listening(s.venue, s.symbol) as heard:
        order = s.order()
        await s.trading.place(order)
        await heard.until(lambda heard: sum(e.fill.quantity for e in heard.of(ts.OrderFilled)) == order.quantity)
        with pytest.raises(ts.errors.ConfigError, match="not found"):
            s.connect(signer_library="/nowhere.so")


@pytest.mark.usefixtures("without_library")
def test_real_money_is_never_traded_without_the_library() -> None:
    from twinstar_lighter.access import signer_of  # noqa: PLC0415 - after the library is gone

    config = LighterConfig.model_validate({"type": "lighter", "mode": "testnet", "instruments": ["ETH/USDC:USDC"]})
    with pytest.raises(ts.errors.ConfigError, match="not found"):
        signer_of(config, None, [KEY])  # type: ignore[arg-type]
