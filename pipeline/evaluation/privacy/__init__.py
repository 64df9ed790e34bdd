"""Does a table give anybody away? Overlap, copies, distances and attacks, each with its baseline."""
