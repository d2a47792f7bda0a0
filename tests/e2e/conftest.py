"""Real services on real sockets."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from e2e.running import Service

MakeService = Callable[..., Service]


@pytest.fixture
def make_service(tmp_path: Path, guarded_environment: dict[str, str]) -> Iterator[MakeService]:
    """``make_service(yaml)``: whatever becomes of the test, nothing is left running."""
    made: list[Service] = []

    def make(yaml: str, name: str = "state") -> Service:
        config = tmp_path / f"{name}.yaml"
        config.write_text(yaml, encoding="utf-8")
        made.append(Service(config, tmp_path / name, guarded_environment))
        return made[-1]

    yield make
    for service in made:
        service.end()
