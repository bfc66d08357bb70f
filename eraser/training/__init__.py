"""Training of our own weights; only the toolbox imports it."""
