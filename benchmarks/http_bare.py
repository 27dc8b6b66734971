"""The least a Flask application can do: one JSON answer as large as a page of hits, made anew for each request."""

from __future__ import annotations

from flask import Flask, Response, jsonify

app = Flask(__name__)
_HITS = [{"id": str(number), "title": "Vorlage " * 5, "snippets": ["Straße " * 150]} for number in range(10)]


@app.get("/")
def answer() -> Response:
    """Answer with about 13 KB of JSON."""
    return jsonify({"total": 10, "hits": _HITS})
