"""What a tape of Lighter keeps: our orders as they were sent, without what signed them and without a token."""

from __future__ import annotations

import re
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import unquote_plus

import msgspec
import pytest

import twinstar as ts
from lighter_shared import INSTALLED, QUALITY
from twinstar.runtime.tape import Ring, RingTape
from twinstar.testing.conformance.listening import listening
from twinstar.testing.conformance.opening import plugins_here
from twinstar.testing.conformance.stage import MAIN, Stage, staged

pytestmark = [
    pytest.mark.usefixtures("native"),
    INSTALLED,
]
SIGNATURE = re.compile(r'Sig\\*":\\*"([^"\\]+)')
TOKEN = re.compile(r"^\d+:\d+:\d+:[0-9a-f]{160}$")


class Overheard:
    """A tape, and beside it all that it was told."""

    def __init__(self, tape: RingTape) -> None:
        self.open, self.close, self._tape = tape.open, tape.close, tape
        self.told: list[str] = []

    def frame(self, line: int, what: Any, data: str | bytes) -> None:
        self.told.append(str(data))
        self._tape.frame(line, what, data)

    def exchange(self, method: str, url: str, body: object, status: int, answer: str | bytes) -> None:
        self.told += [url, msgspec.json.encode(body).decode()]
        self._tape.exchange(method, url, body, status, answer)


def opened(s: Stage, tape: Overheard, over: str) -> ts.Venue:
    config = {"type": "lighter", "mode": "sim", "instruments": [s.symbol], "send_over": over}
    return plugins_here().open_venue(
        "lighter",
        s.kind,
        s.kind.config.model_validate(config),
        clock=s.clock,
        venue_clock=s.time,
        random=Random(7),
        endpoint=ts.SimEndpoint(url=s.url, api_key=MAIN.api_key, secret=MAIN.secret),
        tape=tape,
    )


def whole(directory: Path) -> str:
    """As it is, and as a form's fields read."""
    kept = "".join(path.read_text(encoding="utf-8") for path in directory.rglob("*.jsonl"))
    return kept + unquote_plus(kept)


@pytest.mark.parametrize("over", ["socket", "rest"])
async def test_no_token_and_no_signature_is_kept(tmp_path: Path, over: str) -> None:
    async with staged(QUALITY) as s:
        ring = Ring(tmp_path, s.clock, minutes=5, megabytes=10)
        tape = Overheard(ring.tape("lighter"))
        venue = opened(s, tape, over)
        assert venue.trading is not None
        async with listening(venue, s.symbol) as heard:
            await venue.trading.place(s.order())
            await heard.until(lambda heard: heard.of(ts.OrderFilled))
            token = await venue.trading.reading.tokens.current()  # type: ignore[attr-defined]
            line = tape.open(f"wss://mainnet.zklighter.elliot.ai/stream?auth={token}")
            tape.exchange("GET", f"https://mainnet.zklighter.elliot.ai/api/v1/trades?auth={token}", None, 200, "{}")
            tape.frame(line, "<", f'{{"error":{{"code":20013,"message":"invalid auth: {token}"}}}}')
        assert venue.close is not None
        await venue.close()
    ring.write()
    kept = whole(tmp_path)
    signatures = SIGNATURE.findall("".join(tape.told))
    assert TOKEN.match(token)
    assert signatures
    assert any(token in told for told in tape.told if "account_all_orders" in told)
    for secret in (*signatures, token, token.rpartition(":")[2]):
        assert secret not in kept
    assert "ClientOrderIndex" in kept
    assert "account_all_orders/" in kept
