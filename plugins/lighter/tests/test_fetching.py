"""The signer is fetched by pip, here from a folder; what is not the library we know is not kept."""

from __future__ import annotations

from pathlib import Path
from zipfile import ZipFile

import pytest
from click.testing import CliRunner

import twinstar as ts
from twinstar_lighter import library
from twinstar_lighter.fetching import group

METADATA = "Metadata-Version: 2.1\nName: lighter-sdk\nVersion: 1.1.8\n"
WHEEL = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that pip takes for the package index."""
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


def publish(index: Path, content: bytes) -> None:
    info = "lighter_sdk-1.1.8.dist-info"
    with ZipFile(index / "lighter_sdk-1.1.8-py3-none-any.whl", "w") as wheel:
        wheel.writestr(f"lighter/signers/{library.file_name()}", content)
        wheel.writestr(f"{info}/METADATA", METADATA)
        wheel.writestr(f"{info}/WHEEL", WHEEL)
        wheel.writestr(f"{info}/RECORD", "")


def test_what_is_not_the_library_we_know_is_not_kept(index: Path, tmp_path: Path) -> None:
    publish(index, b"of a stranger")
    there = tmp_path / "there"
    result = CliRunner().invoke(group, ["fetch-signer", "--to", str(there)])
    assert isinstance(result.exception, ts.errors.ConfigError)
    assert "it is not loaded" in str(result.exception)
    assert not there.exists()


@pytest.mark.usefixtures("native")
def test_the_library_is_put_where_it_will_be_looked_for(index: Path, tmp_path: Path) -> None:
    publish(index, library.find(None).read_bytes())
    result = CliRunner().invoke(group, ["fetch-signer", "--to", str(tmp_path)])
    assert result.exit_code == 0, result.output
    assert library.find(tmp_path / library.file_name()).is_file()


@pytest.mark.usefixtures("index")
def test_where_there_is_none_to_be_had_it_says_so(tmp_path: Path) -> None:
    result = CliRunner().invoke(group, ["fetch-signer", "--to", str(tmp_path)])
    assert "pip could not download" in str(result.exception)
