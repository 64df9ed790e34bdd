"""The use cases and the role checks: the only entry point."""
