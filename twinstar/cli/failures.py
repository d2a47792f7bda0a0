"""How a command that failed tells it, and the exit code that goes with it."""

from __future__ import annotations

import os
import sys
from typing import Final

import click

from twinstar.errors import AccountInUse, AuthFailed, ConfigError, StateError, TwinStarError
from twinstar.runtime.control import NotRunning
from twinstar.runtime.logs import clean, tell_fault

_CODES: Final[tuple[tuple[type[BaseException], int], ...]] = (
    (ConfigError, 2),
    (NotRunning, 3),
    (AuthFailed, 4),
    (TimeoutError, 5),
    (StateError, 6),
    (AccountInUse, 7),
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
        _tell(leaf)
    return max(map(exit_code, leaves))


def exit_code(failure: BaseException) -> int:
    return next((code for kind, code in _CODES if isinstance(failure, kind)), 1)


def _leaves(failure: BaseException) -> list[BaseException]:
    """What really happened, out of the groups that task groups wrap it in."""
    if isinstance(failure, BaseExceptionGroup):
        return [leaf for part in failure.exceptions for leaf in _leaves(part)]
    return [failure]


def _tell(failure: BaseException) -> None:
    if isinstance(failure, ConfigError):
        lines = [clean(problem) for problem in failure.problems]
    elif isinstance(failure, TwinStarError | OSError):
        lines = [clean(f"error: {failure}")]
    elif isinstance(failure, KeyboardInterrupt | click.Abort):
        lines = ["stopped"]
    else:
        lines = []
        tell_fault(failure)
    for line in lines:
        click.echo(line, err=True)
