"""Money stays in its account: what would take it out, or to another one, is never sent."""

from __future__ import annotations

import re
from collections.abc import Callable, Coroutine, Mapping
from inspect import iscoroutinefunction
from typing import Any, Final

from twinstar.errors import PluginError

# What venues call such endpoints, as ccxt 4.5.90 has them.
_PATH: Final = re.compile(r"(?i)withdraw|transfer|move_?funds|deposit_?funds")
_METHOD: Final = re.compile(r"withdraw|transfer")

Method = Callable[..., Coroutine[Any, Any, None]]


def keep(what: str) -> None:
    """``what`` is a method and a URL. Raise `PluginError` where it names a way out; a query may speak of one."""
    endpoint = what.partition("?")[0]
    if _PATH.search(endpoint):
        raise _refused(endpoint)


def closed_ways_out(base: type[Any]) -> Mapping[str, Method]:
    """In the place of ccxt's own methods: at some venues their requests look like any other (POST exchange)."""
    named = (name for name in dir(base) if _METHOD.match(name))
    return {name: _never(name) for name in named if iscoroutinefunction(getattr(base, name))}


def _never(name: str) -> Method:
    async def never(*_: object, **__: object) -> None:
        raise _refused(name)

    return never


def _refused(what: str) -> PluginError:
    return PluginError(f"{what}: TwinStar never moves money out of an account; it was not sent")
