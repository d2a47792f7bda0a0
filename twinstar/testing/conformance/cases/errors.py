"""Errors say what to do, and tell no secret."""

from __future__ import annotations

import traceback

import msgspec

from twinstar.domain import Permissions
from twinstar.errors import AuthFailed, BadMessage, OutcomeUnknown, VenueError, VenueUnavailable
from twinstar.testing.conformance.case import case, raising, same
from twinstar.testing.conformance.listening import opened, to_its_end
from twinstar.testing.conformance.quality import Tier
from twinstar.testing.conformance.stage import MAIN, Stage

NOBODY = "http://127.0.0.1:9"
WRONG = msgspec.structs.replace(MAIN, api_key="0" * 64, secret="1" * 64)


@case("E1", core=True)
async def with_wrong_keys_a_person_must_act(s: Stage) -> None:
    s.venue = s.connect(keys=WRONG)
    with raising(AuthFailed):
        await s.account()
    with raising(AuthFailed):
        await s.trading.place(s.order())


@case("E2")
async def with_wrong_keys_the_stream_of_the_account_says_so_as_well(s: Stage) -> None:
    assert s.venue.trading is not None, "this venue does not trade"
    *_, private = opened(s.connect(keys=WRONG), s.symbol)
    with raising(AuthFailed):
        await to_its_end(private)


@case("E3")
async def where_nobody_answers_the_venue_is_unavailable(s: Stage) -> None:
    (stream, *_) = opened(s.connect(url=NOBODY), s.symbol)
    with raising(VenueUnavailable):
        await to_its_end(stream)


@case("E4", long=True)
async def no_error_holds_a_secret_or_a_signature(s: Stage) -> None:
    told: list[str] = []
    for kind in ("drop", "truncated", "html", "drop_before"):
        for spoil, ask in ((s.spoil_what_is_sent, s.trading.place), (s.spoil_what_is_asked, s.account)):
            spoil(kind, count=9)
            try:
                await ask(s.resting())
            except (OutcomeUnknown, VenueUnavailable, BadMessage) as error:
                told += traceback.format_exception(error)
            s.server.faults.clear()
    text = "".join(told)
    assert told, "nothing went wrong"
    assert MAIN.secret not in text, "an error tells the secret"
    assert not any(word in text for word in ("signature=", "Bearer ")), "an error tells what was signed"


@case("E5", Tier.GOLD)
async def twinstar_check_can_ask_it_what_the_key_may_do(s: Stage) -> None:
    assert s.venue.ask_time is not None, "it cannot be asked for its time"
    assert s.venue.permissions is not None, "it does not tell what a key may do"
    found = await s.venue.permissions()
    same((type(found), found.can_trade), (Permissions, True))


@case("E6")
async def an_error_names_the_venue(s: Stage) -> None:
    s.spoil_what_is_asked("drop", count=99)
    try:
        await s.account()
    except VenueError as error:
        same(error.venue, s.quality.venue)
    else:
        raise AssertionError("nothing went wrong")
