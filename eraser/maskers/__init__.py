"""Stage 1: who is in the picture.

Words are explained in docs/glossary.md.
"""
