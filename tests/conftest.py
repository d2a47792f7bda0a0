"""What all tests share: a network that ends at this machine, a clock that obeys, a journal that is a list."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import network_guard
import pytest
from fakes import FakeClock, ListJournal
from hypothesis import HealthCheck, settings

network_guard.install()

# How fast examples are made says something of the machine, and nothing of what is tested.
settings.register_profile("shared machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared machine")

# What takes longest; begun last, it would keep one worker busy when the others have nothing left to do.
FIRST = ("tests/simulation/test_simulation.py", "tests/testing/test_our_venues.py", "tests/e2e/", "tests/third_party/")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def rank(item: pytest.Item) -> int:
        return next((rank for rank, begin in enumerate(FIRST) if item.nodeid.startswith(begin)), len(FIRST))

    items.sort(key=rank)


@pytest.fixture(autouse=True)
def only_loopback() -> Iterator[None]:
    """Fail the test in which anything tried to leave the machine, even if the refusal was swallowed."""
    network_guard.attempts.clear()
    yield
    assert not network_guard.attempts, f"something tried to leave this machine: {network_guard.attempts}"


@pytest.fixture(autouse=True, scope="session")
def own_runtime_dir(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What this user's processes share about limits, tests do not touch; their child processes inherit this."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TWINSTAR_RUNTIME_DIR", str(tmp_path_factory.mktemp("runtime")))
        yield


@pytest.fixture
def guarded_environment(tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment for a Python child process: the same guard stands before its first line, and its children's."""
    with network_guard.child_environment(tmp_path / "guard") as environment:
        yield environment


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def journal() -> ListJournal:
    return ListJournal()
