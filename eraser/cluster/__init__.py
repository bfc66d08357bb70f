"""A run on a Ray cluster."""

RayExecutor = None
