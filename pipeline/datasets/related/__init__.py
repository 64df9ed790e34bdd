"""Several tables with their keys: one dataset."""
