"""Evidence for the relations of several tables: keys, numbers of children, and what hangs together."""
