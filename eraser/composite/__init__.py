"""Back into the photo: paste a filled crop, copied again at the photo's own resolution.

Words are explained in docs/glossary.md.
"""
