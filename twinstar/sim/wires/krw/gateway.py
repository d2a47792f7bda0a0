"""Who is asking? The JWT of a private request: claims access_key, nonce and, with parameters, their SHA512."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from typing import TypeVar

import msgspec
from msgspec import Struct

from twinstar.sim.ports import Exchange, Keys, RestRequest
from twinstar.sim.wires.krw.errors import Denied
from twinstar.sim.wires.krw.params import signed_text

Part = TypeVar("Part")

REMEMBERED_NONCES = 100_000  # an account; the oldest is forgotten first


class Claims(Struct, frozen=True):
    access_key: str
    nonce: str
    timestamp: int | None = None  # ms
    query_hash: str = ""
    query_hash_alg: str = "SHA512"


class Head(Struct, frozen=True):
    alg: str


class Gateway:
    """Remembers the nonces it has seen. ``digests``: of the algorithms that the venue accepts."""

    def __init__(self, exchange: Exchange, denied: Denied, digests: Mapping[str, str]) -> None:
        self._exchange = exchange
        self._denied = denied
        self._digests = digests
        self._nonces: dict[str, dict[str, None]] = {}

    def admit(self, request: RestRequest) -> Keys:
        keys, claims = self.identify(request.headers)
        hashes = {hashlib.sha512(text.encode()).hexdigest() if text else "" for text in self._signed(request)}
        if claims.query_hash not in hashes or claims.query_hash_alg != "SHA512":
            raise self._denied("invalid_query_payload")
        self._use(keys.account, claims.nonce)
        return keys

    def identify(self, headers: Mapping[str, str]) -> tuple[Keys, Claims]:
        """Whose secret signed the token. A WebSocket is let in on this alone: its token may be used again."""
        token = self._bearer(headers)
        try:
            head, body, signature = token.split(".")
            algorithm = _part(head, Head).alg
            claims = _part(body, Claims)
            given = _decode(signature)
        except (ValueError, msgspec.DecodeError, RecursionError):
            raise self._denied("jwt_verification") from None
        keys = self._exchange.account_of(claims.access_key)
        if keys is None:
            raise self._denied("invalid_access_key")
        digest = self._digests.get(algorithm)
        if digest is None or not claims.nonce:
            raise self._denied("jwt_verification")
        expected = hmac.new(keys.secret.encode(), f"{head}.{body}".encode(), digest).digest()
        if not hmac.compare_digest(given, expected):
            raise self._denied("jwt_verification")
        return keys, claims

    def _signed(self, request: RestRequest) -> tuple[str, ...]:
        """What the hash may be of."""
        return (signed_text(request),)

    def _use(self, account: str, nonce: str) -> None:
        seen = self._nonces.setdefault(account, {})
        if nonce in seen:
            raise self._denied("nonce_used")
        seen[nonce] = None
        if len(seen) > REMEMBERED_NONCES:
            del seen[next(iter(seen))]

    def _bearer(self, headers: Mapping[str, str]) -> str:
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise self._denied("no_authorization_token")
        return token.strip()


def _part(text: str, kind: type[Part]) -> Part:
    return msgspec.json.decode(_decode(text), type=kind)


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
