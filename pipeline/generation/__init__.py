"""A table, or a bulk of it, from the request to the manifest."""
