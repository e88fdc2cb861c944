"""The OpenAPI document of the interface."""

import re
from typing import Any, Final  # Any: JSON

from penstock_dataflow.admin.operations import OPERATIONS, Operation
from penstock_dataflow.admin.schemas import QUERY, SCHEMAS

__all__ = ("document",)

_ALWAYS: Final = ((400, "Problem"), (401, "Problem"), (403, "Problem"))
_WAITING: Final = ("wait", "timeout_secs", "drain_timeout_secs")
_NAMES: Final = {
    "group": "The name of a group.",
    "pipeline": "The name of a pipeline.",
    "rollout": "The id of a change.",
}


def document() -> dict[str, Any]:
    """OpenAPI 3.1: every operation, what it takes and what it answers."""
    paths: dict[str, dict[str, Any]] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Penstock dataflow engine",
            "version": "1",
            "description": "Shows and changes what a running engine runs.",
        },
        "paths": paths,
        "components": {
            "schemas": dict(SCHEMAS),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{}, {"token": []}],
    }


def _operation(operation: Operation) -> dict[str, Any]:
    names = re.findall(r"{(\w+)}", operation.path)
    parameters = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "description": _NAMES[name],
            "schema": {"type": "string", "minLength": 1},
        }
        for name in names
    ]
    query = (*operation.query, *(_query_of_change(operation) if operation.waits else ()))
    parameters += [
        {"name": name, "in": "query", "description": QUERY[name][0], "schema": QUERY[name][1]}
        for name in query
    ]
    more = ((413, "Problem"), (415, "Problem")) if operation.body else ()
    answers = sorted({*operation.answers, *_ALWAYS, *more})
    found: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "parameters": parameters,
        "responses": {str(status): _answer(operation, status, schema) for status, schema in answers},
    }
    if operation.body:
        content = {"application/json": {"schema": _ref(operation.body)}}
        found["requestBody"] = {"required": True, "content": content}
    return found


def _query_of_change(operation: Operation) -> tuple[str, ...]:
    """What is in the body need not be in the query."""
    return _WAITING[:2] if operation.body else _WAITING


def _answer(operation: Operation, status: int, schema: str) -> dict[str, Any]:
    kind = "application/problem+json" if schema == "Problem" else "application/json"
    content: dict[str, Any] = {kind: {"schema": _ref(schema)}}
    if operation.name == "metrics" and schema == "Metrics":
        content["text/plain"] = {"schema": {"type": "string"}}
    return {"description": _MEANING[status], "content": content}


def _ref(schema: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{schema}"}


_MEANING: Final = {
    200: "Done.",
    201: "Made.",
    202: "Begun; the change goes on by itself.",
    400: "The request is malformed.",
    401: "The token is missing or wrong.",
    403: "It only shows, or the request comes from a page of another site.",
    404: "There is no such thing.",
    409: "Something else is being done.",
    413: "The body is too large.",
    415: "The body is not JSON.",
    422: "The configuration is wrong; `problems` says where.",
    503: "Not so.",
}
