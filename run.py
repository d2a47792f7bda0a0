#!/usr/bin/env python3
"""From a fresh checkout to a running TwinStar, with nothing but Python 3.11 or newer.

python3 run.py start -c config.yaml    install what is needed into .venv, then `twinstar start`
python3 run.py test [pytest args]      the same with the tools for developers, then the tests; all of them, and two at
                                       a time, where no argument says otherwise

Any other `twinstar` command goes after `run.py` just as well: status, check, plugins, candles ...
"""

import contextlib
import hashlib
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterator
from pathlib import Path
from typing import IO

if sys.version_info < (3, 11):  # noqa: UP036 - who starts this file may have any Python
    sys.exit("TwinStar needs Python 3.11 or newer; this is " + sys.version.split()[0])

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if sys.platform == "win32" else "bin")
PYTHON = BIN / ("python.exe" if sys.platform == "win32" else "python")
STAMP = VENV / "installed-by-run.txt"
# Those of a file one after another, the files as conftest.py has them. With three at a time, some of those with real
# processes were seen to wait for longer than they are willing to.
ALL_TESTS = ["-n", "2", "--dist", "loadfile", "--no-loadscope-reorder"]
THIS_PYTHON = f"Python {sys.version} of {sys.base_prefix} in {ROOT}"


def main() -> None:
    if len(sys.argv) < 2 or sys.argv[1] in {"-h", "--help"}:
        sys.exit(__doc__)
    command, *arguments = sys.argv[1:]
    with one_at_a_time():
        install("dev" if command == "test" else "")
    if command == "test":
        os.chdir(ROOT)
        become([str(PYTHON), "-m", "pytest", *(arguments or ALL_TESTS)])
    become([str(PYTHON), "-m", "twinstar", command, *arguments])


@contextlib.contextmanager
def one_at_a_time() -> Iterator[None]:
    """Let a second run wait for the first; the lock is on this very file and ends with its process."""
    with Path(__file__).open("r+b") as this_file:
        lock(this_file)
        yield


if sys.platform == "win32":
    import msvcrt

    def lock(file: IO[bytes]) -> None:
        file.seek(2**30)  # beyond the end, because nobody else could read a locked byte
        while True:
            with contextlib.suppress(OSError):  # Windows gives up after ten seconds, we do not
                msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)
                return

else:
    import fcntl

    def lock(file: IO[bytes]) -> None:
        fcntl.flock(file, fcntl.LOCK_EX)


def install(extra: str) -> None:
    wanted = f"{THIS_PYTHON}\n{digest_of_inputs()}\n{extra}"
    found = STAMP.read_text(encoding="utf-8") if STAMP.exists() and PYTHON.exists() else ""
    if found.startswith(wanted):  # an installation with the extra serves those who need none
        return
    say("installing TwinStar into .venv, once; this takes seconds with uv, minutes with pip ...")
    if found.startswith(THIS_PYTHON):
        STAMP.unlink()  # an installation that is killed on its way is remade
    else:
        make_venv()
    requirements = [str(folder) for folder in (ROOT, *plugin_folders())]
    requirements[0] += f"[{extra}]" if extra else ""
    editable = [word for requirement in requirements for word in ("-e", requirement)]
    if not (with_uv(editable) or with_pip(editable)):
        sys.exit("run.py: the installation failed; the reason is above")
    for file in alone():
        words = ["--no-deps", "--requirement", str(file)]
        if not (with_uv(words) or with_pip(words)):
            say(f"what {file.relative_to(ROOT)} names was not installed; that folder's README.md says what it is for")
    STAMP.write_text(wanted, encoding="utf-8")


def plugin_folders() -> list[Path]:
    return sorted(project.parent for project in ROOT.glob("plugins/*/pyproject.toml"))


def alone() -> list[Path]:
    """What a plugin uses a part of, and whose own dependencies could not stand beside ours."""
    return sorted(ROOT.glob("plugins/*/without-dependencies.txt"))


def digest_of_inputs() -> str:
    projects = [folder / "pyproject.toml" for folder in (ROOT, *plugin_folders())]
    files = [ROOT / "constraints.txt", *projects, *alone()]
    return hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()


def make_venv() -> None:
    try:
        venv.create(VENV, with_pip=True, clear=True)
    except subprocess.CalledProcessError:
        sys.exit("run.py: Python's venv has no pip here; on Debian: apt install python3-venv")


def with_uv(requirements: list[str]) -> bool:
    """Seconds instead of minutes; False where uv cannot be had, or cannot reach what pip reaches."""
    uv = shutil.which("uv") or shutil.which("uv", path=str(BIN))
    if not uv and with_pip(["uv"]):
        uv = shutil.which("uv", path=str(BIN))
    return uv is not None and installs([uv, "pip"], ["--python", str(PYTHON), *requirements])


def with_pip(requirements: list[str]) -> bool:
    return installs([str(PYTHON), "-m", "pip", "--disable-pip-version-check"], requirements)


def installs(tool: list[str], what: list[str]) -> bool:
    command = [*tool, "install", "--quiet", "--constraint", "constraints.txt", *what]
    return subprocess.call(command, cwd=ROOT) == 0


def become(command: list[str]) -> None:
    """Run it in our place, so that signals and the exit code are its own."""
    if sys.platform == "win32":
        sys.exit(subprocess.call(command))
    os.execv(command[0], command)


def say(line: str) -> None:
    print("run.py:", line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
