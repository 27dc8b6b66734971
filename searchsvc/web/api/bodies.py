"""Reading request bodies: JSON objects, and NDJSON line by line in bounded memory."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

from flask import request

from searchsvc.errors import ServiceError
from searchsvc.web.http.errors import BodyTooLarge, MalformedBody, UnsupportedBody

CHUNK_BYTES = 64 * 1024
JSON_TYPES = ("application/json",)
NDJSON_TYPES = ("application/x-ndjson", "application/ndjson", "application/jsonl", "application/jsonlines")

_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


def json_object_body() -> dict[str, Any]:
    """Return the current request's body, a JSON object. Raises ``UnsupportedBody`` or ``MalformedBody``."""
    require_media_type(JSON_TYPES)
    return json_object(request.get_data(cache=False))


def require_media_type(accepted: tuple[str, ...]) -> None:
    """Raise ``UnsupportedBody`` unless the body is of an accepted type and not compressed."""
    if request.mimetype not in accepted:
        raise UnsupportedBody(f"send the body as {accepted[0]}, with that Content-Type")
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise UnsupportedBody("compressed bodies are not taken; send the body without Content-Encoding")


def json_object(data: bytes | str) -> dict[str, Any]:
    """Parse one JSON object; halves of characters in it, which no encoding can say, are left out.

    Raises ``MalformedBody``.
    """
    try:
        # Strictly: json's own decoding lets halves of characters through, and guesses at other encodings.
        text = data if isinstance(data, str) else data.decode("utf-8-sig")
        value = json.loads(text, parse_constant=_refuse_constant)
        if _SURROGATE.search(text):
            value = json.loads(json.dumps(value, ensure_ascii=False).encode("utf-8", "ignore"))
    except UnicodeDecodeError as error:
        raise MalformedBody("the text is not valid UTF-8") from error
    except json.JSONDecodeError as error:
        raise MalformedBody(f"not valid JSON: {error.msg} at line {error.lineno}, column {error.colno}") from error
    except ValueError as error:
        raise MalformedBody("not valid JSON: a number is not one that can be kept") from error
    except RecursionError as error:
        raise MalformedBody("not valid JSON for this service: nested too deeply") from error
    if not isinstance(value, dict):
        raise MalformedBody("must be a JSON object")
    return value


def lines(read: Callable[[int], bytes], max_line_bytes: int) -> Iterator[tuple[int, bytes | ServiceError]]:
    """Split a stream into its non-blank lines, each with its number; a line too long to keep comes as an error.

    ``read`` is called with a number of bytes until it returns none. At most one line is in memory.
    """
    number = 1
    kept = bytearray()
    too_long = False
    while chunk := read(CHUNK_BYTES):
        *ends, rest = chunk.split(b"\n")
        for part in ends:
            too_long = too_long or len(kept) + len(part) > max_line_bytes
            if not too_long:
                kept += part
            yield from _finished(number, kept, too_long, max_line_bytes)
            number += 1
            kept.clear()
            too_long = False
        too_long = too_long or len(kept) + len(rest) > max_line_bytes
        if too_long:
            kept.clear()
        else:
            kept += rest
    yield from _finished(number, kept, too_long, max_line_bytes)


def _finished(
    number: int, kept: bytearray, too_long: bool, max_line_bytes: int
) -> Iterator[tuple[int, bytes | ServiceError]]:
    if too_long:
        yield number, BodyTooLarge(f"the line is longer than {max_line_bytes / 1e6:,.0f} MB")
    elif line := bytes(kept).removeprefix(b"\xef\xbb\xbf" if number == 1 else b"").strip():
        yield number, line


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON value")
