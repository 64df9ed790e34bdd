"""How alike real and synthetic columns and pairs of columns are."""
