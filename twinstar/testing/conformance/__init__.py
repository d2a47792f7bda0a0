"""What every venue is held to: numbered cases, each run or exempt with a reason, and the tier that they add up to."""

from twinstar.testing.conformance.judging import Report, Verdict, conform
from twinstar.testing.conformance.pytest_class import Conformance
from twinstar.testing.conformance.quality import Quality, Tier, found, read_quality

__all__ = ["Conformance", "Quality", "Report", "Tier", "Verdict", "conform", "found", "read_quality"]
