"""Every error TwinStar raises, sorted by what the caller should do about it.

TwinStarError
├── ConfigError          the file is wrong; say where, and how to mend it (all places at once)
├── PluginError          a plugin broke its contract; name the plugin
├── StateError           what is on disk cannot be trusted, or belongs to another process
├── AccountInUse         another process trades on the account; one of the two must stop
└── VenueError           something about one venue
    ├── VenueUnavailable     nothing was changed; wait, then try again
    ├── VenueRejected        the venue said no, and meant it
    ├── OutcomeUnknown       it may have happened; never retry, ask the venue
    ├── AuthFailed           a person must act
    └── BadMessage           the venue sent what we cannot read
"""

from __future__ import annotations

from collections.abc import Sequence


class TwinStarError(Exception):
    """Base of every error TwinStar raises on purpose."""


class ConfigError(TwinStarError):
    """The configuration is wrong. ``problems`` has one line a fault: ``file:line: key.path: what, and the way out``."""

    def __init__(self, problems: str | Sequence[str]) -> None:
        self.problems = (problems,) if isinstance(problems, str) else tuple(problems)
        super().__init__("\n".join(self.problems))


class PluginError(TwinStarError):
    """A plugin broke its contract."""


class StateError(TwinStarError):
    """State on disk is damaged, of an unknown version, or in use by another process."""


class AccountInUse(TwinStarError):
    """Another process trades on this account."""

    def __init__(self, venue: str, reason: str) -> None:
        super().__init__(f"{venue}: {reason}")
        self.venue = venue
        self.reason = reason


class VenueError(TwinStarError):
    """Something went wrong at one venue."""

    def __init__(self, venue: str, reason: str) -> None:
        super().__init__(f"{venue}: {reason}")
        self.venue = venue
        self.reason = reason


class VenueUnavailable(VenueError):
    """Nothing was changed; wait, then try again."""

    def __init__(self, venue: str, reason: str, *, retry_after_s: float = 0.0) -> None:
        super().__init__(venue, reason)
        self.retry_after_s = retry_after_s


class VenueRejected(VenueError):
    """The venue said no, and meant it: nothing was changed, and asking again would not help."""


class OutcomeUnknown(VenueError):
    """The request may have taken effect. Never retry it; ask the venue."""


class AuthFailed(VenueError):
    """Credentials were refused; a person must act."""


class BadMessage(VenueError):
    """The venue sent something we cannot read."""
