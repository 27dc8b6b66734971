"""Logging: structured events, as JSON objects or as text for people, on standard error."""

from __future__ import annotations

import logging
import logging.config
import sys
import traceback
from collections.abc import Mapping
from types import TracebackType
from typing import Any

import structlog
from structlog.typing import EventDict, Processor

from searchsvc.settings import Settings
from searchsvc.shown import shown_in_log

_SHARED: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.StackInfoRenderer(),
]


def configure_logging(settings: Settings) -> None:
    """Set up structlog and the standard library's logging for this process, and how it tells of its defects."""
    logging.config.dictConfig(logging_config(settings))
    sys.excepthook = _print_defect
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_SHARED,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def logging_config(settings: Settings) -> dict[str, Any]:
    """Return the ``logging.config`` dictionary, which gunicorn takes as well."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "structured": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": _SHARED,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    # Without the values of variables, which may be keys or passwords.
                    structlog.processors.format_exc_info,
                    _Shown(settings.secret_values()),
                    *_renderers(settings),
                ],
            }
        },
        "handlers": {
            "stderr": {"class": "logging.StreamHandler", "stream": "ext://sys.stderr", "formatter": "structured"}
        },
        "root": {"handlers": ["stderr"], "level": settings.log_level.upper()},
        "loggers": {
            # One line per request and step is said by the service itself.
            "alembic": {"level": "WARNING"},
            "httpx": {"level": "WARNING"},
            "httpcore": {"level": "WARNING"},
            "filelock": {"level": "WARNING"},
            # At debug level it has the paths of requests, and with them the tokens of saved searches.
            "gunicorn.error": {
                "level": max(settings.log_level.upper(), "INFO", key=logging.getLevelNamesMapping().__getitem__),
                "handlers": [],
                "propagate": True,
            },
            "gunicorn.access": {"level": "WARNING", "handlers": [], "propagate": True},
        },
    }


def _renderers(settings: Settings) -> list[Processor]:
    if settings.log_format == "json":
        return [structlog.processors.JSONRenderer(ensure_ascii=False)]
    return [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())]


class _Shown:
    """Leaves out of every event what nobody may see who reads logs, whoever has logged it."""

    def __init__(self, secrets: tuple[str, ...]) -> None:
        self._secrets = secrets

    def __call__(self, _logger: Any, _name: str, event: EventDict) -> EventDict:
        return {name: self._value(value) for name, value in event.items()}

    def _value(self, value: Any) -> Any:
        if value is None or isinstance(value, (bool, int, float)):
            return value
        if isinstance(value, Mapping):
            return {self._value(name): self._value(one) for name, one in value.items()}
        if isinstance(value, (list, tuple, set, frozenset)):
            return [self._value(one) for one in value]
        return shown_in_log(value if isinstance(value, str) else repr(value), self._secrets)


def _print_defect(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    sys.stderr.write(shown_in_log("".join(traceback.format_exception(kind, error, trace))))
