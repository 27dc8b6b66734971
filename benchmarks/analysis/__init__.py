"""German analysis on word lists: ``python -m benchmarks.analysis``."""
