"""A plugin of the tests, put where a child process finds it as an installed package."""

from __future__ import annotations

from pathlib import Path


def install(site: Path, module: Path) -> Path:
    """As pip would: the module, and the metadata with its entry point."""
    name = module.stem
    metadata = site / f"{name}-1.0.dist-info"
    metadata.mkdir(parents=True)
    site.joinpath(module.name).write_text(module.read_text(encoding="utf-8"), encoding="utf-8")
    metadata.joinpath("METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n", encoding="utf-8")
    metadata.joinpath("entry_points.txt").write_text(f"[twinstar]\n{name} = {name}\n", encoding="utf-8")
    return site
