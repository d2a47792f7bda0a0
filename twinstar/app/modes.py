"""A state directory belongs to one market of each venue: positions on paper and real ones are never in one journal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from twinstar.builtin.disk import publish, write_temporary
from twinstar.config import Settings
from twinstar.errors import ConfigError, StateError

FILE: Final = "modes.json"


def keep_modes_apart(settings: Settings) -> None:
    """To be asked once the state directory is ours. Raise `ConfigError` for a venue whose mode was another one."""
    file = settings.state_dir / FILE
    before = _known(settings)
    now = {venue_id: config.mode.value for venue_id, (_, config) in settings.venues.items()}
    changed = [venue_id for venue_id, mode in now.items() if before.get(venue_id, mode) != mode]
    if changed:
        raise ConfigError(
            [
                f"{settings.path}: venues.{venue_id}.mode: {now[venue_id]}, but {settings.state_dir} holds what it did "
                f"with mode: {before[venue_id]}; give it a state_dir of its own, or write {before[venue_id]} again"
                for venue_id in changed
            ]
        )
    if not now.items() <= before.items():
        publish(write_temporary(file, msgspec.json.encode({**before, **now})), file)


def _known(settings: Settings) -> Mapping[str, str]:
    file = settings.state_dir / FILE
    try:
        return msgspec.json.decode(file.read_bytes(), type=dict[str, str])
    except FileNotFoundError:
        return {}
    except msgspec.DecodeError as e:
        raise StateError(
            f'{file}: damaged: {e}; write into it which mode each venue had, as {{"binanceusdm": "paper"}}'
        ) from e
