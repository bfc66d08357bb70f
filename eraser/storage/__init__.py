"""Stores of objects: a bucket, or a folder that machines share. Bytes in, bytes out.

base        what a store can do
folder      a folder, without any package
objects     s3://, gs://, az:// by fsspec and its packages, which are imported when the first store is opened
retries     errors that may pass are tried again
"""

from __future__ import annotations

import functools

from eraser.storage.base import Store, StoredFile, is_address, join

__all__ = ["Store", "StoredFile", "is_address", "join", "open_store"]


@functools.cache
def open_store(address: str) -> Store:
    """The store of an address such as ``s3://bucket/in``. For a path it is the store of folders.

    Args:
        address: Only the part before ``://`` counts.

    Raises:
        StorageError: Its package is missing.
    """
    if is_address(address):
        from eraser.storage.objects import open_objects

        return open_objects(address.partition("://")[0])
    from eraser.storage.folder import FolderStore

    return FolderStore()
