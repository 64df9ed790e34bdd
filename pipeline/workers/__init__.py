"""Runs done in the background: who takes them from the queue, where they go, and who sees to it."""
