"""How requests come in and answers go out: sign-in by key, limits, validators, errors, compression, metrics, readiness.

Nothing here knows what a page looks like or what a route of the API returns.
"""
