"""From people to one hole: their shadows, growth, and the crops that are solved together.

Words are explained in docs/glossary.md.
"""
