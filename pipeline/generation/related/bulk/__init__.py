"""Several tables of any size in parts of whole root entities: counted first, then written."""
