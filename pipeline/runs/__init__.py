"""What was ordered and how it went."""
