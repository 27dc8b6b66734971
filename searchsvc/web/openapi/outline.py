"""The OpenAPI document -> what the page shows of it: plain rows of text, so that the template has no logic."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

_SHOWN_LIMITS = {
    "minimum": "from {}", "maximum": "to {}", "maxLength": "at most {} characters", "minItems": "at least {} items",
    "maxItems": "at most {} items", "default": "default {}",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class FieldRow:
    """A parameter, or a field of a model. ``models`` are those its type names."""

    name: str
    type: str
    models: tuple[str, ...]
    required: bool
    description: str


@dataclass(frozen=True, slots=True)
class ReplyRow:
    """A status, what it means, and the models and media types of its body."""

    status: str
    description: str
    models: tuple[str, ...]
    media_types: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OperationOutline:
    """One operation. ``request`` is an example of it, ``answer`` what that is answered with."""

    id: str
    method: str
    path: str
    summary: str
    description: str
    needs_key: bool
    parameters: tuple[FieldRow, ...]
    bodies: tuple[tuple[str, tuple[str, ...]], ...]
    replies: tuple[ReplyRow, ...]
    request: str
    answer: str


@dataclass(frozen=True, slots=True)
class TagOutline:
    """A group of operations."""

    name: str
    description: str
    operations: tuple[OperationOutline, ...]


@dataclass(frozen=True, slots=True)
class ModelOutline:
    """A model with its fields, or a choice of ``values``."""

    name: str
    description: str
    fields: tuple[FieldRow, ...]
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outline:
    """The whole description."""

    title: str
    version: str
    description: str
    tags: tuple[TagOutline, ...]
    models: tuple[ModelOutline, ...]


def outline(document: Mapping[str, Any]) -> Outline:
    """Return what is shown of an OpenAPI document."""
    info = document["info"]
    server = document["servers"][0]["url"]
    operations = [
        (operation["tags"][0], _operation(server, path, method, operation))
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    tags = tuple(
        TagOutline(tag["name"], tag["description"], tuple(item for name, item in operations if name == tag["name"]))
        for tag in document["tags"]
    )
    models = tuple(
        ModelOutline(name, schema.get("description", ""), tuple(_fields(schema)), tuple(schema.get("enum", ())))
        for name, schema in sorted(document["components"]["schemas"].items())
    )
    return Outline(info["title"], info["version"], info["description"], tags, models)


def _operation(server: str, path: str, method: str, described: Mapping[str, Any]) -> OperationOutline:
    contents = described.get("requestBody", {}).get("content", {})
    answers = [
        media["example"] for reply in described["responses"].values() for media in _media(reply) if "example" in media
    ]
    return OperationOutline(
        id=described["operationId"],
        method=method.upper(),
        path=path,
        summary=described["summary"],
        description=described.get("description", ""),
        needs_key="security" in described,
        parameters=tuple(
            _row(item["name"], item["schema"], required=item["required"], description=item["description"])
            for item in described.get("parameters", ())
        ),
        bodies=tuple((media_type, tuple(_models(media))) for media_type, media in contents.items()),
        replies=tuple(
            ReplyRow(status, reply["description"], _reply_models(reply), tuple(reply.get("content", ())))
            for status, reply in described["responses"].items()
        ),
        request=_request(server, path, method, described),
        answer=json.dumps(answers[0], ensure_ascii=False, indent=2) if answers else "",
    )


def _request(server: str, path: str, method: str, described: Mapping[str, Any]) -> str:
    """Return an example of a request as a command line; empty when there is none."""
    parameters = [item for item in described.get("parameters", ()) if "example" in item]
    for item in parameters:
        if item["in"] == "path":
            path = path.replace(f"{{{item['name']}}}", quote(str(item["example"]), safe=""))
    query = urlencode(
        [(item["name"], item["example"]) for item in parameters if item["in"] == "query"], doseq=True, quote_via=quote
    )
    parts = ["curl"] + ([f"-X {method.upper()}"] if method not in ("get",) else [])
    parts.append(f"'{server}{path}{'?' + query if query else ''}'")
    if "security" in described:
        parts.append('-H "Authorization: Bearer $KEY"')
    for media_type, media in described.get("requestBody", {}).get("content", {}).items():
        if "example" in media:
            text = media["example"]
            text = text if isinstance(text, str) else json.dumps(text, ensure_ascii=False)
            parts += [f"-H 'Content-Type: {media_type}'", f"--data-binary '{text}'"]
    return " \\\n  ".join(parts)


def _fields(schema: Mapping[str, Any]) -> Iterator[FieldRow]:
    required = schema.get("required", ())
    for name, field in schema.get("properties", {}).items():
        yield _row(name, field, required=name in required, description=field.get("description", ""))


def _row(name: str, schema: Mapping[str, Any], *, required: bool, description: str) -> FieldRow:
    return FieldRow(name, _type(schema), tuple(dict.fromkeys(_models(schema))), required, description)


def _type(schema: Mapping[str, Any]) -> str:
    """Return a type in words."""
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    if "anyOf" in schema:
        options = " or ".join(dict.fromkeys(_type(item) for item in schema["anyOf"]))
        return options + _limits(schema)
    if "const" in schema:
        return json.dumps(schema["const"])
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"])) + _limits(schema)
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}))}{_limits(schema)}"
    if schema.get("type") == "object" and "additionalProperties" in schema:
        return f"object of {_type(schema['additionalProperties'])}"
    return str(schema.get("format") or schema.get("type", "any")) + _limits(schema)


def _limits(schema: Mapping[str, Any]) -> str:
    shown = [
        text.format(",".join(schema[name]) if isinstance(schema[name], list) else json.dumps(schema[name]))
        for name, text in _SHOWN_LIMITS.items()
        if name in schema and schema[name] not in ([], "")
    ]
    return f" ({', '.join(shown)})" if shown else ""


def _models(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        if "$ref" in schema:
            yield schema["$ref"].rpartition("/")[2]
        for value in schema.values():
            yield from _models(value)
    elif isinstance(schema, list):
        for item in schema:
            yield from _models(item)


def _media(reply: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return list(reply.get("content", {}).values())


def _reply_models(reply: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for media in _media(reply) for name in _models(media.get("schema", {}))))
