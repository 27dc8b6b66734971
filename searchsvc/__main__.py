"""Lets ``python -m searchsvc`` do what the ``searchsvc`` command does."""

from searchsvc.cli import main

if __name__ == "__main__":
    main()
