"""Everything about a table that somebody brings: reading it, its columns and what they mean."""
