"""What no section can see on its own: faults between sections, and between the file and this machine."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from twinstar.config import risk
from twinstar.config.document import KeyPath
from twinstar.config.models import Config, LimitsConfig, Mode, StrategyConfig, VenueConfig
from twinstar.config.problems import did_you_mean
from twinstar.config.secrets import secrets_of
from twinstar.domain import InstrumentId, Limits

Faults: TypeAlias = Iterator[tuple[KeyPath, str]]


def names(data: Mapping[str, Any], known: Mapping[str, tuple[str, ...]]) -> Faults:
    """The journal and the store must be registered."""
    for kind in ("journal", "store"):
        name = data.get(kind, Config.model_fields[kind].default)
        if isinstance(name, str) and name not in known[kind]:
            yield (kind,), f"no {kind} {name!r}{did_you_mean(name, known[kind])}"


def venues(sections: Mapping[str, VenueConfig]) -> Faults:
    yield from _shared_keys(sections)
    for name, venue in sections.items():
        for symbol, market in venue.sim.markets.items():
            if market.replay is not None and not market.replay.is_file():
                yield ("venues", name, "sim", "markets", symbol, "replay"), f"no such file: {market.replay}"


def limits(name: str, config: LimitsConfig, documented: Limits) -> Faults:
    """Caps of the user's own must be of quotas that there are, and above the documented ones only knowingly."""
    quotas = {quota.name: quota for quota in documented.quotas}
    for quota_name, cap in config.caps.items():
        path, quota = ("venues", name, "limits", "caps", quota_name), quotas.get(quota_name)
        if quota is None:
            yield path, f"no quota {quota_name!r} at {documented.venue}{did_you_mean(quota_name, quotas)}"
        elif cap > (stated := quota.documented or quota.cap) and not config.i_know:
            said_by = f" ({quota.source.what}, {quota.source.date})" if quota.source else ""
            yield (
                path,
                (
                    f"above the documented {stated:g} in {quota.per_s:g} s{said_by}: the venue bans for that; "
                    "lower it, or add i_know: true"
                ),
            )


def risks(config: Config | None, sections: Mapping[str, VenueConfig]) -> Faults:
    for name, venue in sections.items():
        yield from risk.faults(venue.risk, ("venues", name, "risk"), venue.instruments)
    if config is not None:
        yield from risk.faults(config.risk, ("risk",), [s for venue in sections.values() for s in venue.instruments])


def incidents(config: Config) -> Faults:
    simulated = [name for name, venue in config.venues.items() if venue.get("mode") == Mode.SIM.value]
    for place, incident in enumerate(config.sim.incidents):
        if incident.venue not in simulated:
            text = f"no venue {incident.venue!r} with mode: sim{did_you_mean(incident.venue, simulated)}"
            yield ("sim", "incidents", place, "venue"), text


def strategies(
    sections: Mapping[str, StrategyConfig], venues: Mapping[str, VenueConfig], named_venues: Collection[str]
) -> Faults:
    """``venues`` are those without faults; ``named_venues`` all that the file names."""
    traded: dict[InstrumentId, str] = {}
    for name, strategy in sections.items():
        for place, text in enumerate(strategy.instruments):
            path = ("strategies", name, "instruments", place)
            instrument = InstrumentId.parse(text)
            if instrument.venue not in named_venues:
                yield path, f"no venue {instrument.venue!r} under venues{did_you_mean(instrument.venue, named_venues)}"
            elif instrument.venue in venues and instrument.symbol not in (ours := venues[instrument.venue].instruments):
                hint = did_you_mean(instrument.symbol, ours)
                yield path, f"{instrument.symbol} is not among the instruments of venues.{instrument.venue}{hint}"
            elif instrument in traded:
                yield path, f"strategies.{traded[instrument]} trades it already; one position is held an instrument"
            traded.setdefault(instrument, name)


def state_dir(path: Path) -> Faults:
    """It can be made and written to."""
    nearest = next(place for place in (path, *path.parents) if place.exists())
    if not nearest.is_dir():
        yield ("state_dir",), f"{nearest} is not a directory; name another with state_dir or --state-dir"
    elif not os.access(nearest, os.W_OK | os.X_OK):
        yield ("state_dir",), f"{nearest} cannot be written to; name another with state_dir or --state-dir"


def _shared_keys(sections: Mapping[str, VenueConfig]) -> Faults:
    """Two venues on one key would spend each other's limits and read each other's fills."""
    seen: dict[str, str] = {}
    for name, venue in sections.items():
        for path, secret in secrets_of(venue):
            if not str(path[-1]).endswith("key"):
                continue
            first = seen.setdefault(secret.get_secret_value(), name)
            if first != name:
                yield ("venues", name, *path), f"the same key as in venues.{first}; give each venue a key of its own"
