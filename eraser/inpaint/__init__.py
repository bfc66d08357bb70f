"""Stage 5: fill a crop."""
