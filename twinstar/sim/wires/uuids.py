"""Venues that speak in UUIDs, and an exchange that counts: each number has its UUID, and back, without a table."""

from __future__ import annotations

from msgspec import Struct

DIGITS = 12  # of the number, in hexadecimal


class Uuids(Struct, frozen=True):
    """``prefix`` is the UUID up to its last group: ``51000000-0000-4000-8000-``."""

    prefix: str

    def of(self, number: int) -> str:
        return f"{self.prefix}{number:0{DIGITS}x}"

    def number_of(self, uuid: str) -> int | None:
        """None for what was never made here."""
        head, tail = uuid[: len(self.prefix)], uuid[len(self.prefix) :]
        if head.lower() != self.prefix or len(tail) != DIGITS:
            return None
        try:
            return int(tail, 16)
        except ValueError:
            return None
