"""Starting the imports that are due, each in a process of its own, so that the worker's own work goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime

import structlog

from searchsvc.periodic import PeriodicThread, Troubles
from searchsvc.processes import PARENT_VARIABLE
from searchsvc.settings import Settings
from searchsvc.shown import shown_address
from searchsvc.source_state import is_running
from searchsvc.store import OParlSource, Store

_CHECK_S = 15.0
_MOST_IMPORTS = 4
_STOP_TIMEOUT_S = 10.0

_log = structlog.get_logger(__name__)


class ImportSchedule(PeriodicThread):
    """Looks for due sources in a thread, as long as the context lasts, and ends their imports with it.

    A source that is due is one whose turn has come, or whose last import failed or was cut off an hour ago.
    """

    def __init__(
        self, store: Store, settings: Settings, *, check_s: float = _CHECK_S, troubles: Troubles | None = None
    ) -> None:
        super().__init__("oparl-schedule", check_s, troubles)
        self._store = store
        self._settings = settings
        self._children: dict[str, subprocess.Popen[bytes]] = {}

    def _step(self) -> None:
        # Children are told when the thread that started them ends, so it must be this one that outlives them.
        self._reap()
        self._start_due(self._store.oparl_sources.list())

    def _store_lost(self, message: str) -> None:
        _log.warning("oparl_schedule_waits", error=message)

    def _store_found(self) -> None:
        _log.info("oparl_schedule_goes_on")

    def _start_due(self, sources: Sequence[OParlSource]) -> None:
        now = datetime.now(UTC)
        for source in sources:
            if len(self._children) >= _MOST_IMPORTS:
                return
            if source.url in self._children or not source.is_due(now) or is_running(self._settings, source):
                continue
            _log.info("oparl_import_started", url=shown_address(source.url))
            environment = {
                **os.environ,
                "SEARCHSVC_DATA_DIR": str(self._settings.data_dir.absolute()),
                PARENT_VARIABLE: str(os.getpid()),
            }
            child = subprocess.Popen(
                # Arguments can be read by everybody on the machine, and addresses may have passwords in them.
                [sys.executable, "-m", "searchsvc", "import-oparl", "--address-file", "-"],
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                process_group=0,
            )
            self._children[source.url] = child
            assert child.stdin is not None
            with suppress(BrokenPipeError), child.stdin:  # one that ends at once is reaped like any other
                child.stdin.write(source.url.encode() + b"\n")

    def _reap(self) -> None:
        for url, child in list(self._children.items()):
            if (code := child.poll()) is not None:
                del self._children[url]
                source = self._store.oparl_sources.get(url)
                counts = source.counts if source else {}
                result = source.result if source else None
                _log.info("oparl_import_ended", url=shown_address(url), exit_code=code, result=result, **counts)

    def _end(self) -> None:
        for child in self._children.values():
            child.terminate()
        for child in self._children.values():
            try:
                child.wait(_STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
            # Processes that read PDFs may outlive the one that started them.
            with suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
