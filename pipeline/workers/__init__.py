"""Runs in the background: the queue's dispatcher, the engine that runs them, and its supervision."""
