"""The tests: flat, one file per module under test."""
