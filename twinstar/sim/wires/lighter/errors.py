"""Lighter's refusals: a code and a message, over REST with HTTP 400.

Source: the error code page of apidocs.lighter.xyz (2026-07) and the table in ccxt 4.5.90.
"""

from __future__ import annotations

Words = tuple[int, str]


class ApiError(Exception):
    def __init__(self, code: int, message: str, *, status: int = 400) -> None:
        super().__init__(f"{code} {message}")
        self.code = code
        self.message = message
        self.status = status


NO_ACCOUNT: Words = (21100, "account not found")
BAD_NONCE: Words = (21104, "invalid nonce")
BAD_BATCH_NONCE: Words = (21105, "invalid nonce in the batch")
BAD_PUBLIC_KEY: Words = (21108, "invalid public key")
NO_KEY: Words = (21109, "api key not found")
BAD_SIGNATURE: Words = (21120, "invalid signature")
MIXED_BATCH: Words = (21121, "all transactions of a batch must be of one account and one api key")
NOT_APPROVED: Words = (21149, "integrator is not approved")
NO_TX: Words = (21500, "transaction not found")
BAD_TX: Words = (21501, "invalid tx info")
UNKNOWN_TX_TYPE: Words = (21505, "unsupported tx type")
LARGE_BATCH: Words = (21514, "too many transactions in the batch")
BAD_MARKET: Words = (21602, "invalid market index")
BAD_MARGIN: Words = (21604, "invalid margin fractions for market")
BAD_MARGIN_MODE: Words = (21613, "invalid margin mode")
NO_ORDER: Words = (21700, "invalid order index")
BAD_SIZE: Words = (21701, "invalid base amount")
BAD_PRICE: Words = (21702, "invalid price")
BAD_SIDE: Words = (21703, "invalid isAsk")
BAD_TYPE: Words = (21704, "invalid OrderType")
BAD_TIME_IN_FORCE: Words = (21705, "invalid OrderTimeInForce")
TOO_SMALL: Words = (21706, "invalid order base or quote amount")
INACTIVE: Words = (21709, "order is inactive")
BAD_EXPIRY: Words = (21711, "invalid expiry")
BAD_CANCEL_ALL: Words = (21713, "invalid cancel all time in force")
BAD_CANCEL_TIME: Words = (21714, "invalid cancel all time")
MANY_ACTIVE: Words = (21717, "maximum active limit order count reached")
MANY_ACTIVE_THERE: Words = (21718, "maximum active limit order count per market reached")
MANY_PENDING: Words = (21719, "maximum pending order count reached")
MANY_PENDING_THERE: Words = (21720, "maximum pending order count per market reached")
BAD_CLIENT_INDEX: Words = (21727, "invalid client order index")
DUPLICATE: Words = (21728, "client order index already exists")
BAD_TRIGGER: Words = (21729, "invalid order trigger price")
FAR_FROM_MARK: Words = (21734, "limit order price is too far from the mark price")
FAR_FROM_TRIGGER: Words = (21735, "SL/TP order price is too far from the trigger price")
NOT_REDUCING: Words = (21738, "invalid reduce only direction")
BAD_REDUCE_ONLY: Words = (21740, "invalid reduce only mode")
BAD_CANDLES: Words = (22400, "invalid resolution")
BAD_CANDLE_RANGE: Words = (22403, "invalid candle range")
NO_QUOTA: Words = (23000, "Not enough volume quota remaining")
TOO_MANY: Words = (23000, "Too Many Requests!")
BAD_PARAMETER = 29400
NO_ROUTE: Words = (29404, "not found")
BAD_TOKEN: Words = (29401, "invalid auth token")


def missing(name: str) -> ApiError:
    return ApiError(BAD_PARAMETER, f"parameter {name} is missing")


def wrong(name: str) -> ApiError:
    return ApiError(BAD_PARAMETER, f"parameter {name} is not valid")
