"""The native signer, where there is one."""

from __future__ import annotations

import ctypes

import pytest

import twinstar as ts
from twinstar_lighter import library
from twinstar_lighter.signer import load


@pytest.fixture(scope="session")
def native() -> ctypes.CDLL:
    """The real library; a machine without it is told so."""
    try:
        return load(library.find(None))
    except ts.errors.ConfigError as e:
        pytest.skip(str(e))
