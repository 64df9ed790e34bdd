"""Tables of any size in parts: planned once, made anywhere, the same bytes wherever and however often."""
