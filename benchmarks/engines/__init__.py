"""Search engines side by side, doing the same work: the peers of ``python -m benchmarks.engine``."""
