"""The use cases and the role checks: the one door."""
