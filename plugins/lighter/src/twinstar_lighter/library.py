"""Where the native signer library lies, and whether it is the one we know.

The venue gives out no other signer: a library in the wheel of ``lighter-sdk``, of which we use nothing else.
"""

from __future__ import annotations

import hashlib
import platform
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import twinstar as ts

SDK: Final = "lighter-sdk==1.1.8"
FETCH: Final = f"twinstar lighter fetch-signer, or: pip install --no-deps {SDK}"

# sha256 of the files in lighter/signers/ of that version; the whole wheel is on the package index.
HASHES: Final = {
    "lighter-signer-linux-amd64.so": "7f107a0e2240aa40c9f0ae8aba396380fe62892fe199dd3691e3103fc9a6fd8e",
    "lighter-signer-linux-arm64.so": "9088ced1545e4cf81b6a4e18102c9459f3145215256c9d2f0a7ee4d160d7dfae",
    "lighter-signer-darwin-amd64.dylib": "cc7a6b7c4736d09e9bf236def745e132d962a30c91d72235d579c44d895cfaa1",
    "lighter-signer-darwin-arm64.dylib": "b58e94ae6149be8c4e2ca90a6058fcb86e3c16604d0f09c3be29034b8feb2630",
    "lighter-signer-windows-amd64.dll": "3cb44139e35dee7533d925427448fa6d9ea2744fe66203c2167f42da358d0e49",
}
SYSTEMS: Final = {"Linux": ("linux", "so"), "Darwin": ("darwin", "dylib"), "Windows": ("windows", "dll")}
MACHINES: Final = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}


def own_folder() -> Path:
    """Where ``fetch-signer`` puts it: with this environment, so that it goes when that goes."""
    return Path(sys.prefix) / "share" / "twinstar-lighter"


def file_name(system: str | None = None, machine: str | None = None, libc: str | None = None) -> str:
    """The library for this platform. Raise `ConfigError` where there is none."""
    system, machine = system or platform.system(), (machine or platform.machine()).lower()
    libc = platform.libc_ver()[0] if libc is None else libc
    name, suffix = SYSTEMS.get(system, (system.lower(), ""))
    file = f"lighter-signer-{name}-{MACHINES.get(machine, machine)}.{suffix}"
    if file not in HASHES:
        raise ts.errors.ConfigError(
            f"Lighter's signer does not exist for {system} on {machine}; orders need Linux (glibc) or macOS on "
            "x86-64 or arm64, or Windows on x86-64. Market data alone needs none: leave out account"
        )
    if system == "Linux" and libc != "glibc":
        raise ts.errors.ConfigError(
            "Lighter's signer needs glibc, and this Linux has none (Alpine?); use an image with glibc, as Debian's"
        )
    return file


def find(given: Path | None) -> Path:
    """The library that the configuration names, else one that was fetched, else that of an installed lighter-sdk.

    Raise `ConfigError` where there is none, or where it is not the one we know.
    """
    file = file_name()
    places = [given] if given is not None else [own_folder() / file, *_installed(file)]
    found = next((place for place in places if place.is_file()), None)
    if found is None:
        where = str(given) if given is not None else "no installed lighter-sdk"
        raise ts.errors.ConfigError(f"Lighter's signer library was not found ({where}); get it by {FETCH}")
    check(found, file)
    return found


def check(path: Path, file: str) -> None:
    """What signs for real money is exactly what was looked at."""
    with path.open("rb") as opened:
        digest = hashlib.file_digest(opened, "sha256").hexdigest()
    if digest != HASHES[file]:
        raise ts.errors.ConfigError(
            f"{path} is not the signer library of {SDK} (sha256 {digest[:12]}…); it is not loaded. Get that by {FETCH}"
        )


def _installed(file: str) -> list[Path]:
    spec = find_spec("lighter")  # found, never imported
    return [Path(place) / "signers" / file for place in (spec.submodule_search_locations or ())] if spec else []
