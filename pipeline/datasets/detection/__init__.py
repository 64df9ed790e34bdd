"""From an unknown table to the description of its columns."""
