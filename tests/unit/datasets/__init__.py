"""Tests of the layer of datasets."""
