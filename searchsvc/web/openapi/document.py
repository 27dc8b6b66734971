"""The operations and models -> the OpenAPI 3.1 document."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib.metadata import version
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, models_json_schema
from pydantic_core import core_schema

from searchsvc.web.openapi.operation import JSON, Body, Example, Operation, Reply

_REF = "#/components/schemas/{model}"
_COMMA_LISTS = ("facets", "fields")
_HEADERS = {
    "ETag": "Validator of this answer, for If-None-Match.",
    "Location": "Address of the document.",
    "Retry-After": "Seconds to wait.",
}
_PATH_PARAMETERS: dict[str, tuple[dict[str, Any], str, Any]] = {
    "document_id": ({"type": "string", "minLength": 1}, "Id of the document.", "vorlage-1"),
    "number": ({"type": "integer", "minimum": 1}, "Page of the PDF, from 1.", 1),
}
TAGS = {
    "Search": "Finding documents. Open to everyone.",
    "Documents": "Reading is open to everyone; writing needs an API key with the scope write.",
    "Status": "What is here, and how current.",
    "Pages": "Pages for people, in German. Errors are pages too.",
    "Operation": "For programs and those who run the service.",
}


class _Schemas(GenerateJsonSchema):
    """Without titles made of names, and without defaults: in answers they only mean that a field may be absent."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 - pydantic calls it so
        return False

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> dict[str, Any]:
        return self.generate_inner(schema["schema"])


def openapi_document(operations: Iterable[Operation], server: str) -> dict[str, Any]:
    """Return the document of ``operations``, served at the address ``server``."""
    chosen = tuple(operations)
    models = _models(chosen)
    _, definitions = models_json_schema(
        sorted(models, key=lambda item: (item[0].__name__, item[1])), ref_template=_REF, schema_generator=_Schemas
    )
    paths: dict[str, dict[str, Any]] = {}
    for operation in chosen:
        paths.setdefault(operation.path, {})[operation.method] = _operation(operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "searchsvc",
            "version": version("searchsvc"),
            "description": "Full-text search for German council documents. Unknown parameters and fields are errors. "
            "Every answer has X-Request-ID; GET routes answer HEAD as well.",
        },
        "servers": [{"url": server}],
        "tags": [{"name": name, "description": text} for name, text in TAGS.items()],
        "paths": paths,
        "components": {
            "schemas": definitions.get("$defs", {}),
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "description": "Authorization: Bearer ssk_…"},
                "header": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
            },
        },
    }


def _models(operations: Iterable[Operation]) -> set[tuple[type[BaseModel], JsonSchemaMode]]:
    found: set[tuple[type[BaseModel], JsonSchemaMode]] = set()
    for operation in operations:
        found |= {
            (model, "validation") for model in (operation.body.models if operation.body else {}).values() if model
        }
        for reply in operation.replies.values():
            found |= {(model, "validation") for model in reply.models.values() if model}
    return found


def _operation(operation: Operation) -> dict[str, Any]:
    example = operation.example
    described: dict[str, Any] = {
        "operationId": operation.id,
        "tags": [operation.tag],
        "summary": operation.summary,
    }
    if operation.description:
        described["description"] = operation.description
    parameters = [
        *_path_parameters(operation.path),
        *_parameters("query", operation.parameters, example),
        *_parameters("header", operation.headers, None),
    ]
    if parameters:
        described["parameters"] = parameters
    if operation.body is not None:
        described["requestBody"] = {"required": True, "content": _request_content(operation.body, example)}
    described["responses"] = {
        str(status): _response(reply, example if example and example.status == status else None)
        for status, reply in operation.replies.items()
    }
    if operation.scope is not None:
        described["security"] = [{"bearer": []}, {"header": []}]
    return described


def _path_parameters(path: str) -> Iterable[dict[str, Any]]:
    for name, (schema, description, example) in _PATH_PARAMETERS.items():
        if f"{{{name}}}" in path:
            yield {
                "name": name, "in": "path", "required": True, "description": description, "schema": schema,
                "example": example,
            }  # fmt: skip


def _parameters(place: str, model: type[BaseModel] | None, example: Example | None) -> Iterable[dict[str, Any]]:
    if model is None:
        return
    schema = model.model_json_schema(ref_template=_REF, schema_generator=_ParameterSchemas)
    definitions = schema.get("$defs", {})
    for name, field in schema["properties"].items():
        plain = _without_null(_inlined(field, definitions))
        description = plain.pop("description", "")
        parameter = {
            "name": name, "in": place, "required": name in schema.get("required", ()), "description": description,
            "schema": plain,
        }  # fmt: skip
        if plain.get("type") == "array":
            parameter |= {"style": "form", "explode": name not in _COMMA_LISTS}
        if example is not None and name in example.parameters:
            parameter["example"] = example.parameters[name]
        yield parameter


class _ParameterSchemas(GenerateJsonSchema):
    """Without titles; the defaults of parameters mean what they say."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 - pydantic calls it so
        return False


def _inlined(value: Any, definitions: Mapping[str, Any]) -> Any:
    """Replace references by what they refer to: parameters are short."""
    if isinstance(value, list):
        return [_inlined(item, definitions) for item in value]
    if not isinstance(value, dict):
        return value
    if "$ref" in value:
        named = definitions[value["$ref"].rpartition("/")[2]]
        value = {name: item for name, item in named.items() if name not in ("title", "description")} | {
            name: item for name, item in value.items() if name != "$ref"
        }
    return {name: _inlined(item, definitions) for name, item in value.items()}


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """Drop what says that a parameter may be left out: an address cannot say null."""
    options = [item for item in schema.get("anyOf", ()) if item != {"type": "null"}]
    rest = {name: item for name, item in schema.items() if name != "anyOf" and (name, item) != ("default", None)}
    if not options:
        return rest
    return rest | (options[0] if len(options) == 1 else {"anyOf": options})


def _request_content(body: Body, example: Example | None) -> dict[str, Any]:
    content = {media_type: _media(model) for media_type, model in body.models.items()}
    if example is not None and example.body is not None:
        for media in content.values():
            media["example"] = example.body
    return content


def _response(reply: Reply, example: Example | None) -> dict[str, Any]:
    described: dict[str, Any] = {"description": reply.description}
    if reply.headers:
        described["headers"] = {
            name: {"description": _HEADERS[name], "schema": {"type": "string"}} for name in reply.headers
        }
    if reply.models:
        described["content"] = {media_type: _media(model) for media_type, model in reply.models.items()}
    if example is not None and example.answer is not None:
        described["content"][JSON]["example"] = example.answer
    return described


def _media(model: type[BaseModel] | None) -> dict[str, Any]:
    return {} if model is None else {"schema": {"$ref": _REF.format(model=model.__name__)}}
