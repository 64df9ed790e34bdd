"""Fitted models, their store and the library that fits each once."""
