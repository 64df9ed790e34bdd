"""The validity rules and the check of whole tables by them."""
