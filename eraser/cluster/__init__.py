"""A run on a Ray cluster. Addresses of photos travel to actors, outcomes come back; pixels never do.

start       a connection to the cluster around, to one at an address, or to one made on this machine
actor       an engine, loaded once, and the photos that it does
executor    gives each actor a few photos, and tries photos again whose actor has died
"""

from eraser.cluster.executor import RayExecutor

__all__ = ["RayExecutor"]
