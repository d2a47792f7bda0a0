"""Whether it is a venue at all: its configuration, its quotas, its listing, its code."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

from pydantic import ValidationError

from twinstar.domain import StreamOpened
from twinstar.errors import ConfigError, VenueUnavailable
from twinstar.testing.conformance.case import case, raising, same
from twinstar.testing.conformance.listening import listening
from twinstar.testing.conformance.quality import Tier
from twinstar.testing.conformance.stage import Stage

BANNED = {
    ("asyncio", "create_task"),
    ("asyncio", "ensure_future"),
    ("time", "time"),
    ("time", "time_ns"),
    ("datetime", "now"),
    ("datetime", "utcnow"),
}


@case("S1", Tier.BRONZE)
async def an_unknown_key_of_its_configuration_is_refused(s: Stage) -> None:
    with raising(ValidationError) as raised:
        s.connect(no_such_key=1)
    assert "no_such_key" in str(raised), "the refusal does not name the key"


@case("S2", Tier.BRONZE)
async def what_the_venue_meters_is_declared_with_its_source(s: Stage) -> None:
    config = s.kind.config.model_validate({"mode": "sim", "instruments": [s.symbol], "type": s.quality.type})
    limits = s.kind.limits(s.quality.venue, config)
    assert limits.quotas, "no quota is declared"
    same([quota.name for quota in limits.quotas if quota.source is None], [])


@case("S3", Tier.SILVER)
async def no_task_is_spawned_and_no_clock_is_read(s: Stage) -> None:
    package = s.kind.make.__module__.partition(".")[0]
    module = import_module(s.kind.make.__module__ if package == "twinstar" else package)
    folder = Path(str(module.__file__)).parent
    same([f"{path.name}: {call}" for path in sorted(folder.rglob("*.py")) for call in banned_calls(path)], [])


def banned_calls(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            if (node.value.id, node.attr) in BANNED:
                yield f"{node.value.id}.{node.attr}"
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{name.name}" for name in node.names if (node.module, name.name) in BANNED)


@case("S4", Tier.SILVER)
async def an_instrument_has_the_venues_own_steps(s: Stage) -> None:
    (instrument,) = await s.listing.instruments([s.symbol])
    listed = s.exchange.listings[s.symbol]
    same((instrument.base, instrument.quote, instrument.settle), (listed.base, listed.quote, listed.settle))
    same((instrument.quantity_step, instrument.min_notional), (listed.lot, listed.min_notional))
    same(instrument.price_step % listed.tick, 0)


@case("S5", Tier.SILVER)
async def every_symbol_it_does_not_have_is_named_at_once(s: Stage) -> None:
    with raising(ConfigError) as raised:
        await s.listing.instruments([s.symbol, "NO/SUCH", "NOR/THIS"])
    assert all(symbol in str(raised) for symbol in ("NO/SUCH", "NOR/THIS")), str(raised)


@case("S6")
async def closing_it_ends_every_stream_with_an_error_of_ours(s: Stage) -> None:
    async with listening(s.venue, s.symbol) as heard:
        await s.close()
        await heard.until(lambda heard: len(heard.errors) == len(heard.of(StreamOpened)))
        same({type(error) for error in heard.errors}, {VenueUnavailable})
