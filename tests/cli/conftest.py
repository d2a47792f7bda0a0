"""Commands run in this process, which they must leave as they found it; services are borrowed from tests/e2e."""

from __future__ import annotations

import logging

import pytest
from e2e.conftest import make_service
from loguru import logger

from twinstar.cli import main

__all__ = ["make_service"]


@pytest.fixture(autouse=True)
def log_as_before():
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    logger.remove()
    root.handlers[:], root.level = handlers, level
    logging.captureWarnings(capture=False)


@pytest.fixture
def twinstar(capsys):
    """``twinstar(arguments) -> (exit code, stdout, stderr)``."""

    def call(*arguments):
        with pytest.raises(SystemExit) as ended:
            main(list(map(str, arguments)))
        told = capsys.readouterr()
        return ended.value.code, told.out, told.err

    return call
