"""Models of several related tables: what they learn, how they are kept, and how their rows become tables."""
