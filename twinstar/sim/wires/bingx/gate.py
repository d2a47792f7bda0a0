"""Who may come in: key, timestamp and signature, all but the key in the query, whatever the method."""

from __future__ import annotations

import hashlib
import hmac
import re
from urllib.parse import parse_qs, unquote

from twinstar.sim.ports import Exchange, Keys, RestRequest
from twinstar.sim.wires.bingx.errors import ApiError

WINDOW_MS = "5000"
SIGNATURE = "&signature="


def admitted(exchange: Exchange, request: RestRequest) -> str:
    """The account whose keys signed this request."""
    keys = exchange.account_of(request.headers.get("x-bx-apikey", ""))
    if keys is None:
        raise ApiError(100413, "Incorrect apiKey")
    signed, named, sent = request.query.rpartition(SIGNATURE)
    if not named or not sent:
        raise ApiError(100412, "Null signature")
    _check_time(exchange.clock.now_ms(), signed)
    if not hmac.compare_digest(signature(keys, unquote(signed)).encode(), sent.encode()):
        raise ApiError(100001, "signature verification failed")
    return keys.account


def _check_time(now_ms: int, signed: str) -> None:
    told = parse_qs(signed)
    at, window = told.get("timestamp", [""])[0], told.get("recvWindow", [WINDOW_MS])[0]
    in_time = re.fullmatch("[0-9]{1,15}", at) and re.fullmatch("[0-9]{1,6}", window)
    if not in_time or abs(now_ms - int(at)) > int(window):
        raise ApiError(100421, "Null timestamp or timestamp mismatch")


def signature(keys: Keys, content: str) -> str:
    """Over the parameters as they are meant, not as they are escaped."""
    return hmac.new(keys.secret.encode(), content.encode(), hashlib.sha256).hexdigest()
