"""Stage 5: fill a crop.

Words are explained in docs/glossary.md.
"""
