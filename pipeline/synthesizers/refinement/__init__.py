"""Refinement: which of a synthesizer's rows are kept, by a learned ratio of densities."""
