"""What is computed once, counted, or handed over once: in memory and on disk, or in Redis for all servers.

`cache` is the door; `recent` keeps opened objects, which never leave their process.
"""
