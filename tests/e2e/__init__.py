"""End-to-end tests in a real browser, against gunicorn with the sample collection."""
