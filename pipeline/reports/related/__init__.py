"""Several measured tables as one document: their schema drawn, their relations, keys and rules."""
