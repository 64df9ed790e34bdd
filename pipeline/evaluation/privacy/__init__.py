"""Does a table reveal real people? Overlap, copies, distances and attacks, each with its baseline."""
