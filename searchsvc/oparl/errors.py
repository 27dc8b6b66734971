"""Why an import cannot go on. Messages name the URL and who can act."""

from __future__ import annotations

from searchsvc.errors import ServiceError


class OParlError(ServiceError):
    """Base class of the importer's errors."""

    kind = "oparl_error"


class ImportEnded(OParlError):
    """An import cannot go on now; what it has done stays, and the next one goes on from there."""

    kind = "import_ended"


class NotOParl(OParlError):
    """The URL given is neither a system, a body nor a list that can be imported."""

    kind = "not_oparl"


class ImportRunning(OParlError):
    """The source is being imported by another process."""

    kind = "import_running"
