"""pluggy, with types. The only module that touches a PluginManager."""

from __future__ import annotations

import os
import traceback
from collections.abc import Iterable
from contextlib import ExitStack
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from random import Random
from typing import Any, cast

import pluggy
from msgspec import Struct

from twinstar.config import VenueConfig
from twinstar.errors import PluginError
from twinstar.plugin import hookspecs
from twinstar.plugin.limits import in_force
from twinstar.plugin.metering import metered, metering_of
from twinstar.plugin.registry import Registry, SimEndpoint, VenueContext, VenueType
from twinstar.ports import Clock, Metering, RateLimiter, Recovery, Tape, Venue, VenueClock


class Loaded(Struct, frozen=True, kw_only=True):
    """A plugin as ``twinstar plugins`` shows it; ``error`` is set where it could not be loaded."""

    name: str
    version: str
    provenance: str  # "built in", or the distribution that brought it
    hooks: tuple[str, ...] = ()
    error: str | None = None


class Plugins:
    """Load plugins once, then answer for them with typed methods."""

    def __init__(
        self,
        builtin: Iterable[object] = (),
        *,
        third_party: bool = True,
        disabled: Iterable[str] = (),
        version: str = "",
    ) -> None:
        self._pm = pluggy.PluginManager(hookspecs.NAME)
        self._pm.add_hookspecs(hookspecs)
        if os.environ.get("TWINSTAR_TRACE_HOOKS"):
            self._pm.trace.root.setwriter(print)
            self._pm.enable_tracing()
        self.registry = Registry()
        self.loaded: list[Loaded] = []
        for plugin in builtin:
            self._add(plugin, _name_of(plugin), version, "built in")
        if third_party:
            off = frozenset(disabled)
            for entry in sorted(entry_points(group=hookspecs.NAME), key=lambda e: e.name):
                if entry.name not in off:
                    self._load(entry)

    def require(self, names: Iterable[str]) -> None:
        """Raise `PluginError` unless each of these was loaded; say why it was not."""
        for name in names:
            found = next((p for p in self.loaded if p.name == name), None)
            if found is None:
                raise PluginError(f"plugin {name!r} is required but not installed")
            if found.error:
                raise PluginError(f"plugin {name!r} is required but could not be loaded: {found.error}")

    def open_venue(
        self,
        venue_id: str,
        venue_type: VenueType[Any],
        config: VenueConfig,
        *,
        clock: Clock,
        venue_clock: VenueClock,
        random: Random,
        endpoint: SimEndpoint | None = None,
        state_dir: Path | None = None,
        tape: Tape | None = None,
    ) -> Venue:
        limits = in_force(venue_type.limits(venue_id, config), config.limits)
        limiter = self.rate_limiter(metering_of(venue_id, limits, config, endpoint, clock))
        context = VenueContext(
            id=venue_id,
            clock=clock,
            venue_clock=venue_clock,
            random=random,
            limiter=limiter,
            limits=limits,
            endpoint=endpoint,
            state_dir=state_dir,
            tape=tape,
        )
        with ExitStack() as on_failure:
            on_failure.callback(limiter.close)
            venue = self._pm.hook.twinstar_open_venue(venue_type=venue_type, config=config, context=context)
            if not isinstance(venue, Venue):
                raise PluginError(f"venue type {venue_type.name!r} made {type(venue).__name__}, not a Venue")
            on_failure.pop_all()
        return metered(venue, limiter)

    def rate_limiter(self, metering: Metering) -> RateLimiter:
        return cast("RateLimiter", self._pm.hook.twinstar_rate_limiter(metering=metering))

    def resync(self, venue: Venue) -> Recovery:
        return cast("Recovery", self._pm.hook.twinstar_resync(venue=venue))

    def restore(self, venue: Venue) -> Recovery:
        return cast("Recovery", self._pm.hook.twinstar_restore(venue=venue))

    def _load(self, entry: EntryPoint) -> None:
        """A foreign package that fails is shown, and stops nobody who does not require it."""
        dist = entry.dist
        version, provenance = (dist.version, dist.name) if dist else ("", "unknown")
        try:
            self._add(entry.load(), entry.name, version, provenance)
        except Exception as e:  # noqa: BLE001 - whatever a stranger's module raises must not take us down
            last = traceback.extract_tb(e.__traceback__)[-1]
            error = f"{type(e).__name__}: {e} ({last.filename.rsplit('/', 1)[-1]}:{last.lineno})"
            self.loaded.append(Loaded(name=entry.name, version=version, provenance=provenance, error=error))

    def _add(self, plugin: object, name: str, version: str, provenance: str) -> None:
        """Register all of a plugin or nothing of it."""
        registry = self.registry.copy()
        self._pm.register(plugin, name)
        try:
            self._pm.check_pending()
            callers = self._pm.get_hookcallers(plugin) or []
            hooks = tuple(sorted(caller.name for caller in callers))
            if "twinstar_register" in hooks:
                others = [p for p in self._pm.get_plugins() if p is not plugin]
                self._pm.subset_hook_caller("twinstar_register", others)(registry=registry)
        except Exception as e:
            self._pm.unregister(plugin)
            if isinstance(e, pluggy.PluginValidationError):
                raise PluginError(f"plugin {name!r}: {e}") from e
            raise
        self.registry = registry
        self.loaded.append(Loaded(name=name, version=version, provenance=provenance, hooks=hooks))


def _name_of(plugin: object) -> str:
    name = getattr(plugin, "__name__", type(plugin).__name__)
    return str(name).removeprefix("twinstar.builtin.")
