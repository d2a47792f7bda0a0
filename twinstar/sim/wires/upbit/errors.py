"""Upbit's refusals: HTTP status, name and message as the venue words them.

Names: docs.upbit.com/kr/reference/rest-api-guide and new-order (2026-11), the notice orderbook-instruments, and what
ccxt 4.5.90 maps. Not every message is documented; a client must go by the name.
"""

from __future__ import annotations

from collections.abc import Mapping

from twinstar.sim.model import Reason, Refusal
from twinstar.sim.wires.krw.errors import Denial

WORDING: Mapping[str, tuple[int, str]] = {
    "no_authorization_token": (401, "인증 토큰이 존재하지 않습니다."),
    "invalid_access_key": (401, "잘못된 엑세스 키입니다."),
    "jwt_verification": (401, "Jwt 토큰 검증에 실패했습니다."),
    "invalid_query_payload": (401, "Jwt의 query를 검증하는데 실패하였습니다."),
    "nonce_used": (401, "이미 요청한 nonce값이 다시 사용되었습니다."),
    "validation_error": (400, "잘못된 API 요청입니다."),
    "invalid_parameter": (400, "Invalid parameter. Check the given value!"),
    "create_bid_error": (400, "주문 요청 정보가 올바르지 않습니다."),
    "create_ask_error": (400, "주문 요청 정보가 올바르지 않습니다."),
    "invalid_price_bid": (400, "주문가격 단위를 잘못 입력하셨습니다. 확인 후 시도해주세요."),
    "invalid_price_ask": (400, "주문가격 단위를 잘못 입력하셨습니다. 확인 후 시도해주세요."),
    "invalid_volume_bid": (400, "주문수량 단위를 잘못 입력하셨습니다. 확인 후 시도해주세요."),
    "invalid_volume_ask": (400, "주문수량 단위를 잘못 입력하셨습니다. 확인 후 시도해주세요."),
    "invalid_time_in_force": (400, "지원하지 않는 time_in_force 값입니다."),
    "invalid_post_only": (400, "post_only 옵션은 smp_type 옵션과 함께 사용할 수 없습니다."),
    "under_min_total_bid": (400, "최소주문금액 이상으로 주문해주세요."),
    "under_min_total_ask": (400, "최소주문금액 이상으로 주문해주세요."),
    "over_krw_funds_bid": (400, "최대주문금액을 초과하였습니다."),
    "over_krw_funds_ask": (400, "최대주문금액을 초과하였습니다."),
    "insufficient_funds_bid": (400, "주문가능한 금액({asset})이 부족합니다."),
    "insufficient_funds_ask": (400, "주문가능한 금액({asset})이 부족합니다."),
    "duplicated_identifier": (400, "이미 사용된 identifier입니다."),
    "order_not_found": (404, "주문을 찾지 못했습니다."),
    "notfoundmarket": (404, "마켓을 찾지 못했습니다."),
    "too_many_requests": (429, "요청 수 제한을 초과했습니다."),
}

# Of what the exchange itself refuses; a name that ends in "_" gets the order's side.
BY_REASON: Mapping[Reason, str] = {
    Reason.UNKNOWN_SYMBOL: "notfoundmarket",
    Reason.BAD_TICK: "invalid_price_",
    Reason.BAD_LOT: "invalid_volume_",
    Reason.TOO_SMALL: "invalid_volume_",
    Reason.TOO_CHEAP: "under_min_total_",
    Reason.NO_FUNDS: "insufficient_funds_",
    Reason.DUPLICATE_CLIENT_ID: "duplicated_identifier",
    Reason.UNKNOWN_ORDER: "order_not_found",
    Reason.NOT_OPEN: "order_not_found",
}


def denied(name: str, message: str = "", *, asset: str = "") -> Denial:
    status, wording = WORDING[name]
    return Denial(status, name, message or wording.format(asset=asset))


def of_refusal(refusal: Refusal, side: str, asset: str) -> Denial:
    """``side`` is bid or ask, ``asset`` what the order would spend."""
    name = BY_REASON.get(refusal.reason, "create_")
    if name == "create_":
        return denied(f"create_{side}_error", f"{WORDING['create_bid_error'][1]} ({refusal})")
    return denied(name + side if name.endswith("_") else name, asset=asset)
