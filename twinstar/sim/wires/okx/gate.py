"""Who may come in: keys, passphrase, timestamp and signature, over REST and for a private socket."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal

from twinstar.sim.ports import Exchange, Keys, RestRequest
from twinstar.sim.wires.okx.errors import UNAUTHORIZED, ApiError
from twinstar.sim.wires.okx.params import Params

WINDOW_MS = 30_000
LOGIN = "GET/users/self/verify"
SECONDS = r"[0-9]{10}(\.[0-9]{1,3})?"


def admitted(exchange: Exchange, request: RestRequest) -> str:
    """The account whose keys signed this request."""
    key, passphrase, timestamp, sent = (
        _header(request.headers, name) for name in ("key", "passphrase", "timestamp", "sign")
    )
    _check_age(exchange, _moment(timestamp))
    keys = exchange.account_of(key)
    if keys is None:
        raise _denied("50111", "Invalid OK-ACCESS-KEY")
    if not _same(keys.passphrase, passphrase):
        raise _denied("50105", "OK-ACCESS-PASSPHRASE incorrect")
    query = f"?{request.query}" if request.query else ""
    if not _same(signature(keys, f"{timestamp}{request.method}{request.path}{query}{request.body}"), sent):
        raise _denied("50113", "Invalid Sign")
    return keys.account


def logged_in(exchange: Exchange, params: Params) -> str:
    """The account of a login frame; its timestamp is in seconds."""
    timestamp = params.get("timestamp")
    if not re.fullmatch(SECONDS, timestamp):
        raise ApiError("60004", "Invalid timestamp")
    if abs(exchange.clock.now_ms() - int(Decimal(timestamp) * 1000)) > WINDOW_MS:
        raise ApiError("60006", "Timestamp request expired")
    keys = exchange.account_of(params.get("apiKey"))
    if keys is None:
        raise ApiError("60005", "Invalid apiKey")
    if not _same(keys.passphrase, params.get("passphrase")):
        raise ApiError("60024", "Wrong passphrase")
    if not _same(signature(keys, timestamp + LOGIN), params.get("sign")):
        raise ApiError("60007", "Invalid sign")
    return keys.account


def signature(keys: Keys, content: str) -> str:
    """HMAC-SHA256 over the bytes as they were sent, in base 64."""
    return base64.b64encode(hmac.new(keys.secret.encode(), _bytes(content), hashlib.sha256).digest()).decode()


def _header(headers: Mapping[str, str], name: str) -> str:
    value = headers.get(f"ok-access-{name}", "")
    if not value:
        code = {"key": "50103", "passphrase": "50104", "sign": "50106", "timestamp": "50107"}[name]
        raise _denied(code, f'Request header "OK-ACCESS-{name.upper()}" cannot be empty')
    return value


def _moment(timestamp: str) -> int:
    try:
        moment = datetime.fromisoformat(timestamp)
    except ValueError as error:
        raise _denied("50112", "Invalid OK-ACCESS-TIMESTAMP") from error
    return round((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)


def _check_age(exchange: Exchange, at_ms: int) -> None:
    if abs(exchange.clock.now_ms() - at_ms) > WINDOW_MS:
        raise _denied("50102", "Timestamp request expired")


def _same(right: str, sent: str) -> bool:
    return hmac.compare_digest(_bytes(right), _bytes(sent))


def _bytes(text: str) -> bytes:
    """Also of what a client sent that is no text."""
    return text.encode(errors="surrogatepass")


def _denied(code: str, message: str) -> ApiError:
    return ApiError(code, message, status=UNAUTHORIZED)
