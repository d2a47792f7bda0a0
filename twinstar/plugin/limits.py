"""What a venue meters, read from a TOML file: every fault at once, each with its file and key.

A plugin ships a file of its own; docs/limits.md says what is in one.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec

from twinstar.config import LimitsConfig
from twinstar.domain import BanRule, Citation, Endpoint, Limits, Quota, UsageHeader
from twinstar.errors import PluginError

T = TypeVar("T")
UNSURE_MARGIN: Final = 0.8  # of a cap that is recalled, not read
_KEYS: Final = frozenset({"venue", "sources", "quotas", "usage", "bans", "endpoints", "prefixes"})


def read_limits(path: Path, *, also: tuple[Quota, ...] = ()) -> Limits:
    """``also``: quotas that the file may charge without defining them. Raise `PluginError`."""
    try:
        raw = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as e:
        raise PluginError(f"{path.name}: {e}") from e
    reading = _Reading(path.name, raw)
    limits = reading.limits(also)
    if reading.faults:
        raise PluginError("\n".join(reading.faults))
    return limits


def in_force(limits: Limits, config: LimitsConfig) -> Limits:
    """What is left of the documented caps by a venue's configuration."""
    return msgspec.structs.replace(limits, quotas=tuple(_in_force(quota, config) for quota in limits.quotas))


def _in_force(quota: Quota, config: LimitsConfig) -> Quota:
    documented = quota.documented or quota.cap
    cap = config.caps.get(quota.name)
    if cap is None:
        cap = quota.cap if config.margin is None else _part_of(documented, config.margin)
    return msgspec.structs.replace(quota, cap=cap, documented=documented)


def _part_of(cap: float, margin: float) -> float:
    """Whole units, and never none: what may be asked once may be asked."""
    return max(1.0, float(int(cap * margin + 1e-9)))


class _Reading:
    def __init__(self, name: str, raw: Mapping[str, Any]) -> None:
        self._name, self._raw = name, raw
        self.faults: list[str] = [f"{name}: {key}: unknown key" for key in raw.keys() - _KEYS]

    def limits(self, also: tuple[Quota, ...]) -> Limits:
        sources = dict(self._table("sources", Citation))
        endpoints = dict(self._table("endpoints", Endpoint))
        charged = {quota for endpoint in endpoints.values() for quota in endpoint.charges}
        limits = Limits(
            venue=self._read("venue", self._raw.get("venue"), str) or "",
            quotas=(*self._quotas(sources), *(quota for quota in also if quota.name in charged)),
            endpoints=endpoints,
            usage=tuple(self._rows("usage", UsageHeader)),
            bans=tuple(self._rows("bans", BanRule)),
            prefixes=dict(self._table("prefixes", str)),
        )
        self._compare(limits)
        return limits

    def _quotas(self, sources: Mapping[str, Citation]) -> Iterator[Quota]:
        for name, raw in self._raw.get("quotas", {}).items():
            cited = sources.get(raw.get("source", ""))
            if cited is None:
                self._fault(f"quotas.{name}.source", f"must be one of {', '.join(sources)}")
            told = {**raw, "name": name, "source": None}
            quota = self._read(f"quotas.{name}", told, Quota)
            if quota is not None and not (quota.cap > 0 and quota.per_s > 0):
                self._fault(f"quotas.{name}", "cap and per_s must be above 0")
            elif quota is not None:
                cap = quota.cap if quota.sure else _part_of(quota.cap, UNSURE_MARGIN)
                yield msgspec.structs.replace(quota, source=cited, documented=quota.cap, cap=cap)

    def _compare(self, limits: Limits) -> None:
        """What one part of the file says of another."""
        known = {quota.name for quota in limits.quotas}
        named = [(f"endpoints.{what!r}", name) for what, it in limits.endpoints.items() for name in it.charges]
        named += [(f"usage.{rule.header}", rule.quota) for rule in limits.usage if rule.quota]
        named += [(f"bans.{rule.status or rule.code}", name) for rule in limits.bans for name in rule.quotas]
        for key, name in named:
            if name not in known:
                self._fault(key, f"there is no quota {name!r}")
        patterns = [(f"usage.{rule.header}.pattern", rule.pattern) for rule in limits.usage]
        for rule in limits.bans:
            patterns += [(f"bans.{rule.status or rule.code}", p) for p in (rule.until, rule.seconds) if p is not None]
        for key, pattern in patterns:
            try:
                groups = re.compile(pattern).groups
            except re.error as e:
                self._fault(key, f"{pattern!r} is not a pattern: {e}")
            else:
                if groups != 1:
                    self._fault(key, f"{pattern!r} must have one group: the number")

    def _table(self, key: str, kind: type[T]) -> Iterator[tuple[str, T]]:
        for name, raw in self._raw.get(key, {}).items():
            value = self._read(f"{key}.{name!r}", raw, kind)
            if value is not None:
                yield name, value

    def _rows(self, key: str, kind: type[T]) -> Iterator[T]:
        for place, raw in enumerate(self._raw.get(key, [])):
            value = self._read(f"{key}[{place}]", raw, kind)
            if value is not None:
                yield value

    def _read(self, key: str, raw: object, kind: type[T]) -> T | None:
        try:
            return msgspec.convert(raw, kind)
        except msgspec.ValidationError as e:
            self._fault(key, str(e))
            return None

    def _fault(self, key: str, text: str) -> None:
        self.faults.append(f"{self._name}: {key}: {text}")
