"""Refusals, and those that both venues word alike; those of fields are Upbit's."""

from __future__ import annotations

from collections.abc import Callable


class Denial(Exception):
    """An error answer. ``name`` is a number where the venue has it so: for parameters of the quotation API."""

    def __init__(self, status: int, name: str | int, message: str) -> None:
        super().__init__(f"{status} {name}: {message}")
        self.status = status
        self.name = name
        self.message = message


Denied = Callable[[str], Denial]  # by its name, worded as the venue does


def parameter_missing() -> Denial:
    return Denial(400, 400, "Missing request parameter error. Check the required parameters!")


def parameter_invalid() -> Denial:
    return Denial(400, "invalid_parameter", "Invalid parameter. Check the given value!")


def code_not_found() -> Denial:
    return Denial(404, 404, "Code not found")


def field_missing(name: str) -> Denial:
    return Denial(400, "validation_error", f"{name} is missing, {name} does not have a valid value")


def field_invalid(name: str) -> Denial:
    return Denial(400, "validation_error", f"{name} does not have a valid value")
