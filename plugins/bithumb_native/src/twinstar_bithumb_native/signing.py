"""Bithumb's tokens: HS256 over the raw secret, dated, with a hash of what is asked.

Source: apidocs.bithumb.com, 인증 토큰 생성하기 (2026-10-27).
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote, urlencode

import msgspec
from msgspec import Struct

Params = Sequence[tuple[str, str | msgspec.Raw]]  # Raw: JSON already, and sent as it is


class Keys(Struct, frozen=True):
    api_key: str
    secret: str

    def __repr__(self) -> str:
        return "Keys(…)"


def query_of(params: Params) -> str:
    """What is sent after the question mark, and what is hashed, in this order; brackets stay as they are."""
    plain = [(name, value if isinstance(value, str) else bytes(value)) for name, value in params]
    return urlencode(plain, safe="[]~", quote_via=quote)


def body_of(params: Params) -> bytes:
    """The same fields in the same order, as JSON; a name that ends in ``[]`` is a list."""
    fields: dict[str, Any] = {}
    for name, value in params:
        if name.endswith("[]"):
            fields.setdefault(name[:-2], []).append(value)
        else:
            fields[name] = value
    return msgspec.json.encode(fields)


def authorization(keys: Keys, params: Params, *, nonce: str, now_ms: int) -> str:
    claims: dict[str, str | int] = {"access_key": keys.api_key, "nonce": nonce, "timestamp": now_ms}
    if params:
        claims["query_hash"] = hashlib.sha512(query_of(params).encode()).hexdigest()
        claims["query_hash_alg"] = "SHA512"
    text = f"{_part({'alg': 'HS256', 'typ': 'JWT'})}.{_part(claims)}"
    return f"Bearer {text}.{_text(hmac.digest(keys.secret.encode(), text.encode(), 'sha256'))}"


def _part(content: object) -> str:
    return _text(msgspec.json.encode(content))


def _text(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()
