"""What an error answer means, and what is to be done about it. Pure.

What a code means is data, a table a venue: in `builtin/ccxt/codes/`, or in a plugin. What is to be done depends on the
meaning and on what was being done: an order of unknown outcome must never be sent again, a question may be asked again.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from twinstar.errors import AuthFailed, OutcomeUnknown, VenueError, VenueRejected, VenueUnavailable


class Doing(Enum):
    ORDER = "order"
    CANCEL = "cancel"  # or change: what was asked of an order that stands
    READ = "read"
    STREAM = "stream"  # subscribing to public data
    LOGIN = "login"  # opening or renewing a private line


class Meaning(Enum):
    REFUSED = "refused"  # nothing was changed, and asking again would not help
    FUNDS = "funds"  # the same: the account does not hold what it takes
    LATER = "later"  # nothing was changed, and later it may be
    MISTIMED = "mistimed"  # nothing was changed: the request was dated wrongly, or came too late
    DENIED = "denied"  # nothing was changed: our keys, or our address, are not good for this
    EARLY = "early"  # nothing was changed: an order is not ready to be canceled
    MISSING = "missing"  # there is no such order
    EXISTS = "exists"  # there is one with that id already, and it may be ours
    UNCHANGED = "unchanged"  # it was so already
    UNKNOWN = "unknown"  # it may have happened

    @property
    def needs_proof(self) -> bool:
        """True where a request counts as refused only when the HTTP status says so too."""
        return self not in (Meaning.LATER, Meaning.EXISTS, Meaning.UNKNOWN)


_AUTH, _NO, _WAIT, _DOUBT = AuthFailed, VenueRejected, VenueUnavailable, OutcomeUnknown
_REMEDIES: Mapping[Meaning, tuple[type[VenueError], ...]] = {
    # ................  order . cancel  read . stream  login
    Meaning.REFUSED: (_NO, _NO, _NO, _WAIT, _WAIT),
    Meaning.FUNDS: (_NO, _NO, _NO, _WAIT, _WAIT),
    Meaning.LATER: (_WAIT, _WAIT, _WAIT, _WAIT, _WAIT),
    Meaning.MISTIMED: (_WAIT, _WAIT, _WAIT, _WAIT, _WAIT),
    Meaning.DENIED: (_AUTH, _AUTH, _AUTH, _WAIT, _AUTH),
    Meaning.EARLY: (_DOUBT, _WAIT, _WAIT, _WAIT, _WAIT),
    Meaning.MISSING: (_DOUBT, _NO, _NO, _WAIT, _WAIT),
    Meaning.EXISTS: (_DOUBT, _DOUBT, _WAIT, _WAIT, _WAIT),
    Meaning.UNCHANGED: (_DOUBT, _DOUBT, _NO, _WAIT, _WAIT),
    Meaning.UNKNOWN: (_DOUBT, _DOUBT, _WAIT, _WAIT, _WAIT),
}


def remedy(meaning: Meaning, doing: Doing) -> type[VenueError]:
    """The error to raise; its place in `twinstar.errors` says what the caller does."""
    return _REMEDIES[meaning][list(Doing).index(doing)]
