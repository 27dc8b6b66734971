"""The command line: ``searchsvc COMMAND``. Exit codes: 0 all done, 1 something failed, 2 wrong use."""

from searchsvc.cli.group import main

__all__ = ["main"]
