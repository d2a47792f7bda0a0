"""The error map, row by row, and what each answer makes of an order and of a question."""

from __future__ import annotations

import pytest

import twinstar as ts
from twinstar.errors import AuthFailed, OutcomeUnknown, VenueRejected, VenueUnavailable
from twinstar_lighter.errors import CODES, meaning_of, plain, raised
from twinstar_lighter.nonces import Refused
from twinstar_lighter.rest import Reply, taken

ORDERS = {
    ts.Meaning.REFUSED: VenueRejected,
    ts.Meaning.UNCHANGED: OutcomeUnknown,
    ts.Meaning.LATER: VenueUnavailable,
    ts.Meaning.DENIED: AuthFailed,
    ts.Meaning.UNKNOWN: OutcomeUnknown,
}
ROWS = {
    21100: ts.Meaning.DENIED,
    21104: ts.Meaning.LATER,
    21105: ts.Meaning.LATER,
    21109: ts.Meaning.DENIED,
    21120: ts.Meaning.DENIED,
    21136: ts.Meaning.DENIED,
    21506: ts.Meaning.LATER,
    21600: ts.Meaning.REFUSED,
    21700: ts.Meaning.REFUSED,
    21711: ts.Meaning.REFUSED,
    21728: ts.Meaning.UNKNOWN,
    21733: ts.Meaning.REFUSED,
    21739: ts.Meaning.REFUSED,
    22403: ts.Meaning.REFUSED,
    23000: ts.Meaning.LATER,
    23003: ts.Meaning.LATER,
    30003: ts.Meaning.UNCHANGED,
    30009: ts.Meaning.LATER,
    29401: ts.Meaning.DENIED,
    29500: ts.Meaning.UNKNOWN,
}


@pytest.mark.parametrize(("code", "meaning"), ROWS.items())
def test_each_code_means_what_its_row_says(code: int, meaning: ts.Meaning) -> None:
    assert meaning_of(code) is meaning


@pytest.mark.parametrize("code", [*CODES, 29500, 99999])
def test_an_order_is_rejected_only_by_a_code_that_is_known_to_mean_so(code: int) -> None:
    reply = Reply(400, b'{"code":%d,"message":"no"}' % code)
    meaning = meaning_of(code)
    if meaning is ts.Meaning.UNKNOWN:
        with pytest.raises(OutcomeUnknown):
            taken("lighter", reply)
    else:
        with pytest.raises(Refused) as refused:
            taken("lighter", reply)
        assert type(raised("lighter", meaning, str(refused.value), order=True)) is ORDERS[meaning]


@pytest.mark.parametrize("meaning", ts.Meaning)
def test_a_question_is_never_of_unknown_outcome(meaning: ts.Meaning) -> None:
    assert not isinstance(raised("lighter", meaning, "no", order=False), OutcomeUnknown)


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (405, b"<html>405 Not Allowed</html>", Refused),
        (429, b"", Refused),
        (502, b"<html>Bad Gateway</html>", OutcomeUnknown),
        (200, b"{}", OutcomeUnknown),  # no hash: of what it is the answer, nobody knows
        (200, b'{"code":200,"tx_ha', OutcomeUnknown),
        (400, b"\xff\xfe", OutcomeUnknown),
    ],
)
def test_what_cannot_be_read_is_judged_by_its_status(status: int, body: bytes, error: type[Exception]) -> None:
    with pytest.raises(error):
        taken("lighter", Reply(status, body))


def test_a_stop_whose_worst_price_is_refused_tells_which_setting_is_too_wide() -> None:
    with pytest.raises(Refused) as refused:
        taken("lighter", Reply(400, b'{"code":21735,"message":"too far from the trigger price"}'))
    assert str(refused.value) == "21735: too far from the trigger price (lower stop_slippage_percent)"


def test_the_venues_words_reach_the_log_as_one_short_line() -> None:
    assert plain("no\nsuch\x00 order" + "!" * 500) == "no such order" + "!" * 187


@pytest.mark.parametrize("secret", ["ab" * 40, f"1800000000:1000:4:{'0c' * 80}", "Zm9v+/" * 18])
def test_what_the_venue_repeats_of_a_key_a_token_or_a_signature_reaches_nobody(secret: str) -> None:
    told = plain(f"invalid auth token {secret}, sorry")
    assert told.startswith("invalid auth token ")
    assert told.endswith(", sorry")
    assert secret[-20:] not in told
    assert plain("channel account_all_orders/281474976710655 of order 281474977354074") == (
        "channel account_all_orders/281474976710655 of order 281474977354074"
    )
