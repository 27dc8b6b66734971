"""The current request's query parameters, in the form that ``searchsvc.interface.parameters`` reads."""

from __future__ import annotations

from flask import request

from searchsvc.interface.parameters import Arguments, check_names


def arguments() -> Arguments:
    """Return every query parameter with all its values."""
    return dict(request.args.lists())


def no_arguments() -> None:
    """Raise ``InvalidParameter`` if the current request has any query parameter."""
    check_names(arguments(), ())
