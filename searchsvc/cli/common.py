"""What the commands share: settings, and how a single failure is told."""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper
from typing import Concatenate, ParamSpec, TypeVar

import click

from searchsvc.private_files import keep_private
from searchsvc.running.logs import configure_logging
from searchsvc.settings import Settings, load_settings
from searchsvc.shown import shown_text

P = ParamSpec("P")
R = TypeVar("R")


def with_settings(function: Callable[Concatenate[Settings, P], R]) -> Callable[P, R]:
    """Give a command the settings as its first argument, and logging set up as they say."""

    def command(*args: P.args, **kwargs: P.kwargs) -> R:
        keep_private()
        settings = load_settings()
        configure_logging(settings)
        return function(settings, *args, **kwargs)

    return update_wrapper(command, function)


def counted(number: int, noun: str) -> str:
    """Return a number of things: ``1 problem``, ``1,234 problems``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def fail(message: str) -> None:
    """Tell about one thing that went wrong, on standard error."""
    click.echo(shown_text(message), err=True)
