"""Two on one account would undo each other's orders: the second is refused, whatever was deleted in between."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex

import pytest

from twinstar.app.account_lock import AccountLock, Holder
from twinstar.errors import AccountInUse

HERE = Holder(pid=os.getpid(), host="here", since="2026-11-25 03:00:00 UTC", state_dir="/there/state")
CHILD = Path(__file__).with_name("lock_child.py")
Child = subprocess.Popen[str]


@pytest.fixture
def key() -> str:
    return f"binanceusdm-live-{token_hex(8)}"


@pytest.fixture
def place() -> Path:
    return Path(os.environ["TWINSTAR_RUNTIME_DIR"]) / "accounts"


@pytest.fixture
def child(guarded_environment: dict[str, str]) -> Iterator[Callable[[str], Child]]:
    """``child(key)``: another process that tries to take it."""
    born: list[Child] = []

    def start(key: str, **environment: str) -> Child:
        born.append(
            subprocess.Popen(
                [sys.executable, str(CHILD), key, "/elsewhere"],
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                env={**guarded_environment, **environment},
            )
        )
        return born[-1]

    yield start
    for process in born:
        process.kill()
        process.communicate()


def taken(key: str) -> AccountLock:
    return AccountLock(key, venue="binanceusdm", holder=HERE)


def test_a_second_one_is_refused_and_told_whose_it_is_and_the_way_out(key: str, child: Callable[[str], Child]) -> None:
    first = taken(key)
    _, told = child(key).communicate(timeout=20)
    assert "binanceusdm: another TwinStar trades on this account" in told
    assert f"process {os.getpid()} on here, since 2026-11-25 03:00:00 UTC, state in /there/state" in told
    assert "stop that one first, or give this one an account" in told
    first.release()
    taken(key).release()


def test_another_account_is_free(key: str) -> None:
    first, other = taken(key), taken(f"{key}-other")
    first.release()
    other.release()


def test_a_killed_process_leaves_no_lock(key: str, child: Callable[[str], Child]) -> None:
    other = child(key)
    assert other.stdout.readline() == "taken\n"
    with pytest.raises(AccountInUse, match=rf"process {other.pid} on here, since now, state in /elsewhere"):
        taken(key)
    other.kill()
    other.wait()
    taken(key).release()


def test_what_is_released_leaves_nothing_behind(key: str, place: Path) -> None:
    lock = taken(key)
    assert (place / f"{key}.lock").stat().st_mode & 0o777 == 0o600
    lock.release()
    assert not (place / f"{key}.lock").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the first one notices, and stops entering")
class TestADeletedLockFileLetsNobodyIn:
    def test_the_file(self, key: str, place: Path, child: Callable[[str], Child]) -> None:
        with held(key):
            (place / f"{key}.lock").unlink()
            _, told = child(key).communicate(timeout=20)
            assert f"another TwinStar trades on this account: process {os.getpid()}" in told

    def test_another_runtime_directory(self, key: str, tmp_path: Path, child: Callable[..., Child]) -> None:
        with held(key):
            _, told = child(key, TWINSTAR_RUNTIME_DIR=str(tmp_path / "other")).communicate(timeout=20)
            assert f"another TwinStar trades on this account: process {os.getpid()}" in told


def test_whoever_opened_the_file_before_it_was_deleted_does_not_hold_it(
    key: str, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between opening and locking another one leaves, and deletes it."""
    real, left = fcntl.flock, []

    def flock(fd: int, how: int) -> None:
        if not left:
            left.append((place / f"{key}.lock").unlink())
        real(fd, how)

    monkeypatch.setattr(fcntl, "flock", flock)
    with held(key) as lock:
        assert left
        assert (place / f"{key}.lock").stat().st_ino == os.fstat(lock._fd).st_ino


def test_a_lock_that_was_deleted_is_put_back(key: str, place: Path) -> None:
    with held(key) as lock:
        assert lock.trouble() is None
        (place / f"{key}.lock").unlink()
        assert lock.trouble() is None
        assert (place / f"{key}.lock").exists()
        with pytest.raises(AccountInUse, match=f"process {os.getpid()} on here"):
            taken(key)
    assert not (place / f"{key}.lock").exists()


def test_a_lock_that_was_replaced_is_told(key: str, place: Path) -> None:
    with held(key) as lock:
        file = place / f"{key}.lock"
        text = file.read_bytes().replace(b"/there/state", b"/their/state")
        file.unlink()
        file.write_bytes(text)
        assert f"its lock {file} was replaced by process {os.getpid()} on here" in lock.trouble()
        assert "state in /their/state; another TwinStar may be trading on it" in lock.trouble()
        file.write_bytes(b"")
        assert "was replaced by an unknown process" in lock.trouble()
    assert file.exists()  # it is not ours to delete


def test_a_runtime_directory_that_was_cleaned_up_is_put_back(
    key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TWINSTAR_RUNTIME_DIR", str(tmp_path / "run"))
    with held(key) as lock:
        shutil.rmtree(tmp_path / "run")
        assert lock.trouble() is None
        assert (tmp_path / "run" / "accounts" / f"{key}.lock").exists()


def test_a_lock_that_cannot_be_looked_at_is_told(key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWINSTAR_RUNTIME_DIR", str(tmp_path / "run"))
    with held(key) as lock:
        shutil.rmtree(tmp_path / "run")
        (tmp_path / "run").touch()
        assert "its lock cannot be looked at" in lock.trouble()


@pytest.mark.parametrize("content", [b"", b"{", b"\xff" * 10_000, b'{"pid": "x"}'])
def test_what_stands_in_the_file_decides_nothing(key: str, place: Path, content: bytes) -> None:
    with held(key):
        (place / f"{key}.lock").write_bytes(content)
        with pytest.raises(AccountInUse, match=r"another TwinStar trades on this account: (an unknown )?process"):
            taken(key)


def test_a_link_is_not_followed(key: str, place: Path, tmp_path: Path) -> None:
    place.mkdir(mode=0o700, exist_ok=True)
    (place / f"{key}.lock").symlink_to(tmp_path / "victim")
    with pytest.raises(OSError, match="symbolic link"):
        taken(key)
    assert not (tmp_path / "victim").exists()
    (place / f"{key}.lock").unlink()
    taken(key).release()  # the attempt has left nothing held


@contextmanager
def held(key: str) -> Iterator[AccountLock]:
    lock = taken(key)
    yield lock
    lock.release()
