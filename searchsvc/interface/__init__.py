"""What every door of the service shares: parameters -> requests, results -> JSON, and addresses. Free of Flask.

Whoever answers over HTTP, by webhook, by mail or on the command line uses these, so that all say the same. Not here:
routes and status codes (``searchsvc.web``), sentences of pages (``searchsvc.web.pages``).
"""
