"""Load, kills, floods, bombs and attacks on real servers, bounded in count and time: `make soak`."""
