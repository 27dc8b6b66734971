"""Run one campaign."""

from __future__ import annotations

import pkgutil
import sys
from importlib import import_module

from benchmarks import endurance


def main() -> None:
    """Run the campaign that is named first with the arguments that follow."""
    campaigns = sorted(one.name for one in pkgutil.iter_modules(endurance.__path__) if not one.name.startswith("_"))
    if len(sys.argv) < 2 or sys.argv[1] not in campaigns:
        sys.exit(f"usage: python -m benchmarks.endurance {'|'.join(campaigns)} [--seconds N]")
    sys.exit(not import_module(f"{endurance.__name__}.{sys.argv[1]}").main(sys.argv[2:]))


if __name__ == "__main__":
    main()
