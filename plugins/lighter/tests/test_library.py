"""The signer library is found, is the one we know, or the error says what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

import twinstar as ts
from twinstar_lighter import library


@pytest.mark.parametrize(
    ("system", "machine", "libc", "says"),
    [
        ("Linux", "x86_64", "musl", "needs glibc"),
        ("Linux", "x86_64", "", "needs glibc"),
        ("Windows", "ARM64", "", "does not exist for Windows on arm64"),
        ("FreeBSD", "amd64", "", "does not exist for FreeBSD"),
    ],
)
def test_a_platform_without_a_signer_is_told_so(system: str, machine: str, libc: str, says: str) -> None:
    with pytest.raises(ts.errors.ConfigError, match=says):
        library.file_name(system, machine, libc)


@pytest.mark.parametrize(
    ("system", "machine", "libc", "file"),
    [
        ("Linux", "x86_64", "glibc", "lighter-signer-linux-amd64.so"),
        ("Linux", "aarch64", "glibc", "lighter-signer-linux-arm64.so"),
        ("Darwin", "arm64", "", "lighter-signer-darwin-arm64.dylib"),
        ("Windows", "AMD64", "", "lighter-signer-windows-amd64.dll"),
    ],
)
def test_each_platform_has_its_file(system: str, machine: str, libc: str, file: str) -> None:
    assert library.file_name(system, machine, libc) == file


def test_a_library_that_is_not_the_one_we_know_is_not_loaded(tmp_path: Path) -> None:
    other = tmp_path / "signer.so"
    other.write_bytes(b"\x7fELF of a stranger")
    with pytest.raises(ts.errors.ConfigError, match="is not the signer library of lighter-sdk"):
        library.find(other)


def test_a_missing_library_comes_with_the_way_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(ts.errors.ConfigError, match="twinstar lighter fetch-signer"):
        library.find(tmp_path / "nothing.so")
