"""Several tables as SQL: what fits a dialect, a script for it, and loading a database.

Loading is beside the script and not beside the reading of databases (`pipeline.datasets.databases`), since
both write the same tables: the same types, the same order of rows, the same checks before.
"""
