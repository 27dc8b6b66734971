"""Mirroring OParl servers: a city's council information system into the store, again and again, for years."""

from searchsvc.oparl.errors import FetchFailed, ImportEnded, ImportRunning, NotOParl, OParlError
from searchsvc.oparl.importer import import_source
from searchsvc.oparl.report import ImportReport
from searchsvc.oparl.transport import PoliteTransport
from searchsvc.source_state import is_running

__all__ = [
    "FetchFailed",
    "ImportEnded",
    "ImportReport",
    "ImportRunning",
    "NotOParl",
    "OParlError",
    "PoliteTransport",
    "import_source",
    "is_running",
]
