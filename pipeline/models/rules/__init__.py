"""Rules built into what is learned, of one table and of several, so that no row has to be thrown away."""
