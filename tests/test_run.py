"""run.py from a fresh checkout, with a `uv` that only writes down what it was asked for: nothing is fetched."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

RUN = Path(__file__).resolve().parents[1] / "run.py"
UV = '#!/bin/sh\nsleep 0.2\necho "$@" >> "$(dirname "$0")/asked.txt"\nexit ${UV_FAILS:-0}\n'
UV_WITHOUT_ACME = '#!/bin/sh\necho "$@" >> "$(dirname "$0")/asked.txt"\ncase "$*" in *--no-deps*) exit 1;; esac\n'
PROGRAM = "import sys\nprint('twinstar', *sys.argv[1:])\n"

pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.name == "nt", reason="the stand-in for uv is a shell script")]


class Checkout:
    def __init__(self, folder: Path) -> None:
        self.folder, self.tools = folder, folder / "tools"
        self.tools.mkdir(parents=True)
        shutil.copy(RUN, folder)
        (folder / "pyproject.toml").write_text("[project]\nname = 'twinstar'\n", encoding="utf-8")
        (folder / "constraints.txt").write_text("pluggy==1.7.0\n", encoding="utf-8")
        (folder / "twinstar.py").write_text(PROGRAM, encoding="utf-8")
        (self.tools / "uv").write_text(UV, encoding="utf-8")
        (self.tools / "uv").chmod(0o755)

    def begin(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "run.py", *arguments],
            cwd=self.folder,
            env={**os.environ, "PATH": f"{self.tools}{os.pathsep}{os.environ['PATH']}", **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str, **environment: str) -> tuple[int, str, str]:
        process = self.begin(*arguments, **environment)
        out, err = process.communicate(timeout=100)
        return process.returncode, out.strip(), err

    def asked(self) -> list[str]:
        log = self.tools / "asked.txt"
        return log.read_text(encoding="utf-8").splitlines() if log.exists() else []


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path / "checkout")


def test_it_installs_when_and_only_when_something_else_is_wanted_and_then_hands_over(checkout: Checkout):
    venv, folder = checkout.folder / ".venv", checkout.folder
    assert checkout.run("start", "-c", "config.yaml")[:2] == (0, "twinstar start -c config.yaml")
    assert checkout.asked()[-1].endswith(f"--constraint constraints.txt --python {venv}/bin/python -e {folder}")
    assert checkout.run("status")[:2] == (0, "twinstar status")
    assert len(checkout.asked()) == 1

    plugin = folder / "plugins" / "acme"
    plugin.mkdir(parents=True)
    (plugin / "pyproject.toml").write_text("[project]\nname = 'twinstar-acme'\n", encoding="utf-8")
    checkout.run("status")
    assert checkout.asked()[-1].endswith(f"-e {folder} -e {plugin}")

    checkout.run("test", "--version")  # pytest itself is not there, since nothing was really installed
    assert checkout.asked()[-1].endswith(f"-e {folder}[dev] -e {plugin}")
    checkout.run("status")  # what the tests need serves the service as well
    assert len(checkout.asked()) == 3


def test_what_a_plugin_takes_without_its_dependencies_may_be_missing(checkout: Checkout):
    plugin = checkout.folder / "plugins" / "acme"
    plugin.mkdir(parents=True)
    (plugin / "pyproject.toml").write_text("[project]\nname = 'twinstar-acme'\n", encoding="utf-8")
    (plugin / "without-dependencies.txt").write_text("acme-sdk==1\n", encoding="utf-8")
    (checkout.tools / "uv").write_text(UV_WITHOUT_ACME, encoding="utf-8")
    code, out, err = checkout.run("status", PIP_NO_INDEX="1")
    assert (code, out) == (0, "twinstar status")
    assert checkout.asked()[-1].endswith(f"--no-deps --requirement {plugin}/without-dependencies.txt")
    assert "without-dependencies.txt names was not installed" in err
    checkout.run("status")
    assert len(checkout.asked()) == 2


def test_an_installation_that_fails_says_so_and_what_it_left_is_made_anew(checkout: Checkout):
    code, out, err = checkout.run("status", UV_FAILS="1", PIP_NO_INDEX="1", PIP_NO_BUILD_ISOLATION="0")
    assert (code, out) == (1, "")
    assert "run.py: the installation failed" in err
    rubbish = checkout.folder / ".venv" / "rubbish"
    rubbish.touch()
    assert checkout.run("status")[:2] == (0, "twinstar status")
    assert not rubbish.exists()


def test_two_runs_at_once_install_once(checkout: Checkout):
    both = [checkout.begin("status"), checkout.begin("status")]
    assert [process.communicate(timeout=100)[0].strip() for process in both] == ["twinstar status"] * 2
    assert len(checkout.asked()) == 1


def test_even_an_old_python_can_read_the_line_that_refuses_it():
    ast.parse(RUN.read_text(encoding="utf-8"), feature_version=(3, 7))
