"""Several related tables, from the order to the files."""
