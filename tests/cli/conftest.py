"""Commands run in this process, which they must leave as they found it; services are borrowed from tests/e2e."""

from __future__ import annotations

import logging

import pytest
from e2e.conftest import make_service
from loguru import logger

__all__ = ["make_service"]


@pytest.fixture(autouse=True)
def log_as_before():
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    logger.remove()
    root.handlers[:], root.level = handlers, level
    logging.captureWarnings(capture=False)
