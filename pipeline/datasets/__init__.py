"""Datasets: reading files, detecting what columns are, describing them, splitting and keeping them."""
