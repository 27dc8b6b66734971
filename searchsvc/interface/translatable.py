"""Marks German messages that are translated where a page is made; gettext's tools look for the name."""

from __future__ import annotations


def N_(message: str) -> str:  # noqa: N802 - the name that gettext's tools look for
    """Mark a message that is translated later."""
    return message
