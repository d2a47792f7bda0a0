"""The JSON schema of config.yaml, for editors: a section's keys follow from its ``type``."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, models_json_schema

from twinstar.config.load import ST, VT, Types
from twinstar.config.models import Config

URL = "https://json-schema.org/draft/2020-12/schema"


def schema(types: Types[VT, ST]) -> dict[str, Any]:
    """Of a file that may name what ``types`` knows."""
    venues: dict[str, type[BaseModel]] = {name: types.venue_type(name).config for name in types.names["venue"]}
    strategies: dict[str, type[BaseModel]] = {
        name: types.strategy_type(name).config for name in types.names["strategy"]
    }
    models: tuple[type[BaseModel], ...] = (Config, *dict.fromkeys((*venues.values(), *strategies.values())))
    refs, definitions = models_json_schema([(model, "validation") for model in models], schema_generator=_Untitled)
    defs = definitions["$defs"]
    root = defs.pop(refs[(Config, "validation")]["$ref"].rsplit("/", 1)[-1])
    for kind, named in (("venues", venues), ("strategies", strategies)):
        variants = [_variant(name, refs[(model, "validation")]) for name, model in named.items()]
        root["properties"][kind]["additionalProperties"] = {"oneOf": variants}
    for key in ("journal", "store"):
        root["properties"][key]["enum"] = list(types.names[key])
    return {
        "$schema": URL,
        "title": "TwinStar's config.yaml",
        **{k: v for k, v in root.items() if k != "title"},
        "$defs": defs,
    }


class _Untitled(GenerateJsonSchema):
    """A key's name is title enough."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def _variant(name: str, ref: Any) -> dict[str, Any]:
    required = [] if name == "ccxt" else ["type"]  # a venue without a type is ccxt's
    return {"title": name, "allOf": [ref], "properties": {"type": {"const": name}}, "required": required}
