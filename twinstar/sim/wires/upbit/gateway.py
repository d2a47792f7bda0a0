"""Who is asking? The JWT that Upbit wants with every private request, checked as its gateway does.

Source: docs.upbit.com/kr/reference/auth: header ``Authorization: Bearer``, HS512 recommended and HS256 accepted, claims
access_key, nonce and, when there are parameters, query_hash (SHA512 of the unencoded query string).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from typing import TypeVar

import msgspec
from msgspec import Struct

from twinstar.sim.ports import Exchange, Keys, RestRequest
from twinstar.sim.wires.upbit.errors import denied
from twinstar.sim.wires.upbit.params import signed_text

DIGESTS = {"HS256": "sha256", "HS512": "sha512"}
Part = TypeVar("Part")

REMEMBERED_NONCES = 100_000  # an account; the oldest is forgotten first


class Claims(Struct, frozen=True):
    access_key: str
    nonce: str
    query_hash: str = ""
    query_hash_alg: str = "SHA512"


class Head(Struct, frozen=True):
    alg: str


class Gateway:
    """Remembers the nonces it has seen."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._nonces: dict[str, dict[str, None]] = {}

    def admit(self, request: RestRequest) -> Keys:
        keys, claims = authenticate(self._exchange, request.headers)
        text = signed_text(request)
        expected = hashlib.sha512(text.encode()).hexdigest() if text else ""
        if claims.query_hash != expected or claims.query_hash_alg != "SHA512":
            raise denied("invalid_query_payload")
        self._use(keys.account, claims.nonce)
        return keys

    def _use(self, account: str, nonce: str) -> None:
        seen = self._nonces.setdefault(account, {})
        if nonce in seen:
            raise denied("nonce_used")
        seen[nonce] = None
        if len(seen) > REMEMBERED_NONCES:
            del seen[next(iter(seen))]


def authenticate(exchange: Exchange, headers: Mapping[str, str]) -> tuple[Keys, Claims]:
    """The account whose secret signed the token. A WebSocket is let in on this alone: its token may be used again."""
    token = _bearer(headers)
    try:
        head, body, signature = token.split(".")
        algorithm = _part(head, Head).alg
        claims = _part(body, Claims)
        given = _decode(signature)
    except (ValueError, msgspec.DecodeError, RecursionError):
        raise denied("jwt_verification") from None
    keys = exchange.account_of(claims.access_key)
    if keys is None:
        raise denied("invalid_access_key")
    digest = DIGESTS.get(algorithm)
    if digest is None or not claims.nonce:
        raise denied("jwt_verification")
    expected = hmac.new(keys.secret.encode(), f"{head}.{body}".encode(), digest).digest()
    if not hmac.compare_digest(given, expected):
        raise denied("jwt_verification")
    return keys, claims


def _bearer(headers: Mapping[str, str]) -> str:
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise denied("no_authorization_token")
    return token.strip()


def _part(text: str, kind: type[Part]) -> Part:
    return msgspec.json.decode(_decode(text), type=kind)


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
