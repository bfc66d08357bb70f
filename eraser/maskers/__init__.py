"""Stage 1: who is in the picture."""
