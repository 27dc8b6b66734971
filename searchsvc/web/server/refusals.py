"""Answers that need no thread: to clients that are too slow, and when too many want what lasts."""

from __future__ import annotations

import json


def _refusal(status: str, code: str, message: str, *headers: str) -> bytes:
    body = json.dumps({"error": {"code": code, "message": message, "field": None}, "request_id": ""}).encode() + b"\n"
    lines = (
        f"HTTP/1.1 {status}", "Connection: close", "Content-Type: application/json", "Cache-Control: no-store",
        f"Content-Length: {len(body)}", *headers, "", "",
    )  # fmt: skip
    return "\r\n".join(lines).encode() + body


TOO_SLOW = _refusal("408 Request Timeout", "request_timeout", "the request did not arrive in time")
OVERLOADED = _refusal(
    "503 Service Unavailable", "busy", "too many uploads, exports and files at a time; ask again in a moment",
    "Retry-After: 5",
)  # fmt: skip
