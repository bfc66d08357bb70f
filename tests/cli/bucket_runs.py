"""Runs over a bucket, for the tests of object storage."""

import json

from eraser.archive.record import Record

RUN = ("s3://bucket/in/", "-o", "s3://bucket/out/", "--workers", "1")
"""Arguments of ``erase-me``."""


def record_of(s3, key):
    """The record beside a result."""
    return Record.decode(s3.read(f"s3://bucket/{key}.erase-me.json"))


def lines_of(out):
    """The lines of ``--json``, by the photo's name."""
    return {line["input"].removeprefix("s3://bucket/"): line for line in map(json.loads, out.splitlines())}


def changed(record, **values):
    """A record with other values."""
    return Record(**{**{name: getattr(record, name) for name in record.__slots__}, **values})
