"""How a command that failed tells it, and the exit code that goes with it."""

from __future__ import annotations

import os
import sys
import traceback
from typing import Final

import click

from twinstar.errors import AuthFailed, ConfigError, StateError, TwinStarError
from twinstar.runtime.control import NotRunning
from twinstar.runtime.logs import clean, redactor

_CODES: Final[tuple[tuple[type[BaseException], int], ...]] = (
    (ConfigError, 2),
    (NotRunning, 3),
    (AuthFailed, 4),
    (TimeoutError, 5),
    (StateError, 6),
    (KeyboardInterrupt, 130),
    (click.Abort, 130),
)


def report(failure: BaseException) -> int:
    """Say it on stderr, without secrets; return the exit code."""
    if isinstance(failure, BrokenPipeError):
        # Whoever read our output has seen enough; Python must not complain when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    leaves = _leaves(failure)
    for leaf in leaves:
        for line in _told(leaf):
            click.echo(line, err=True)
    return max(map(exit_code, leaves))


def exit_code(failure: BaseException) -> int:
    return next((code for kind, code in _CODES if isinstance(failure, kind)), 1)


def _leaves(failure: BaseException) -> list[BaseException]:
    """What really happened, out of the groups that task groups wrap it in."""
    if isinstance(failure, BaseExceptionGroup):
        return [leaf for part in failure.exceptions for leaf in _leaves(part)]
    return [failure]


def _told(failure: BaseException) -> list[str]:
    if isinstance(failure, ConfigError):
        return [clean(problem) for problem in failure.problems]
    if isinstance(failure, TwinStarError | OSError):
        return [clean(f"error: {failure}")]
    if isinstance(failure, KeyboardInterrupt | click.Abort):
        return ["stopped"]
    trace = redactor("".join(traceback.format_exception(failure))).splitlines()
    return [*map(clean, trace), "error: this is a fault of TwinStar or of a plugin; please report the lines above"]
