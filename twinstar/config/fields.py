"""What a section of config.yaml is made of: its base, and the kinds of text that several sections hold."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, Final, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo, WithJsonSchema, field_validator
from pydantic_core import PydanticCustomError

from twinstar.config.symbols import check_instrument_id, check_symbol
from twinstar.domain import Timeframe


class Model(BaseModel):
    """Base of every section: unknown keys are refused, nothing changes after loading, no value is echoed in errors."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
        use_attribute_docstrings=True,  # what stands below a key is what an editor shows for it
    )

    @field_validator("*", mode="before")
    @classmethod
    def _means_what_it_says(cls, value: object, info: ValidationInfo) -> object:
        """``timeout: "10"`` and ``live: "false"`` are mistakes; pydantic alone would take them."""
        wanted = _plain_types(cls.model_fields[info.field_name or ""].annotation)
        if bool in wanted and value is not None and not isinstance(value, bool):
            raise PydanticCustomError("bool_type", "must be true or false")
        if wanted & {int, float, Decimal} and str not in wanted:
            if isinstance(value, bool) and bool not in wanted:
                raise PydanticCustomError("number", "must be a number, got true or false")
            if isinstance(value, str) and Decimal not in wanted:
                raise PydanticCustomError("number", "must be a number, got text; remove the quotes")
        return value


def _plain_types(annotation: Any) -> set[Any]:
    """The types a value may have, looking into unions but not into containers."""
    if isinstance(annotation, type) or not get_args(annotation):
        return {annotation}
    if hasattr(annotation, "__metadata__"):
        return _plain_types(get_args(annotation)[0])
    if hasattr(annotation, "__origin__") and isinstance(annotation.__origin__, type):
        return {annotation.__origin__}
    return set().union(*(_plain_types(part) for part in get_args(annotation)))


_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")


def _check_name(name: str) -> str:
    if not _NAME.fullmatch(name):  # it becomes part of file names and of symbol@venue
        raise ValueError("a name has up to 32 of a-z, 0-9, _ and -, and begins with a letter or digit")
    return name


def _check_timeframe(text: str) -> str:
    known = [timeframe.value for timeframe in Timeframe]
    if text not in known:
        spelt = re.fullmatch(r"([0-9]+) *([mhdw])[a-z]*", text.lower())
        near = {"60m": "1h", "24h": "1d", "7d": "1w"}.get(text) or (spelt and f"{spelt[1]}{spelt[2]}")
        hint = f"; did you mean {near!r}?" if near in known else ""
        raise ValueError(f"{text!r} is not a timeframe; there are: {', '.join(known)}{hint}")
    return text


def _check_unique(values: tuple[str, ...]) -> tuple[str, ...]:
    twice = sorted({value for value in values if values.count(value) > 1})
    if twice:
        raise ValueError(f"given twice: {', '.join(twice)}; keep one")
    return values


def _check_time(text: str) -> str:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is not an ISO time; write it as 2026-09-01T00:00:00Z") from None
    if moment.tzinfo is not None and moment.utcoffset() != UTC.utcoffset(None):
        raise ValueError("times are UTC; convert it, and end it with Z")
    return text


Name = Annotated[str, AfterValidator(_check_name)]
Symbol = Annotated[str, AfterValidator(check_symbol)]
SymbolAtVenue = Annotated[str, AfterValidator(check_instrument_id)]
TimeframeName = Annotated[
    str,
    AfterValidator(_check_timeframe),
    WithJsonSchema({"type": "string", "enum": [timeframe.value for timeframe in Timeframe]}),
]
UtcTime = Annotated[str, AfterValidator(_check_time)]
Symbols = Annotated[
    tuple[Symbol, ...], Field(min_length=1, json_schema_extra={"uniqueItems": True}), AfterValidator(_check_unique)
]
SymbolsAtVenues = Annotated[
    tuple[SymbolAtVenue, ...],
    Field(min_length=1, json_schema_extra={"uniqueItems": True}),
    AfterValidator(_check_unique),
]


def at(key: str, text: str) -> PydanticCustomError:
    """A fault between keys, told at the one to change."""
    return PydanticCustomError("inconsistent", "{text}", {"text": text, "key": key})
