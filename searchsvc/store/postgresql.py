"""Everything that is particular to PostgreSQL."""

from __future__ import annotations

from sqlalchemy import Connection, text

_MIGRATION_LOCK = 7_320_110_001
"""Any number, the same in every version; it names the lock of the migrations."""


def lock_for_migration(connection: Connection) -> None:
    """Wait until no other process migrates; the lock ends with the transaction."""
    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _MIGRATION_LOCK})


def explain(error: BaseException | None, place: str) -> str | None:
    """Say in English what an error of the driver means and what to do; None: nothing an operator can mend."""
    fields = _fields(error)
    state = _state(error)
    first_line = str(fields.get("M") or error).partition("\n")[0]
    if state == "42P01" or state == "42703":
        return f"{place} has no tables of this version yet; run 'searchsvc migrate'"
    if state.startswith("28"):
        return f"{place} refused the login ({first_line}); check user and password in database_url"
    if state.startswith("53"):
        return f"{place} is out of resources ({first_line}); free some and try again"
    if state in ("25006", "42501"):
        return f"{place} does not allow writing ({first_line}); grant this user the rights"
    if state == "" or state.startswith(("08", "57", "58", "40", "55", "XX")):
        return f"{place} cannot be used ({first_line}); check that the server runs and can be reached"
    return None


def is_full(error: BaseException | None) -> bool:
    """Tell whether an error of the driver says that there is no space."""
    return _state(error) == "53100"


def _state(error: BaseException | None) -> str:
    return str(_fields(error).get("C") or getattr(error, "sqlstate", None) or "")


def _fields(error: BaseException | None) -> dict[str, str]:
    # pg8000 hands on the fields of the server's message: "C" is its code, "M" its text.
    return error.args[0] if error is not None and error.args and isinstance(error.args[0], dict) else {}
