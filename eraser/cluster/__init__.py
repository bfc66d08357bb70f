"""A run on a Ray cluster. Addresses of photos travel to actors, outcomes come back; pixels never do.

start       to the cluster around, to one at an address, or to one made on this machine
actor       an engine, loaded once, and the photos in its hands
executor    a bounded number of photos for each actor; what becomes of those of an actor that dies
"""

from eraser.cluster.executor import RayExecutor

__all__ = ["RayExecutor"]
