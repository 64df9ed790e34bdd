"""Similarity of real and synthetic columns and pairs of columns."""
