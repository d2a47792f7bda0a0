"""Bithumb's tokens: HS256, with a timestamp. Source: apidocs.bithumb.com, 인증 토큰 생성하기 (2026-10-27)."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote, unquote

from twinstar.sim.ports import Exchange, Keys, RestRequest
from twinstar.sim.wires.bithumb.errors import denied
from twinstar.sim.wires.krw.gateway import Claims, Gateway
from twinstar.sim.wires.krw.params import body_pairs

VALID_MS = 30_000  # either way; how long is not published


class Tokens(Gateway):
    def __init__(self, exchange: Exchange) -> None:
        super().__init__(exchange, denied, {"HS256": "sha256"})

    def identify(self, headers: Mapping[str, str]) -> tuple[Keys, Claims]:
        keys, claims = super().identify(headers)
        if claims.timestamp is None:
            raise denied("jwt_verification")
        if abs(self._exchange.clock.now_ms() - claims.timestamp) > VALID_MS:
            raise denied("expired_jwt")
        return keys, claims

    def _signed(self, request: RestRequest) -> tuple[str, ...]:
        """In the order they were sent, percent-encoded or not: HTTP libraries change that on the way."""
        if request.method != "POST":
            return request.query.replace("%5B%5D", "[]"), unquote(request.query)
        pairs = list(body_pairs(request.body))
        plain = "&".join(f"{name}={value}" for name, value in pairs)
        encoded = "&".join(f"{name}={quote(value, safe='~')}" for name, value in pairs)
        return encoded, plain
