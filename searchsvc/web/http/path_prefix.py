"""Serving below a path: takes it off the beginning of each request's path and puts it into the script's name.

So every address that is built while an answer is made has the prefix, and no view knows of it. Whether the proxy takes
the prefix off itself does not matter: what is not there is only added to addresses.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Flask

from searchsvc.path_prefixes import check_prefix, without_prefix
from searchsvc.settings import Settings

_HEADER = "HTTP_X_FORWARDED_PREFIX"


class PathPrefix:
    """WSGI middleware: serves the application below ``prefix``, or below what the nearest proxy says if it counts.

    A prefix in the header has been taken off the path by whoever names it. What is no prefix is not heeded.
    """

    def __init__(self, application: Any, prefix: str, *, heed_header: bool) -> None:
        self._application = application
        self._prefix = prefix
        self._heed_header = heed_header

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        told = self._told(environ)
        prefix = self._prefix if told is None else told
        if prefix:
            path = environ.get("PATH_INFO", "") or "/"
            if told is None:
                path = without_prefix(path, prefix)
            environ = environ | {"SCRIPT_NAME": prefix, "PATH_INFO": path}
        return self._application(environ, start_response)  # type: ignore[no-any-return]

    def _told(self, environ: dict[str, Any]) -> str | None:
        if not self._heed_header or _HEADER not in environ:
            return None
        # Each proxy adds its own behind those before it; only the last one is known to be a proxy of ours.
        try:
            return check_prefix(environ[_HEADER].rpartition(",")[2].strip())
        except ValueError:
            return None


def init_app(app: Flask, settings: Settings) -> None:
    """Put the middleware around ``app``, outside of all others that look at paths."""
    if settings.public_path or settings.forwarded_prefix:
        heed = settings.forwarded_prefix and settings.trusted_proxies > 0
        app.wsgi_app = PathPrefix(app.wsgi_app, settings.public_path, heed_header=heed)  # type: ignore[method-assign]
