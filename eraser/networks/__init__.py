"""Network code: no weights, no files."""
