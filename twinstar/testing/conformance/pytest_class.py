"""The cases as tests: subclass `Conformance` in your own, name your quality.yaml, and pytest does the rest."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, ClassVar

from twinstar.testing.conformance.cases import CASES
from twinstar.testing.conformance.judging import Verdict, judged, report
from twinstar.testing.conformance.quality import read_quality


class Conformance:
    """``quality``: where the venue's quality.yaml is. The cases run together, each in a scene of its own."""

    quality: ClassVar[Path]
    _verdicts: ClassVar[dict[str, Verdict]] = {}

    def __init_subclass__(cls) -> None:
        cls._verdicts = {}

    @staticmethod
    def pytest_generate_tests(metafunc: Any) -> None:
        if "case" in metafunc.fixturenames:
            named = [f"{case.key}-{case.claim.replace(' ', '_')}" for case in CASES.values()]
            metafunc.parametrize("case", list(CASES), ids=named)

    def test_case(self, case: str, request: Any) -> None:
        import pytest  # noqa: PLC0415 - only who tests has it

        verdict = self._judged(request)[case]
        if verdict.outcome == "exempt":
            pytest.skip(verdict.reason)
        assert verdict.outcome == "passed", verdict.reason

    def test_it_is_as_good_as_its_quality_file_says(self, request: Any) -> None:
        found = report(read_quality(self.quality), list(self._judged(request).values()))
        failed = [f"{v.key}: {v.reason}" for v in found.cases if v.outcome == "failed"]
        assert found.tier == found.claimed, f"open rules: {found.open_rules}; failed: {failed}"

    def _judged(self, request: Any) -> dict[str, Verdict]:
        """All that pytest was asked for are tried together, once."""
        if not self._verdicts:
            mine = [item for item in request.session.items if item.cls is type(self)]
            keys = {item.callspec.params["case"] for item in mine if hasattr(item, "callspec")}
            whole = len(keys) < len(mine)  # the tier is asked for as well
            verdicts = asyncio.run(judged(read_quality(self.quality), CASES if whole else keys))
            self._verdicts.update({verdict.key: verdict for verdict in verdicts})
        return self._verdicts
