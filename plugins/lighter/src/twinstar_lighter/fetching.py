"""``twinstar lighter fetch-signer``: the native library, out of the wheel on the package index."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZipFile

import click

import twinstar as ts
from twinstar_lighter.library import SDK, check, file_name, own_folder


@click.group()
def group() -> None:
    """What Lighter needs besides its plugin."""


@group.command()
@click.option("--to", type=click.Path(path_type=Path), help="A folder; by default one of this Python environment.")
def fetch_signer(to: Path | None) -> int:
    """Fetch the native signer library with pip, check its sha256, and put it where TwinStar looks for it."""
    click.echo(f"the signer is {fetch(to or own_folder())}")
    return 0


def fetch(folder: Path) -> Path:
    """Raise `ConfigError`; nothing is left there of what is not the library that we know."""
    file = file_name()
    with TemporaryDirectory() as scratch:
        wheel = _wheel(Path(scratch))
        with ZipFile(wheel) as opened:
            found = Path(opened.extract(f"lighter/signers/{file}", scratch))
        check(found, file)
        folder.mkdir(parents=True, exist_ok=True)
        part = folder / f"{file}.part"
        part.write_bytes(found.read_bytes())
        return part.replace(folder / file)


def _wheel(folder: Path) -> Path:
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--quiet", "--no-deps"]
    if subprocess.call([*pip, "--only-binary", ":all:", "--dest", str(folder), SDK]):  # noqa: S603 - all words are ours
        raise ts.errors.ConfigError(f"pip could not download {SDK}; the reason is above")
    return next(folder.glob("*.whl"))
