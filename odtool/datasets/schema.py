"""A Table Schema descriptor or a data package → a Dataset."""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

from odtool.errors import UsageError
from odtool.model import Dataset, Field, Shape, Variant

TYPES = frozenset(
    {"string", "number", "integer", "boolean", "date", "time", "datetime", "year", "yearmonth", "any",
     "object", "array", "duration", "geopoint", "geojson", "list"}
)  # fmt: skip
# Properties of a field that are the program's own nouns; the rest travels along as facts.
_KNOWN = {"name", "type", "format", "constraints", "unconfirmed", "kind", "requirement", "aliases", "title",
          "description", "example"}  # fmt: skip


def from_package(package: Mapping[str, Any]) -> Dataset:
    """One of our own packages: one resource, our extra properties beside the schema."""
    schema = package["resources"][0]["schema"]
    return Dataset(
        id=package["name"],
        edition=package["edition"],
        slug=package["slug"],
        name=package["title"],
        title_en=package.get("titleEn", ""),
        fields=tuple(_field(f) for f in schema["fields"]),
        missing_values=tuple(schema.get("missingValues", [""])),
        facts={key: value for key, value in package.items() if key not in ("resources", "variants")},
        variants=tuple(_variant(v) for v in package.get("variants", ())),
    )


def _variant(descriptor: Mapping[str, Any]) -> Variant:
    joined = descriptor.get("join")
    return Variant(
        id=descriptor["id"],
        title=descriptor["title"],
        title_en=descriptor["titleEn"],
        observed_at=tuple(descriptor["observedAt"]),
        confidence=descriptor["confidence"],
        added=tuple((_field(entry["field"]), entry.get("before")) for entry in descriptor.get("add", ())),
        dropped=tuple(descriptor.get("drop", ())),
        renamed=dict(descriptor.get("rename", {})),
        joined=(joined["dataset"], joined["fields"]) if joined else None,
    )


def from_descriptor(descriptor: Any, name: str) -> Dataset:
    """Any Table Schema, or a data package or resource that holds one. `name` is for messages."""
    schema = _inner_schema(descriptor)
    if schema is None:
        raise UsageError(
            f"{name} は Table Schema として読めません。fields の一覧を持つ JSON を指定してください。",
            f"{name} is no Table Schema. Give a JSON file with a list of fields.",
        )
    for problem_ja, problem_en in _faults(schema):
        raise UsageError(f"{name}: {problem_ja}。", f"{name}: {problem_en}.")
    primary = schema.get("primaryKey", [])
    fields = tuple(_field(f) for f in schema["fields"])
    names = [f.name for f in fields]
    key = tuple([primary] if isinstance(primary, str) else primary)
    for problem in [f"「{n}」が2回あります" for n in sorted({n for n in names if names.count(n) > 1})] + [
        f"primaryKey の「{n}」が fields にありません" for n in key if n not in names
    ]:
        raise UsageError(f"{name}: {problem}。", f"{name}: the schema contradicts itself ({problem}).")
    return Dataset(
        id=str(schema.get("name") or descriptor.get("name") or name),
        edition="schema",
        slug="",
        name=str(descriptor.get("title") or descriptor.get("name") or name),
        fields=fields,
        missing_values=tuple(schema.get("missingValues", [""])),
        primary_key=key,
    )


def _inner_schema(descriptor: Any) -> Mapping[str, Any] | None:
    """The part with `fields`, whether it is given as a schema, a resource or a package."""
    for _ in range(3):
        if not isinstance(descriptor, Mapping):
            return None
        if _is_fields(descriptor.get("fields")):
            return descriptor
        resources = descriptor.get("resources")
        descriptor = descriptor.get("schema") or (
            resources[0] if isinstance(resources, list) and resources else None
        )
    return None


def _is_fields(fields: Any) -> bool:
    return (
        isinstance(fields, list)
        and bool(fields)
        and all(isinstance(f, Mapping) and isinstance(f.get("name"), str) for f in fields)
    )


def _faults(schema: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What Table Schema does not allow, and what judging would stumble over."""
    missing = schema.get("missingValues", [""])
    if not isinstance(missing, list) or not all(isinstance(value, str) for value in missing):
        yield "missingValues は文字列の一覧で書きます", "missingValues is a list of strings"
    for field in schema["fields"]:
        limits = field.get("constraints") or {}
        where = f"「{field['name']}」の constraints"
        if not isinstance(limits, Mapping):
            yield f"{where} の形が違います", f"the constraints of {field['name']} are no object"
            continue
        for key, fine in _LIMITS.items():
            if limits.get(key) is not None and not fine(limits[key], field):
                yield f"{where} の {key} の値が使えません", f"{key} of {field['name']} cannot be used"


def _compiles(pattern: Any, _field: Any) -> bool:
    try:
        return isinstance(pattern, str) and bool(re.compile(pattern))
    except re.error:
        return False


def _is_length(value: Any, _field: Any) -> bool:
    return isinstance(value, int) and value >= 0


def _is_bound(value: Any, field: Any) -> bool:
    if field.get("type") not in ("integer", "number", "year"):
        return isinstance(value, str | int | float)
    try:
        return bool(str(float(value)))
    except (TypeError, ValueError):
        return False


_LIMITS: dict[str, Callable[[Any, Any], bool]] = {
    "pattern": _compiles,
    "enum": lambda value, _: isinstance(value, list),
    "minLength": _is_length,
    "maxLength": _is_length,
    "minimum": _is_bound,
    "maximum": _is_bound,
}

# A Table Schema's own string formats that are a kind of ours.
_FORMAT_KINDS = {"uri": "url", "email": "email"}
_UUID = "[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"


def _field(descriptor: Mapping[str, Any]) -> Field:
    shape = _shape(descriptor)
    unconfirmed = descriptor.get("unconfirmed")
    constraints = descriptor.get("constraints") or {}
    return Field(
        name=descriptor["name"],
        kind=descriptor.get("kind") or _FORMAT_KINDS.get(shape.format, "text"),
        shape=shape,
        unconfirmed=_shape({"type": shape.type, "format": shape.format, **unconfirmed})
        if unconfirmed
        else None,
        requirement=descriptor.get("requirement", "不明"),
        required=bool(constraints.get("required")),
        unique=bool(constraints.get("unique")),
        aliases=tuple(descriptor.get("aliases", ())),
        title=descriptor.get("title", ""),
        description=descriptor.get("description", ""),
        example=str(descriptor.get("example", "")),
        facts={key: value for key, value in descriptor.items() if key not in _KNOWN},
    )


@cache
def _free(kind: str, form: str) -> Shape:
    """The shape of fields without limits. Most are: the catalogue loads in two thirds of the time."""
    return Shape(kind, form)


def _shape(descriptor: Mapping[str, Any]) -> Shape:
    constraints = descriptor.get("constraints") or {}
    kind = str(descriptor.get("type", "string"))
    if not constraints.keys() - {"required", "unique"} and descriptor.get("format") != "uuid":
        return _free(kind if kind in TYPES else "any", str(descriptor.get("format", "default")))

    def bound(key: str) -> str | None:
        return None if constraints.get(key) is None else str(constraints[key])

    return Shape(
        type=kind if kind in TYPES else "any",
        format=str(descriptor.get("format", "default")),
        pattern=constraints.get("pattern") or (_UUID if descriptor.get("format") == "uuid" else None),
        enum=tuple(str(value) for value in constraints.get("enum", ())),
        minimum=bound("minimum"),
        maximum=bound("maximum"),
        min_length=constraints.get("minLength"),
        max_length=constraints.get("maxLength"),
    )
