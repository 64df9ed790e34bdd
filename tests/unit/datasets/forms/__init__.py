"""Tests of forms: how values are written in a source."""
