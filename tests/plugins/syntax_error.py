"""Broken on purpose: it is no Python."""

def load_masker(context:
