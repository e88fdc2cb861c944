"""JSON Schema of a config model, for editors: what the collector accepts, as far as one file shows it."""

import copy
import json
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import SchemaSerializer, core_schema

from penstock_api.config.model import Config
from penstock_api.config.secret import Secret
from penstock_api.config.section import SECTION

__all__ = ("schema_of", "schema_text")

# Any: JSON.
_MARK: Final = "x-penstock-section"
_UNREDACTED: Final = {"unredacted": True}
_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_REFERENCE: Final = {
    "Reference": {
        "description": "Filled in when the configuration is read, as `${env:NAME}` is.",
        "pattern": r"\$\{[^}]+\}",
        "type": "string",
    }
}
_TEXT: Final = {"type": "string"}
_INSIDE: Final = ("items", "additionalProperties")
_SHOWN: Final = ("default", "deprecated", "description", "title")
_ENABLED: Final = {"type": "boolean", "description": "`false` turns the section off.", "default": True}


class _Generate(GenerateJsonSchema):
    """Marks optional sections, so that what they also accept can be added."""

    def function_before_schema(self, schema: core_schema.BeforeValidatorFunctionSchema) -> JsonSchemaValue:
        found = super().function_before_schema(schema)
        if schema["function"]["function"] is SECTION.func:
            return {**found, _MARK: True}
        return found

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        found = super().default_schema(schema)
        if isinstance(found.get("default"), float):  # a duration is written with its unit
            found["default"] = SchemaSerializer(schema["schema"]).to_python(found["default"], mode="json")
        return found

    def encode_default(self, dft: Any) -> Any:
        if isinstance(dft, Secret):
            return dft.reveal()  # a default in the code is no secret
        if isinstance(dft, BaseModel):
            return dft.model_dump(mode="json", by_alias=True, exclude_defaults=True, context=_UNREDACTED)
        return super().encode_default(dft)


def schema_of(model: type[Config]) -> dict[str, Any]:
    """The schema of `model`. Sections also accept `enabled`; sections and nested models also accept null.

    Where not every text is a value, `${env:NAME}` is; where a list of texts is, so is `a, b`.
    """
    schema = model.model_json_schema(by_alias=True, schema_generator=_Generate)
    definitions = schema.get("$defs", {})
    for holder in (schema, *list(definitions.values())):
        for name, field in holder.get("properties", {}).items():
            holder["properties"][name] = _open(field, definitions)
    for holder in (schema, *list(definitions.values())):
        for name, field in holder.get("properties", {}).items():
            holder["properties"][name] = _referable(field)
    if "#/$defs/Reference" in json.dumps(schema):
        schema["$defs"] = {**definitions, **_REFERENCE}
    _without_titles(schema)
    return {"$schema": _DIALECT, **schema}


def schema_text(model: type[Config]) -> str:
    """The schema as a file: the same bytes on every run."""
    return json.dumps(schema_of(model), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _open(field: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    """Let a nested model be null, and a section be turned on and off."""
    section = field.pop(_MARK, False)
    choices = field.get("anyOf", [{"$ref": field["$ref"]}] if "$ref" in field else [])
    named = [one["$ref"].rpartition("/")[2] for one in choices if "$ref" in one]
    objects = [name for name in named if definitions[name].get("type") == "object"]
    if not objects:
        return field
    rest = {key: value for key, value in field.items() if key not in ("anyOf", "$ref")}
    others = [one for one in choices if one.get("$ref", "").rpartition("/")[2] not in objects]
    switched = [_switched(name, definitions) if section else name for name in objects]
    opened = [*({"$ref": f"#/$defs/{name}"} for name in switched), *others]
    if {"type": "null"} not in opened:
        opened.append({"type": "null"})
    return {**rest, "anyOf": opened}


def _referable(field: dict[str, Any]) -> dict[str, Any]:
    """Let text stand for the value where the collector reads it so: a reference, or a list with commas."""
    rules = {key: value for key, value in field.items() if key not in _SHOWN}
    choices = rules["anyOf"] if set(rules) == {"anyOf"} else [rules]
    inner = [
        {**one, **{key: _referable(one[key]) for key in _INSIDE if isinstance(one.get(key), dict)}}
        for one in choices
    ]
    if field is _ENABLED or any(one in ({}, _TEXT) for one in inner):
        return field
    shown = {key: value for key, value in field.items() if key in _SHOWN}
    listed = any(one.get("items") == _TEXT for one in inner)
    return {**shown, "anyOf": [*inner, _TEXT if listed else {"$ref": "#/$defs/Reference"}]}


def _switched(name: str, definitions: dict[str, Any]) -> str:
    """The definition of `name` with `enabled` added; with `enabled: false` nothing is required."""
    new = f"{name}Section"
    definition = definitions.get(new) or copy.deepcopy(definitions[name])
    definition["properties"] = {**definition.get("properties", {}), "enabled": _ENABLED}
    required = definition.pop("required", None)
    if required:
        definition["if"] = {"properties": {"enabled": {"const": False}}, "required": ["enabled"]}
        definition["else"] = {"required": required}
    definitions[new] = definition
    return new


def _without_titles(node: Any) -> None:
    """Titles only repeat the keys; `title` as the name of a property is left alone."""
    if isinstance(node, list):
        for one in node:
            _without_titles(one)
    if not isinstance(node, dict):
        return
    if isinstance(node.get("title"), str):
        del node["title"]
    for key, value in node.items():
        for one in value.values() if key in ("properties", "$defs") else (value,):
            _without_titles(one)
