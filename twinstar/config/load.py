"""From the file to `Settings`: all that is wrong is said at once, each fault with its place and a way out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final, Generic, Protocol, TypeAlias, TypeVar

from msgspec import Struct
from pydantic import BaseModel, ValidationError
from typing_extensions import TypeVar as TypeVarWithDefault

from twinstar.config import checks
from twinstar.config.document import Document, KeyPath, Problem, read
from twinstar.config.models import Config, Mode, PluginsConfig, StrategyConfig, VenueConfig
from twinstar.config.problems import faults
from twinstar.domain import Limits
from twinstar.errors import ConfigError


class SectionType(Protocol):
    """What a plugin registered under a name."""

    @property
    def config(self) -> type[Any]: ...


class VenueSectionType(SectionType, Protocol):
    @property
    def limits(self) -> Callable[[str, Any], Limits]:
        """What a venue of this name and configuration meters."""
        ...


KEYLESS = (Mode.SIM.value, Mode.PAPER.value)  # modes that use no key, so none must be set

M = TypeVar("M", bound=BaseModel)
S = TypeVar("S", bound=SectionType)
VT = TypeVarWithDefault("VT", bound=VenueSectionType, default=Any)
ST = TypeVarWithDefault("ST", bound=SectionType, default=Any)
VT_co = TypeVar("VT_co", bound=VenueSectionType, covariant=True)
ST_co = TypeVar("ST_co", bound=SectionType, covariant=True)


class Types(Protocol[VT_co, ST_co]):
    """What may be named: the plugins' registry. An unknown name raises `ConfigError` saying what there is."""

    def venue_type(self, name: str) -> VT_co: ...
    def strategy_type(self, name: str) -> ST_co: ...
    @property
    def names(self) -> Mapping[str, tuple[str, ...]]: ...


class Settings(Struct, Generic[VT, ST], frozen=True, kw_only=True):
    """A configuration without faults, each section in the type its plugin registered; every path is absolute."""

    path: Path
    state_dir: Path
    config: Config
    venues: dict[str, tuple[VT, VenueConfig]]
    strategies: dict[str, tuple[ST, StrategyConfig]]


def load(
    source: Path | Document, types: Types[VT, ST], state_dir: Path | None = None, *, secrets: bool = True
) -> Settings[VT, ST]:
    """Raise `ConfigError` with every fault. ``state_dir`` overrides the file's, which is relative to the file.

    Without ``secrets`` their references are checked but not followed, for those who only read what a service left.
    """
    document = source if isinstance(source, Document) else read(source)
    data = _with_absolute_paths(document.root.plain(), document.path.absolute().parent)
    found = _Faults(document, secrets=secrets)
    config = found.validate(Config, data, ())
    venues = _sections(data, "venues", types.venue_type, found)
    strategies = _sections(data, "strategies", types.strategy_type, found)
    state_dir = state_dir_of(document, state_dir)
    found.add(checks.state_dir(state_dir))
    found.add(checks.names(data, types.names))
    found.add(checks.venues(_values(venues)))
    for name, (venue_type, section) in venues.items():
        found.add(checks.limits(name, section.limits, venue_type.limits(name, section)))
    found.add(checks.risks(config, _values(venues)))
    found.add(checks.incidents(config) if config is not None else ())
    found.add(checks.strategies(_values(strategies), _values(venues), _raw_sections(data, "venues")))
    if config is None or found.problems:
        raise ConfigError(found.lines())
    in_force = {name: (kind, _with_risk(section, config)) for name, (kind, section) in venues.items()}
    return Settings(
        path=document.path.absolute(), state_dir=state_dir, config=config, venues=in_force, strategies=strategies
    )


def _with_risk(section: VenueConfig, config: Config) -> VenueConfig:
    return section.model_copy(update={"risk": section.risk.over(config.risk)})


def state_dir_of(document: Document, state_dir: Path | None = None) -> Path:
    """Where the state lies, even where the rest of the file is wrong."""
    raw = _with_absolute_paths(document.root.plain(), document.path.absolute().parent).get("state_dir")
    default = document.path.absolute().parent / Config.model_fields["state_dir"].default
    return state_dir.absolute() if state_dir else Path(raw) if isinstance(raw, str) else Path(default)


def plugins_of(document: Document) -> PluginsConfig:
    """Which plugins to load, before anything else can be checked; what is wrong with it `load` will say."""
    raw = document.root.child("plugins")
    try:
        return PluginsConfig.model_validate({} if raw is None else raw.plain())
    except ValidationError:
        return PluginsConfig()


_Sections: TypeAlias = dict[str, tuple[S, Any]]


class _Faults:
    """Everything wrong so far. A place that is wrong already is not complained about again."""

    def __init__(self, document: Document, *, secrets: bool) -> None:
        self._document = document
        self.problems = list(document.problems)
        self._base = document.path.absolute().parent
        self._secrets = secrets

    def add(self, faults: Iterable[tuple[KeyPath, str]]) -> None:
        known = {problem.path for problem in self.problems}
        for path, text in faults:
            if path not in known:
                self.problems.append(Problem(path, self._document.line_of(path), text))

    def validate(self, model: type[M], data: object, at: KeyPath) -> M | None:
        keyless = isinstance(data, dict) and data.get("mode") in KEYLESS
        try:
            return model.model_validate(data, context={"base": self._base, "follow": self._secrets and not keyless})
        except ValidationError as e:
            self.add([((*at, *path), text) for path, text in faults(e, model, data)])
            return None

    def lines(self) -> list[str]:
        return [f"{self._document.path}:{p.line}: {p}" for p in sorted(self.problems, key=lambda p: p.line)]


def _sections(data: dict[str, Any], kind: str, type_named: Callable[[str], S], found: _Faults) -> _Sections[S]:
    sections: _Sections[S] = {}
    for name, section in _raw_sections(data, kind).items():
        if isinstance(section, dict) and (registered := _type_of(section, (kind, name), type_named, found)):
            validated = found.validate(registered.config, section, (kind, name))
            if validated is not None:
                sections[name] = (registered, validated)
    return sections


def _raw_sections(data: dict[str, Any], kind: str) -> dict[str, Any]:
    raw = data.get(kind)
    return raw if isinstance(raw, dict) else {}


def _type_of(section: dict[str, Any], at: KeyPath, type_named: Callable[[str], S], found: _Faults) -> S | None:
    name = section.get("type", "ccxt" if at[0] == "venues" else None)
    if name is None:
        found.add([((*at, "type"), "required")])
    elif not isinstance(name, str):
        found.add([((*at, "type"), "must be text")])
    else:
        try:
            return type_named(name)
        except ConfigError as e:
            found.add([((*at, "type"), str(e))])
    return None


def _values(sections: _Sections[S]) -> dict[str, Any]:
    return {name: section for name, (_, section) in sections.items()}


_PATHS: Final = (("state_dir",), ("log", "file"), ("venues", "*", "sim", "markets", "*", "replay"))


def _with_absolute_paths(data: Any, base: Path) -> Any:
    """Paths in the file are relative to the file, wherever the service is started."""
    for path in _PATHS:
        data = _replaced(data, path, base)
    return data


def _replaced(data: Any, path: tuple[str, ...], base: Path) -> Any:
    if not path:
        return str(base / Path(data).expanduser()) if isinstance(data, str) else data
    if not isinstance(data, dict):
        return data
    keys = data if path[0] == "*" else {path[0]} & data.keys()
    return data | {key: _replaced(data[key], path[1:], base) for key in keys}
