"""``quality.yaml``: what a venue is tried with, what it cannot do, and how good it says it is."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from importlib.metadata import entry_points
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import msgspec
import yaml
from msgspec import Struct

from twinstar.errors import ConfigError

SENDS: Final = r"^(POST|PUT|PATCH|DELETE) "
OURS: Final = Path(__file__).resolve().parents[2] / "builtin" / "ccxt" / "quality"
WORDS: Final = ("done", "todo", "exempt")


class Tier(IntEnum):
    NONE = 0
    BRONZE = 1
    SILVER = 2
    GOLD = 3

    @property
    def word(self) -> str:
        return self.name.lower()


RULES: Final[Mapping[str, Tier]] = {
    "readme": Tier.BRONZE,  # quirks, limits, symbols
    "errors": Tier.SILVER,  # the error map is tested row by row
    "typed": Tier.GOLD,  # mypy --strict
}
"""What no case can find out: each ``done: where``, ``todo`` or ``exempt: why``."""


class Lines(Struct, frozen=True, forbid_unknown_fields=True):
    """Patterns that are searched in the path of a WebSocket: which tell of the market, which of the account."""

    public: str = "^(?!.*private)"
    private: str = "private"


class Quality(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    venue: str
    symbols: tuple[str, ...]  # the first is traded
    tier: str
    cannot: tuple[str, ...]  # in words, for those who choose a venue
    type: str = "ccxt"
    wire: str = ""  # a module with `make` and `listings`; by default the simulated exchange's of this venue
    balances: Mapping[str, int | str] = {}
    config: Mapping[str, Any] = {}
    impatient: Mapping[str, Any] = {}  # the configuration with which it waits for an answer for a moment only
    quantity: str | int | float = "0.2"  # of an order that takes more than one price
    sends: str = SENDS  # a pattern for "METHOD /path" of what changes something
    lines: Lines = Lines()
    rules: Mapping[str, str] = {}
    exempt: Mapping[str, str] = {}  # by a case's key or a whole group: why

    @property
    def wire_module(self) -> str:
        return self.wire or f"twinstar.sim.wires.{self.venue}"

    @property
    def claimed(self) -> Tier:
        return Tier[self.tier.upper()]

    def exemption(self, key: str, group: str) -> str | None:
        return self.exempt.get(key) or self.exempt.get(group)


def read_quality(path: Path) -> Quality:
    """Raise `ConfigError` naming the file and what is wrong in it."""
    try:
        quality = msgspec.convert(yaml.safe_load(path.read_bytes()), Quality)
    except (OSError, yaml.YAMLError, msgspec.ValidationError) as error:
        raise ConfigError(f"{path}: {error}") from error
    faults = [f"{path}: {fault}" for fault in _faults(quality)]
    if faults:
        raise ConfigError(faults)
    return quality


def _faults(quality: Quality) -> list[str]:
    faults = [] if quality.tier.upper() in Tier.__members__ else [f"tier: write one of {_words(Tier.__members__)}"]
    faults += [] if quality.symbols else ["symbols: name what is traded; a second one shows that two work"]
    faults += [] if quality.cannot else ["cannot: say in words what the venue cannot do here"]
    faults += [f"rules: no rule {name!r}; there are: {_words(RULES)}" for name in quality.rules.keys() - RULES]
    for name, told in quality.rules.items():
        word, _, why = told.partition(": ")
        if word not in WORDS or (word != "todo" and not why.strip()):
            faults.append(f"rules.{name}: write 'done: where', 'todo' or 'exempt: why'")
    return faults + [f"exempt.{key}: say why" for key, why in quality.exempt.items() if not why.strip()]


def _words(names: Mapping[str, object]) -> str:
    return ", ".join(name.lower() for name in names)


def found(venue: str) -> Path:
    """The file of one of our venues, by its own name, or of an installed plugin: beside its entry point.

    Raise `ConfigError`.
    """
    if venue.endswith((".yaml", ".yml")):
        return Path(venue)
    ours = {place.stem: place for place in OURS.glob("*.yaml")}
    by_venue = {**ours, **{read_quality(place).venue: place for place in _of_plugins()}}
    if venue not in by_venue:
        known = ", ".join(sorted(by_venue))
        raise ConfigError(f"no quality.yaml of a venue {venue!r}; there are: {known}; or give the path of one")
    return by_venue[venue]


def _of_plugins() -> list[Path]:
    modules = {entry.module.partition(".")[0] for entry in entry_points(group="twinstar")}
    return [path for module in sorted(modules) if (path := _beside(module)) is not None]


def _beside(module: str) -> Path | None:
    try:
        path = Path(str(files(module).joinpath("quality.yaml")))
    except Exception:  # noqa: BLE001 - a stranger's package that cannot be imported has no say
        return None
    return path if path.is_file() else None
