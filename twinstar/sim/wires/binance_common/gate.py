"""Who is asking, and may they: API key, timestamp and signature."""

from __future__ import annotations

import hashlib
import hmac
import re

from twinstar.sim.ports import Exchange, Keys, RestRequest
from twinstar.sim.wires.binance_common import errors
from twinstar.sim.wires.binance_common.errors import ApiError
from twinstar.sim.wires.binance_common.params import Params

DEFAULT_WINDOW_MS = 5_000
LONGEST_WINDOW_MS = 60_000
AHEAD_MS = 1_000
SIGNATURE = re.compile(r"(?:^|&)signature=([^&]*)")


def key_holder(exchange: Exchange, api_key: str) -> Keys:
    if not re.fullmatch(r"[!-~]+", api_key):
        raise ApiError(-2014, "API-key format invalid.", status=401)
    keys = exchange.account_of(api_key)
    if keys is None:
        raise ApiError(-2015, "Invalid API-key, IP, or permissions for action.", status=401)
    return keys


def check_time(now_ms: int, params: Params) -> None:
    """The request must have been signed within recvWindow before now, and not in the future."""
    timestamp = params.integer("timestamp")
    window = params.integer_or_none("recvWindow") or DEFAULT_WINDOW_MS
    if window > LONGEST_WINDOW_MS:
        raise ApiError(-1131, f"recvWindow must be less than {LONGEST_WINDOW_MS}")
    if timestamp >= now_ms + AHEAD_MS:
        raise ApiError(-1021, "Timestamp for this request was 1000ms ahead of the server's time.")
    if now_ms - timestamp > window:
        raise ApiError(-1021, "Timestamp for this request is outside of the recvWindow.")


def check_signature(secret: str, request: RestRequest) -> None:
    """HMAC-SHA256 over the raw query string and body as they were sent, without the signature itself."""
    query, body = SIGNATURE.sub("", request.query), SIGNATURE.sub("", request.body)
    sent = SIGNATURE.search(request.query) or SIGNATURE.search(request.body)
    if sent is None or not sent[1]:
        raise errors.missing("signature")
    check_signed(secret, query + body, sent[1])


def check_signed(secret: str, payload: str, signature: str) -> None:
    right = hmac.new(secret.encode(), payload.encode(), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(right.encode(), signature.encode()):
        raise ApiError(-1022, "Signature for this request is not valid.")
