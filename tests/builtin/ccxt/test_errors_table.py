"""Every error answer that the venues are known to give, and what is made of it, row by row."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

import pytest
from builtin.ccxt.test_errors_docs import VENUES

from twinstar.builtin.ccxt.habits import habit_of
from twinstar.builtin.ccxt.lazy import exchange_class
from twinstar.builtin.ccxt.library import NetworkError
from twinstar.builtin.ccxt.outcome import line_lost, order_failed, reading_failed
from twinstar.builtin.ccxt.wire import Exchanged
from twinstar.domain.meanings import Doing, Meaning, remedy
from twinstar.errors import AuthFailed, BadMessage, OutcomeUnknown, VenueError, VenueRejected, VenueUnavailable
from twinstar.sim.wires.binance_common.errors import CANCEL
from twinstar.sim.wires.binanceusdm import errors as binance_wire
from twinstar.sim.wires.bybit import errors as bybit_wire
from twinstar.sim.wires.upbit import errors as upbit_wire

Remedies = tuple[type[VenueError], type[VenueError], type[VenueError]]

# When it was an order, a cancel, a read.
NO: Remedies = (VenueRejected, VenueRejected, VenueRejected)
WAIT: Remedies = (VenueUnavailable, VenueUnavailable, VenueUnavailable)
PERSON: Remedies = (AuthFailed, AuthFailed, AuthFailed)
ASK: Remedies = (OutcomeUnknown, OutcomeUnknown, VenueUnavailable)
ASK_UNLESS_READ: Remedies = (OutcomeUnknown, OutcomeUnknown, VenueRejected)
GONE: Remedies = (OutcomeUnknown, VenueRejected, VenueRejected)

ROWS: Mapping[str, tuple[tuple[Remedies, int, str], ...]] = {
    "binanceusdm": (
        (NO, 400, "-1004 -1013 -1014 -1016 -1020 -1023"),
        (NO, 400, "-1100 -1101 -1102 -1103 -1104 -1105 -1106 -1108 -1110 -1111 -1112 -1113 -1114 -1115 -1116 -1117"),
        (NO, 400, "-1118 -1119 -1120 -1121 -1122 -1126 -1127 -1128 -1130 -1131 -1136"),
        (NO, 400, "-2010 -2016 -2018 -2019 -2020 -2021 -2022 -2023 -2024 -2025 -2026 -2027 -2028"),
        (NO, 400, "-4000 -4001 -4002 -4003 -4004 -4005 -4006 -4007 -4008 -4009 -4010 -4011 -4012 -4013 -4014 -4015"),
        (NO, 400, "-4016 -4017 -4018 -4019 -4020 -4021 -4022 -4023 -4024 -4025 -4026 -4027 -4028 -4029 -4030 -4031"),
        (NO, 400, "-4032 -4033 -4044 -4045 -4047 -4048 -4049 -4050 -4051 -4053 -4054 -4055 -4058 -4060 -4061 -4062"),
        (NO, 400, "-4063 -4064 -4065 -4066 -4067 -4068 -4069 -4070 -4071 -4072 -4073 -4074 -4075 -4076 -4077 -4079"),
        (NO, 400, "-4080 -4081 -4082 -4084 -4085 -4086 -4087 -4088 -4104 -4114 -4118 -4120 -4131 -4135 -4136 -4137"),
        (NO, 400, "-4138 -4139 -4140 -4141 -4142 -4144 -4161 -4164 -4165 -4167 -4168 -4169 -4170 -4172 -4183 -4184"),
        (NO, 400, "-4192 -4202 -4203 -4205 -4206 -4208 -4209 -4210 -4211 -4400 -4401 -4402 -4403 -4531"),
        (NO, 400, "-5021 -5022 -5024 -5025 -5026 -5037 -5038 -5039 -5040 -5041 -5047"),
        (NO, 400, "-20121 -20124 -20130 -20132 -20194 -20195 -20196 -20198 -20204"),
        (WAIT, 429, "-1003 -1015"),
        (WAIT, 503, "-1008"),
        (WAIT, 400, "-1021 -1125 -5028"),
        (PERSON, 401, "-1002 -1022 -2014 -2015"),
        (PERSON, 400, "-1005 -1011 -1099 -1109 -2017 -4056 -4057"),
        (GONE, 400, "-2011 -2013"),
        (ASK_UNLESS_READ, 400, "-4046 -4052 -4059 -4171 -5027"),
        (ASK, 400, "-1000 -1001 -1006 -1010 -2012 -4078 -4083 -4115 -4116 -4117"),
        (ASK, 503, "-1007"),
    ),
    "bingx": (
        (NO, 200, "80013 80014 80017 80020 100204 100400 100414 100440 101205 101209 101211 101212 101215 101400"),
        (NO, 200, "101414 101415 101460 109400 109418 109425 110425"),
        (NO, 200, "100202 101204 101253"),
        (WAIT, 200, "100410 101514"),
        (WAIT, 200, "100421"),
        (PERSON, 200, "100001 100004 100412 100413 100419"),
        (GONE, 200, "80016 80018 109421"),
        (ASK, 200, "101481 109201"),
        (ASK, 200, "80001 80012 80019 100500 100503 101500 109500 110500"),
    ),
    "bybit": (
        (NO, 200, "7001 10001 10017 10029 110003 110005 110009 110011 110013 110015 110016 110017 110018"),
        (NO, 200, "110019 110020 110021 110022 110023 110024 110028 110029 110031 110032 110033 110034 110035"),
        (NO, 200, "110036 110037 110038 110039 110040 110041 110042 110046 110047 110048 110049 110050 110054"),
        (NO, 200, "110055 110056 110057 110058 110059 110060 110061 110062 110064 110068 110069 110070 110071"),
        (NO, 200, "110073 110092 110093 110094 181001 181002 181003 181004 182000 3400045"),
        (NO, 200, "110004 110006 110007 110012 110014 110044 110045 110051 110052 110053"),
        (WAIT, 200, "10006 10018 110063 110066 110079"),
        (WAIT, 200, "-1 10002"),
        (PERSON, 200, "10003 10004 10005 10007 10008 10009 10010 10020 10024 10027 10028 33004 100028"),
        (PERSON, 200, "110065 110067"),
        (GONE, 200, "110001 110008 110010"),
        (ASK, 200, "10014 110030 110072"),
        (ASK_UNLESS_READ, 200, "110025 110026 110027 110043 110075"),
        (ASK, 200, "5004 10000 10016 40004"),
    ),
    "upbit": (
        (NO, 400, "400 create_ask_error create_bid_error validation_error invalid_parameter invalid_post_only"),
        (NO, 400, "insufficient_funds_ask insufficient_funds_bid under_min_total_ask under_min_total_bid"),
        (NO, 400, "invalid_price_ask invalid_price_bid invalid_volume_ask invalid_volume_bid invalid_time_in_force"),
        (NO, 400, "over_krw_funds_ask over_krw_funds_bid over_price_limit_ask over_price_limit_bid volume_too_large"),
        (NO, 400, "under_price_limit_ask under_price_limit_bid invalid_funds invalid_funds_ask invalid_funds_bid"),
        (NO, 400, "market_offline withdraw_address_not_registerd withdraw_address_not_registered"),
        (NO, 400, "INVALID_PARAM NO_CODES NO_TICKET NO_TYPE WRONG_FORMAT"),
        (NO, 404, "404 notfoundmarket"),
        (WAIT, 429, "too_many_requests"),
        (WAIT, 401, "nonce_used"),
        (PERSON, 401, "expired_access_key invalid_access_key invalid_query_payload jwt_verification INVALID_AUTH"),
        (PERSON, 401, "no_authorization_i_p no_authorization_ip no_authorization_token"),
        (PERSON, 403, "out_of_scope thirdparty_agreement_required"),
        (GONE, 404, "order_not_found"),
        (ASK, 400, "duplicated_identifier"),
        (ASK, 500, "server_error"),
    ),
}


def rows() -> Iterator[tuple[str, str, int, Doing, type[VenueError]]]:
    for venue, groups in ROWS.items():
        for remedies, status, codes in groups:
            for code in codes.split():
                for doing, error in zip((Doing.ORDER, Doing.CANCEL, Doing.READ), remedies, strict=True):
                    yield venue, code, status, doing, error


def answer(venue: str, code: str, status: int, **more: object) -> Exchanged:
    number = int(code) if code.lstrip("-").isdecimal() else code
    told: Mapping[str, object] = {
        "binanceusdm": {"code": number, "msg": "words"},
        "bingx": {"code": number, "msg": "words"},
        "bybit": {"retCode": number, "retMsg": "words"},
        "upbit": {"error": {"name": code, "message": "words"}},
    }
    return Exchanged(requests=1, status=status, body=told[venue], **more)


def judged(venue: str, exchanged: Exchanged, doing: Doing) -> VenueError:
    words, error = habit_of(venue).words, ValueError("whatever ccxt made of it")
    if doing is Doing.READ:
        return reading_failed(venue, "what was read", error, exchanged, words)
    return order_failed(venue, doing, error, exchanged, words)


@pytest.mark.parametrize(
    ("venue", "code", "status", "doing", "error"),
    [pytest.param(*row, id=f"{row[0]}-{row[1]}-{row[3].value}") for row in rows()],
)
def test_each_known_answer_has_its_remedy(
    venue: str, code: str, status: int, doing: Doing, error: type[VenueError]
) -> None:
    told = judged(venue, answer(venue, code, status), doing)
    assert type(told) is error
    assert f"{code}: words" in told.reason


@VENUES
def test_the_rows_here_are_those_of_the_table(venue: str) -> None:
    here = [code for _, _, codes in ROWS[venue] for code in codes.split()]
    assert len(here) == len(set(here))
    assert set(here) == set(habit_of(venue).words.codes)


# A message, not a code: what Binance says beside one of the codes of its spot market.
MESSAGES = {
    "System is under maintenance.", "System abnormality", "You are not authorized to execute self request.",
    "API key does not exist", "Order would trigger immediately.", "Stop price would trigger immediately.",
    "Order would immediately match and take.", "Account has insufficient balance for requested action.",
    "Rest API trading is not enabled.", "This account may not place or cancel orders.", "You don't have permission.",
    "Market is closed.", "Too many requests. Please try again later.", "This action is disabled on self account.",
    "Limit orders require GTC for self phase.", "This type of sub-account exceeds the maximum number limit",
    "This symbol is restricted for self account.", "This symbol is not permitted for self account.",
    "has no operation privilege", "MAX_POSITION", "PERCENT_PRICE_BY_SIDE", "This order type is not possible",
    # Bybit's.
    "Not supported symbols", "Request timeout", "unknown orderInfo", "invalid api_key", "oc_diff", "new_oc",
    "openapi sign params error!",
    # Upbit's, beside validation_error, 400 and expired_access_key.
    "This key has expired.", "Missing request parameter error. Check the required parameters!",
    "side is missing, side does not have a valid value",
}  # fmt: skip


# Codes of markets and services that we never ask.
ELSEWHERE = {
    # Versions 1 to 3 of its API; transfers; inverse contracts, spot, leveraged tokens, loans; unified margin accounts.
    "bybit": r"-\d{4,5}|12\d{3}|[23]\d{4}|13\d{4}|140\d{3}|17\d{4}|1810(00|17)|340099|3[12]\d{5}",
}


def ccxts(venue: str) -> dict[str, type[Exception]]:
    """What ccxt makes of each code; of two words on one, that for this kind of market."""
    told = exchange_class(venue)().exceptions
    known = {**told["exact"], **told["broad"], **told.get("linear", {}).get("exact", {})}
    elsewhere = re.compile(ELSEWHERE.get(venue, r"(?!)"))
    return {code: error for code, error in known.items() if code not in MESSAGES and not elsewhere.fullmatch(code)}


def named(code: str, known: Iterable[str]) -> set[str]:
    """ccxt looks for a part of the name where names end in the side."""
    return {name for name in known if name in {code, f"{code}_ask", f"{code}_bid"}}


@VENUES
def test_every_code_that_ccxt_knows_is_in_the_table(venue: str) -> None:
    known = habit_of(venue).words.codes
    assert {code for code in ccxts(venue) if not named(code, known)} == set()


# Where the table says something else than ccxt's class does, and why.
REDUCE_AND_CANCEL_STILL_WORK = "the venue must not halt: what protects a position still goes through"
OTHERWISE = {
    "-4080": "an option's user, not ours",
    "-4087": REDUCE_AND_CANCEL_STILL_WORK,
    "-4088": REDUCE_AND_CANCEL_STILL_WORK,
    "-4192": REDUCE_AND_CANCEL_STILL_WORK,
    "-4202": "a setting of the leverage, not the keys",
    "-4203": "a setting of the leverage, not the keys",
    "-4205": "a setting of the leverage, not the keys",
    "-4206": "a setting of the leverage, not the keys",
    "-4400": REDUCE_AND_CANCEL_STILL_WORK,
    "-4401": REDUCE_AND_CANCEL_STILL_WORK,
    "-4402": REDUCE_AND_CANCEL_STILL_WORK,
    "-4403": "a setting of the leverage, not the keys",
    "10029": "of one symbol only, the others still trade",
    "110068": "of a kind of order, the others still trade",
    "110069": "of a kind of order, the others still trade",
    "-1125": "a private line's key, which is asked for anew at each opening",
}
MEANT = {
    "AuthenticationError": Meaning.DENIED,
    "InsufficientFunds": Meaning.FUNDS,
    "RateLimitExceeded": Meaning.LATER,
    "OrderNotFound": Meaning.MISSING,
    "InvalidNonce": Meaning.MISTIMED,
}


@VENUES
def test_the_table_says_what_ccxt_says_or_there_is_a_reason(venue: str) -> None:
    codes = habit_of(venue).words.codes
    for code, error in ccxts(venue).items():
        meant = next((MEANT[kind.__name__] for kind in error.__mro__ if kind.__name__ in MEANT), None)
        ours = {codes[name].meaning for name in named(code, codes)}
        if code in OTHERWISE:
            assert meant is not None, f"{code} needs no reason"
            assert ours != {meant}, f"{code} needs no reason"
        elif meant is not None:
            assert ours == {meant}, code


def test_whatever_the_simulated_exchange_refuses_with_is_in_the_table() -> None:
    bybits = (bybit_wire.REFUSALS, bybit_wire.AMEND, bybit_wire.LEVERAGE)
    named = (bybit_wire.DUPLICATE, bybit_wire.MODE_UNCHANGED, bybit_wire.NO_HEDGE, bybit_wire.MARGIN_FAILED)
    spoken = {str(code) for words in bybits for code, _ in words.values()} | {str(code) for code, _ in named}
    assert spoken <= set(habit_of("bybit").words.codes)
    spoken = {str(code) for words in (binance_wire.REFUSALS, CANCEL) for code, _ in words.values()}
    assert spoken <= set(habit_of("binanceusdm").words.codes)
    assert set(upbit_wire.WORDING) <= set(habit_of("upbit").words.codes)


@VENUES
@pytest.mark.parametrize("doing", [Doing.ORDER, Doing.CANCEL])
@pytest.mark.parametrize("status", [200, 302, 500, 502, 503, 504])
def test_a_refusal_counts_only_where_the_status_says_so_too(venue: str, doing: Doing, status: int) -> None:
    words = habit_of(venue).words
    for code, known in words.codes.items():
        error = judged(venue, answer(venue, code, status), doing)
        doubted = VenueUnavailable if known.meaning is Meaning.LATER else OutcomeUnknown
        assert type(error) is (remedy(known.meaning, doing) if status in words.proving else doubted), code


@VENUES
@pytest.mark.parametrize("status", [200, 400, 401, 404, 409, 500, 503])
def test_of_a_code_that_nobody_knows_nothing_is_concluded(venue: str, status: int) -> None:
    exchanged = answer(venue, "-987654", status)
    assert type(judged(venue, exchanged, Doing.ORDER)) is OutcomeUnknown
    assert type(judged(venue, exchanged, Doing.CANCEL)) is OutcomeUnknown
    assert type(judged(venue, exchanged, Doing.READ)) is VenueUnavailable


@pytest.mark.parametrize(
    ("venue", "status", "remedies"),
    [
        ("binanceusdm", 403, WAIT),
        ("binanceusdm", 418, WAIT),
        ("binanceusdm", 429, WAIT),
        ("bybit", 403, WAIT),
        ("bybit", 429, WAIT),
        ("upbit", 418, WAIT),
        ("upbit", 429, WAIT),
        *((venue, status, ASK) for venue in ROWS for status in (None, 301, 400, 401, 404, 408, 500, 502, 503, 504)),
        *((venue, 200, (OutcomeUnknown, OutcomeUnknown, BadMessage)) for venue in ROWS),
    ],
)
@pytest.mark.parametrize("body", [None, "<html>", [], {}, {"error": "?"}])
def test_without_a_code_the_status_says_it_or_nobody_knows(
    venue: str, status: int | None, remedies: Remedies, body: object
) -> None:
    exchanged = Exchanged(requests=1, status=status, retry_after_s=7.0, body=body)
    for doing, error in zip((Doing.ORDER, Doing.CANCEL, Doing.READ), remedies, strict=True):
        told = judged(venue, exchanged, doing)
        assert type(told) is error
        if isinstance(told, VenueUnavailable):
            assert told.retry_after_s == 7.0


def test_an_order_that_exists_already_is_not_refused_though_it_says_so_with_the_code_of_refusals() -> None:
    body = {"code": -2010, "msg": "Duplicate order sent."}
    assert type(judged("binanceusdm", Exchanged(requests=1, status=400, body=body), Doing.ORDER)) is OutcomeUnknown


@pytest.mark.parametrize(
    ("complaint", "private", "error"),
    [
        ("INVALID_AUTH: wrong token", True, AuthFailed),
        ("INVALID_AUTH: wrong token", False, VenueUnavailable),
        ("NO_CODES: none", False, VenueUnavailable),
        ("SOMETHING: new", True, VenueUnavailable),
    ],
)
def test_a_subscription_that_is_refused_is_lost_and_a_login_that_is_refused_is_for_a_person(
    complaint: str, private: bool, error: type[VenueError]
) -> None:
    lost = NetworkError(f"refused: {complaint}")
    assert type(line_lost("upbit", "orders", lost, habit_of("upbit").words, private=private)) is error
