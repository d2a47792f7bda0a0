"""What each of the venue's errors makes us do, row by row."""

from __future__ import annotations

import msgspec
import pytest

import twinstar as ts
from twinstar import errors
from twinstar_bithumb_native.errors import MEANINGS, Refusal, meaning_of
from twinstar_bithumb_native.messages import Failure

REFUSED = [name for name, meaning in MEANINGS.items() if meaning is ts.Meaning.REFUSED]
DOCUMENTED = {  # apidocs.bithumb.com, 2026-10-27
    "invalid_parameter": (400, errors.VenueRejected),
    "invalid_price": (400, errors.VenueRejected),
    "under_price_limit_ask": (400, errors.VenueRejected),
    "under_price_limit_bid": (400, errors.VenueRejected),
    "invalid_price_ask": (400, errors.VenueRejected),
    "invalid_price_bid": (400, errors.VenueRejected),
    "bank_account_required": (400, errors.VenueRejected),
    "two_factor_auth_required": (400, errors.AuthFailed),
    "currency does not have a valid value": (400, errors.VenueRejected),
    "cross_trading": (400, errors.VenueRejected),
    "invalid_query_payload": (401, errors.AuthFailed),
    "jwt_verification": (401, errors.AuthFailed),
    "expired_jwt": (401, errors.VenueUnavailable),
    "NotAllowIP": (401, errors.AuthFailed),
    "out_of_scope": (401, errors.AuthFailed),
    "blocked_member_id": (403, errors.AuthFailed),
    "order_not_found": (404, errors.OutcomeUnknown),
    "order_not_ready": (422, errors.OutcomeUnknown),
    "duplicate_client_order_id": (400, errors.OutcomeUnknown),
    "too_many_requests": (429, errors.VenueUnavailable),
    "server_error": (500, errors.OutcomeUnknown),
}


@pytest.mark.parametrize("name", DOCUMENTED)
def test_an_order_that_is_answered_so_has_this_outcome(name: str) -> None:
    status, outcome = DOCUMENTED[name]
    assert ts.remedy(meaning_of(status, Refusal(name)), ts.Doing.ORDER) is outcome


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_counts_with_http_200_and_not_from_a_server_in_trouble(name: str) -> None:
    assert meaning_of(200, Refusal(name)) is ts.Meaning.REFUSED
    assert meaning_of(500, Refusal(name)) is ts.Meaning.UNKNOWN


def test_a_name_that_nobody_has_listed_leaves_an_order_in_doubt() -> None:
    for status in (200, 400, 401, 404, 422):
        assert ts.remedy(meaning_of(status, Refusal("not_enough_something")), ts.Doing.ORDER) is errors.OutcomeUnknown


def test_a_question_is_never_in_doubt() -> None:
    assert errors.OutcomeUnknown not in {ts.remedy(meaning, ts.Doing.READ) for meaning in ts.Meaning}


def test_an_order_that_cannot_be_canceled_yet_is_left_for_later_and_one_that_is_not_there_is_refused() -> None:
    assert ts.remedy(meaning_of(422, Refusal("order_not_ready")), ts.Doing.CANCEL) is errors.VenueUnavailable
    assert ts.remedy(meaning_of(404, Refusal("order_not_found")), ts.Doing.CANCEL) is errors.VenueRejected


@pytest.mark.parametrize("name", ['"invalid_price"', "400"])
def test_a_name_may_be_text_or_a_number(name: str) -> None:
    told = msgspec.json.decode(f'{{"error":{{"name":{name},"message":"no"}}}}', type=Failure).error
    assert meaning_of(200, told) is ts.Meaning.REFUSED


def test_an_error_is_one_line_of_printable_text() -> None:
    assert str(Refusal("invalid_price", "a\nb\x1b[31m" + "x" * 500)).isprintable()
    assert len(str(Refusal("invalid_price", "x" * 500))) <= 200
