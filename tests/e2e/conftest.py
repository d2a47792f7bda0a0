"""Real services on real sockets."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from e2e.running import Service

MakeService = Callable[..., Service]


@contextmanager
def services(place: Path, environment: dict[str, str]) -> Iterator[MakeService]:
    """``make(yaml)``: whatever becomes of the test, nothing is left running."""
    made: list[Service] = []

    def make(yaml: str, name: str = "state") -> Service:
        config = place / f"{name}.yaml"
        config.write_text(yaml, encoding="utf-8")
        made.append(Service(config, place / name, environment))
        return made[-1]

    try:
        yield make
    finally:
        for service in made:
            service.end()


@pytest.fixture
def make_service(tmp_path: Path, guarded_environment: dict[str, str]) -> Iterator[MakeService]:
    with services(tmp_path, guarded_environment) as make:
        yield make
