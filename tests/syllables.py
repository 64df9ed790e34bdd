"""Syllables of which tests make words that nobody knows."""

SYLLABLES = (
    "bru", "du", "gar", "han", "jen", "ka", "lo", "mi", "ne", "ol", "po", "que", "ra", "sil", "ten", "xa",
)  # fmt: skip
