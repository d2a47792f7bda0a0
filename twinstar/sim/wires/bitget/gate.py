"""Who may come in: key, passphrase, timestamp and signature, over REST and for the private socket."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from urllib.parse import unquote

from twinstar.sim.ports import Exchange, Keys, RestRequest
from twinstar.sim.wires.bitget.errors import ApiError
from twinstar.sim.wires.bitget.params import Params

WINDOW_MS = 30_000
LOGIN = "GET/user/verify"
EMPTY = {"key": "40001", "sign": "40002", "timestamp": "40005", "passphrase": "40011"}
MILLISECONDS = r"[0-9]{13}"
SECONDS = r"[0-9]{10}"


def admitted(exchange: Exchange, request: RestRequest) -> str:
    """The account whose keys signed this request."""
    key, sent, timestamp, passphrase = (_header(request, name) for name in EMPTY)
    if not re.fullmatch(MILLISECONDS, timestamp):
        raise ApiError("40005", "Invalid ACCESS_TIMESTAMP")
    if abs(exchange.clock.now_ms() - int(timestamp)) > WINDOW_MS:
        raise ApiError("40008", "Request timestamp expired")
    keys = exchange.account_of(key)
    if keys is None:
        raise ApiError("40006", "Invalid ACCESS_KEY")
    if not _same(keys.passphrase, passphrase):
        raise ApiError("40012", "apikey/password is incorrect")
    query = f"?{unquote(request.query)}" if request.query else ""  # signed as it is meant, not as it is escaped
    if not _same(signature(keys, f"{timestamp}{request.method}{request.path}{query}{request.body}"), sent):
        raise ApiError("40009", "sign signature error")
    return keys.account


def logged_in(exchange: Exchange, params: Params) -> str:
    """The account of a login frame, which may be dated in seconds or milliseconds."""
    timestamp = params.get("timestamp")
    if not re.fullmatch(f"{SECONDS}|{MILLISECONDS}", timestamp):
        raise ApiError("30013", "Invalid ACCESS_TIMESTAMP")
    at_ms = int(timestamp) * (1_000 if re.fullmatch(SECONDS, timestamp) else 1)
    if abs(exchange.clock.now_ms() - at_ms) > WINDOW_MS:
        raise ApiError("30014", "Request timestamp expired")
    keys = exchange.account_of(params.get("apiKey"))
    if keys is None:
        raise ApiError("30011", "Invalid ACCESS_KEY")
    if not _same(keys.passphrase, params.get("passphrase")):
        raise ApiError("30012", "Invalid ACCESS_PASSPHRASE")
    if not _same(signature(keys, timestamp + LOGIN), params.get("sign")):
        raise ApiError("30015", "Invalid sign")
    return keys.account


def signature(keys: Keys, content: str) -> str:
    return base64.b64encode(hmac.new(keys.secret.encode(), content.encode(), hashlib.sha256).digest()).decode()


def _header(request: RestRequest, name: str) -> str:
    value = request.headers.get(f"access-{name}", "")
    if not value:
        raise ApiError(EMPTY[name], f"ACCESS_{name.upper()} cannot be empty")
    return value


def _same(right: str, sent: str) -> bool:
    return hmac.compare_digest(right.encode(), sent.encode())
