"""The web layer: JSON API for other services, German pages for people, health checks for operators."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from searchsvc.web.application import create_app

__all__ = ["create_app"]


def __getattr__(name: str) -> Any:
    # Commands and the worker use single modules of this package; the whole of it takes half a second to load.
    if name == "create_app":
        from searchsvc.web.application import create_app

        return create_app
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
