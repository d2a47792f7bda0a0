"""Who is asking, and may they: API key, timestamp and signature.

Source: bybit-exchange.github.io/docs/v5/guide (2025-11).
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence

from msgspec import Struct

from twinstar.sim.ports import Exchange, Keys, RestRequest
from twinstar.sim.wires.bybit.errors import ApiError

DEFAULT_WINDOW_MS = "5000"
AHEAD_MS = 1_000
NEEDED = {"x-bapi-timestamp": "apiTimestamp", "x-bapi-api-key": "apiKey", "x-bapi-sign": "apiSignature"}
NO_KEY = "API key is invalid."
BAD_LOGIN = "Params Error"  # all that the stream says of a wrong signature, or of one that is out of date


def admit(exchange: Exchange, request: RestRequest) -> Keys:
    """HMAC-SHA256 over timestamp, key, receive window, and the raw query string or body as they were sent."""
    empty = "".join(f" {name}[]" for header, name in NEEDED.items() if not request.headers.get(header))
    if empty:
        raise ApiError(10001, f"empty value:{empty}", status=401)
    timestamp, api_key, sent = (request.headers[header] for header in NEEDED)
    window = request.headers.get("x-bapi-recv-window", DEFAULT_WINDOW_MS)
    keys = exchange.account_of(api_key)
    if keys is None:
        raise ApiError(10003, NO_KEY)
    _check_time(exchange.clock.now_ms(), timestamp, window)
    payload = timestamp + api_key + window + (request.body if request.method == "POST" else request.query)
    if not _is_signed(keys.secret, payload, sent):
        raise ApiError(10004, f"error sign! origin_string[{payload}]")
    return keys


def _check_time(now_ms: int, timestamp: str, window: str) -> None:
    known = timestamp.isdecimal() and window.isdecimal() and len(timestamp + window) < 30
    if not (known and now_ms - int(window) <= int(timestamp) < now_ms + AHEAD_MS):
        told = f"req_timestamp[{timestamp}],server_timestamp[{now_ms}],recv_window[{window}]"
        words = "invalid request, please check your server timestamp or recv_window param."
        raise ApiError(10002, f"{words} {told}")


class Refused(Struct, frozen=True):
    why: str


def log_in(exchange: Exchange, arguments: Sequence[object]) -> Keys | Refused:
    """``[api key, expires, signature]`` of the private stream; what is signed has to be still to come."""
    if len(arguments) != len(NEEDED):
        return Refused(BAD_LOGIN)
    api_key, expires, sent = (str(each) for each in arguments)
    keys = exchange.account_of(api_key)
    if keys is None:
        return Refused(NO_KEY)
    in_time = expires.isdecimal() and len(expires) < 20 and int(expires) > exchange.clock.now_ms()
    return keys if in_time and _is_signed(keys.secret, f"GET/realtime{expires}", sent) else Refused(BAD_LOGIN)


def _is_signed(secret: str, payload: str, sent: str) -> bool:
    right = hmac.new(secret.encode(), payload.encode(), hashlib.sha256).hexdigest()
    return hmac.compare_digest(right.encode(), sent.encode())
