"""A watched folder: each photo that comes in is done once, and its result goes to another folder. Runs for months.

run         folders checked, everything put together
events      what came or changed in the inbox           names     what of it is taken
settle      the queue: until a file is complete         loop      news -> queue -> one photo after another
handler     one photo: claimed, erased, recorded        blocked   a full disk is not the fault of a photo
after       originals kept, moved, deleted              failed    copies of what failed, and why
folders     that they do not overlap, and are there     stop      signals

Words are explained in docs/glossary.md.
"""

from eraser.watch.handler import Reports
from eraser.watch.run import watch
from eraser.watch.stop import stopping

__all__ = ["Reports", "stopping", "watch"]
