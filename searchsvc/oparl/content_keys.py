"""What is known of the content of a file without asking for it, and whether that has changed.

A key has what speaks of the content itself (a text the server supplies, else address, checksum and size), and apart
from that the file's ``modified``: there are servers that set it to the time of each request.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC
from enum import StrEnum
from hashlib import sha256
from typing import Any

from searchsvc.oparl.objects import File

_SUPPLIED, _LOADED = "text", "file"
_HASH_CHARS = {_SUPPLIED: 24, _LOADED: 32}


class Difference(StrEnum):
    """What differs between two keys: nothing, ``modified`` alone, or more."""

    NONE = "none"
    MODIFIED = "modified"
    MORE = "more"


def content_key(file: File) -> str:
    """Return the key of a file's content, of at most 64 characters."""
    if file.text is not None:
        return _key(_SUPPLIED, file.text, file)
    facts = {"url": file.content_url, "checksum": file.checksum, "size": file.size}
    return _key(_LOADED, json.dumps(facts, sort_keys=True), file)


def difference(before: str | None, file: File) -> Difference:
    """Compare the key of an earlier state with a file as it is now."""
    now = content_key(file)
    if before == now or before == _former_key(file):
        return Difference.NONE
    if before is None:
        return Difference.MORE
    return Difference.MODIFIED if before.split(":", 2)[:2] == now.split(":", 2)[:2] else Difference.MORE


def is_supplied(key: str | None) -> bool:
    """Tell whether a key stands for text the server supplied."""
    return key is not None and key.startswith(f"{_SUPPLIED}:")


def has_modified(key: str, file: File) -> bool:
    """Tell whether a key is of the same ``modified`` as a file."""
    return key.endswith(f":{_modified(file)}")


def _key(kind: str, content: str, file: File) -> str:
    digest = sha256(content.encode("utf-8", "surrogatepass")).hexdigest()[: _HASH_CHARS[kind]]
    return f"{kind}:{digest}:{_modified(file)}"


def _former_key(file: File) -> str | None:
    """Return the key as it was written when all was one checksum; of supplied texts it was as it is."""
    if file.text is not None:
        return None
    facts = {"url": file.content_url, "checksum": file.checksum, "modified": _modified(file)}
    return f"file:{sha256(json.dumps(facts, ensure_ascii=False, sort_keys=True).encode()).hexdigest()[:48]}"


def _modified(file: File) -> str:
    return file.modified.astimezone(UTC).isoformat(timespec="seconds") if file.modified else "unknown"


def moved_key(before: Mapping[str, Any], after: Mapping[str, Any], key: str) -> str:
    """Return the key of the same content at another address, given what was known of the file and what is now."""
    old, new = File.from_json(before), File.from_json(after)
    if is_supplied(key) or difference(key, old) is Difference.MORE:
        return key
    return ":".join([*content_key(new).split(":", 2)[:2], key.split(":", 2)[-1]])
