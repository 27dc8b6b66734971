"""Values as spreadsheets may have them."""

from __future__ import annotations

import re
from typing import Any

BYTE_ORDER_MARK = "\ufeff"
"""Without it spreadsheets take UTF-8 for something else."""

_FORMULA = re.compile(r"(^|;)(?=\s*[=+\-@]|[\t\r\n])")


def cell(value: Any) -> str:
    """Write a value so that no spreadsheet takes it for a formula: ``'`` before all that could begin one.

    Spreadsheets set to German split lines at semicolons, so what follows one may become the beginning of a cell too.
    """
    return "" if value is None else _FORMULA.sub(r"\1'", str(value))
