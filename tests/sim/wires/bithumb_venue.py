"""A simulated Bithumb on a real socket, the unmodified ccxt class beside it, and requests signed as Bithumb says."""

from __future__ import annotations

import json
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlencode

import ccxt.pro
import msgspec
from sim.wires import upbit_venue
from sim.wires.upbit_venue import BTC, XRP, Socket, Venue, client_of, hashed, socket, token

from twinstar.config import SimMarketConfig
from twinstar.sim.ports import RestRequest
from twinstar.sim.wires import bithumb

__all__ = ["BTC", "XRP", "Socket", "Venue"]

HOST = "api.bithumb.com"
PUBLIC = "/ws-api.bithumb.com/websocket/v1"
PRIVATE = "/ws-api.bithumb.com/websocket/v2/private"


@asynccontextmanager
async def serving(
    markets: Mapping[str, SimMarketConfig] | None = None, *, history: int = 5, **balances: str
) -> AsyncIterator[Venue]:
    async with upbit_venue.serving(markets, wire=bithumb, history=history, **balances) as venue:
        yield venue


@asynccontextmanager
async def client(venue: Venue) -> AsyncIterator[Any]:
    """ccxt's own, which lives by the venue's clock: its tokens carry the time."""
    async with client_of(venue.port, ccxt.pro.bithumb) as made:
        made.milliseconds = venue.wall.now_ms
        await made.load_markets()
        yield made


class Caller:
    """Asks the wire as a client does whose requests are right unless it says otherwise."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue
        self._wire = bithumb.make(venue.exchange)

    def get(self, path: str, **query: object) -> Any:
        return self.ask("GET", path, query=query)[1]

    def post(self, path: str, **body: object) -> Any:
        return self.ask("POST", path, body=body)[1]

    def delete(self, path: str, **query: object) -> Any:
        return self.ask("DELETE", path, query=query)[1]

    def ask(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, object] | None = None,
        body: Mapping[str, object] | None = None,
        claims: Mapping[str, object] | None = None,
        **signing: Any,
    ) -> tuple[int, Any]:
        sent = urlencode(query or {}, doseq=True, safe="[]:")
        signed = "&".join(f"{name}={value}" for name, value in pairs(body or {})) if method == "POST" else sent
        given = {**self.claims(), **(hashed(signed) if signed else {}), **(claims or {})}
        return self.send(method, path, sent, body, self.headers(given, **signing))

    def send(
        self, method: str, path: str, query: str, body: Mapping[str, object] | None, headers: Mapping[str, str]
    ) -> tuple[int, Any]:
        answer = self._wire.rest(
            RestRequest(
                method=method,
                host=HOST,
                path=path,
                query=query,
                body=compact(body) if body else "",
                headers={name.lower(): value for name, value in headers.items()},
            )
        )
        return answer.status, msgspec.json.decode(answer.body)

    def claims(self) -> dict[str, object]:
        return {"nonce": str(uuid.uuid4()), "timestamp": self._venue.wall.now_ms()}

    def headers(self, claims: Mapping[str, object], **signing: Any) -> dict[str, str]:
        return token(claims, **{"algorithm": "HS256", **signing})


def pairs(body: Mapping[str, object]) -> list[tuple[str, str]]:
    """What a hash is made over: lists with brackets, objects as they are in the body."""
    found: list[tuple[str, object]] = []
    for name, value in body.items():
        if value is None:
            continue
        found += [(f"{name}[]", item) for item in value] if isinstance(value, list) else [(name, value)]
    return [(name, value if isinstance(value, str) else compact(value)) for name, value in found]


def compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


@asynccontextmanager
async def private_socket(venue: Venue, caller: Caller) -> AsyncIterator[Socket]:
    async with socket(venue, PRIVATE, caller.headers(caller.claims())) as opened:
        yield opened


@asynccontextmanager
async def public_socket(venue: Venue) -> AsyncIterator[Socket]:
    async with socket(venue, PUBLIC) as opened:
        yield opened
