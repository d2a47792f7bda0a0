"""The venue's own test environment, as ccxt knows it: led there for certain, or refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from twinstar.builtin.ccxt.exchange import TwinExchange
from twinstar.errors import ConfigError

CHANGING = {"post", "put", "patch", "delete"}
Path = tuple[str, ...]


def to_testnet(exchange: TwinExchange, venue: str) -> None:
    """Raise `ConfigError` where there is none, or where an order might reach the real market after all."""
    live, headers = dict(_addresses(exchange.urls["api"])), dict(exchange.headers or {})
    if exchange.habit.demo and exchange.urls.get("demo"):
        exchange.enable_demo_trading(True)
    elif exchange.urls.get("test"):
        exchange.set_sandbox_mode(True)
    else:
        raise ConfigError(f"venues.{venue}.mode: {exchange.id} has no test environment; use paper, or sim")
    test = dict(_addresses(exchange.urls["api"]))
    told_by_header = dict(exchange.headers or {}) != headers
    real = [".".join(path) for path, url in test.items() if url == live.get(path) and _may_change(exchange.api, path)]
    if real and not told_by_header:
        raise ConfigError(
            f"venues.{venue}.mode: ccxt would send {exchange.id}'s test orders to the real exchange "
            f"({', '.join(real)}); use paper, or sim"
        )
    if not any(url.startswith("ws") for url in test.values()):
        raise ConfigError(
            f"venues.{venue}.mode: ccxt knows no streams of {exchange.id}'s test environment; use paper, or sim"
        )


def _addresses(urls: Any, path: Path = ()) -> Iterator[tuple[Path, str]]:
    if isinstance(urls, Mapping):
        for name, inner in urls.items():
            yield from _addresses(inner, (*path, name))
    elif isinstance(urls, str):
        yield path, urls


def _may_change(api: Any, path: Path) -> bool:
    """Whether requests to this address may do more than read; what is not known may. Streams take no orders of ours."""
    if path[:1] == ("ws",):
        return False
    for name in path:
        api = api.get(name) if isinstance(api, Mapping) else None
    return not isinstance(api, Mapping) or _has_changing(api)


def _has_changing(api: Mapping[str, Any]) -> bool:
    return any(name in CHANGING or (isinstance(inner, Mapping) and _has_changing(inner)) for name, inner in api.items())
