"""Documents -> segments: analysis once per form, inversion, merging, and the processes that share the work.

Not here: what a segment's file looks like (``index.segments``) and when segments become visible (``index.whoosh``).
"""
