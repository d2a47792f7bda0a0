"""Import one exchange of ccxt without the hundred others.

``import ccxt.pro`` executes every exchange three times over. Here its three packages are set up empty instead, and each
name in them is imported when it is first asked for. Where that does not work out, ccxt is imported as everybody does.
"""

from __future__ import annotations

import gc
import importlib
import importlib.util
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

from loguru import logger

from twinstar.errors import ConfigError

_PACKAGES = ("ccxt", "ccxt.async_support", "ccxt.pro")
_ASYNC = "ccxt.async_support.base.exchange"
_ELSEWHERE = {  # what the packages offer that is neither an exchange nor an error
    "ccxt": {"Exchange": "ccxt.base.exchange", "Precise": "ccxt.base.precise"},
    "ccxt.async_support": {"Exchange": _ASYNC},
    "ccxt.pro": {"Exchange": _ASYNC},
}


class _LazyPackage(ModuleType):
    """A package of ccxt whose names are imported when they are asked for."""

    def __init__(self, name: str, directory: Path) -> None:
        super().__init__(name)
        self.__path__ = [str(directory)]
        self.__file__ = str(directory / "__init__.py")
        self.__spec__ = ModuleSpec(name, None, origin=self.__file__, is_package=True)
        self.__spec__.submodule_search_locations = self.__path__

    def __setattr__(self, name: str, value: object) -> None:
        # Python binds a submodule in its package; ccxt expects the class of that name there.
        if isinstance(value, ModuleType):
            value = getattr(value, name, value)
        super().__setattr__(name, value)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        value = self._find(name)
        setattr(self, name, value)
        return self.__dict__[name]

    def _find(self, name: str) -> Any:
        package = self.__name__
        if name == "exchanges":
            return list(exchange_ids())
        if name in _ELSEWHERE[package]:
            return getattr(importlib.import_module(_ELSEWHERE[package][name]), name)
        errors = importlib.import_module("ccxt.base.errors")
        if hasattr(errors, name):
            return getattr(errors, name)
        try:
            return importlib.import_module(f"{package}.{name}")
        except ModuleNotFoundError as e:
            if e.name != f"{package}.{name}":
                raise
            raise AttributeError(f"module {package!r} has no attribute {name!r}") from None


def prepare() -> None:
    """Put the empty packages in place, unless ccxt is imported already."""
    if "ccxt" in sys.modules:
        return
    root = _root()
    version = re.search(r"__version__ = '([^']+)'", (root / "__init__.py").read_text("utf-8"))
    for name in _PACKAGES:
        package = _LazyPackage(name, root.joinpath(*name.split(".")[1:]))
        if version:
            package.__version__ = version[1]
        sys.modules[name] = package
    ccxt = sys.modules["ccxt"]
    for name in _PACKAGES[1:]:
        ModuleType.__setattr__(ccxt, name.rpartition(".")[2], sys.modules[name])


def exchange_class(exchange_id: str) -> type[Any]:
    """The ccxt.pro class; `ConfigError` for an id that ccxt does not have."""
    known = exchange_ids()
    if exchange_id not in known:
        if exchange_id.isidentifier() and (_root() / f"{exchange_id}.py").is_file():
            raise ConfigError(f"ccxt has {exchange_id!r}, but no streams of it; use a native plugin")
        near = get_close_matches(exchange_id, known, 3)
        hint = f"; did you mean {' or '.join(map(repr, near))}?" if near else ""
        raise ConfigError(f"ccxt has no exchange {exchange_id!r} with streams{hint}")
    try:
        with _no_collection():
            return _class(exchange_id)
    except (ImportError, AttributeError, TypeError) as e:
        if not isinstance(sys.modules.get("ccxt"), _LazyPackage):
            raise
        logger.warning("ccxt's {} could not be imported on its own ({}); importing all of ccxt", exchange_id, e)
        forget()
        importlib.import_module("ccxt.pro")
        return _class(exchange_id)


def exchange_ids() -> tuple[str, ...]:
    """All ids of ccxt.pro, from the names of its files: nothing is imported."""
    return tuple(sorted(path.stem for path in (_root() / "pro").glob("[a-z]*.py")))


def forget() -> None:
    """Remove every module of ccxt, so that the next import starts from nothing."""
    for name in [name for name in sys.modules if name == "ccxt" or name.startswith("ccxt.")]:
        del sys.modules[name]


@contextmanager
def _no_collection() -> Iterator[None]:
    """What an import makes stays: to look for garbage in it takes a sixth of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _class(exchange_id: str) -> type[Any]:
    module = importlib.import_module(f"ccxt.pro.{exchange_id}")
    found: type[Any] = getattr(module, exchange_id)
    return found


def _root() -> Path:
    spec = importlib.util.find_spec("ccxt")
    if spec is None or spec.origin is None:
        raise ConfigError("ccxt is not installed; run: pip install 'ccxt>=4.5.90'")
    return Path(spec.origin).parent
