"""Measurements anyone can repeat: ``python -m benchmarks.NAME``. Never run by the tests."""
