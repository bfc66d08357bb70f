"""Which run does a photo. A claim is a record of status ``claimed``, under the address that the outcome's record gets.

A claim is written only if there is no record, or over exactly the record that was read, if the store has conditional
writes. A claim of another run holds for ``claim_s``; after that its run counts as dead. If the store has no conditional
writes, two runs may do one photo, with the same result.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

from eraser.archive.names import Names
from eraser.archive.photos import StoredPhoto
from eraser.archive.record import CLAIMED, RELEASED, Record
from eraser.batch.settings import Settings
from eraser.storage import Store

_TRIES = 3


@dataclass(frozen=True, slots=True)
class Ours:
    """The photo is claimed by this run."""

    before: Record | None
    """The record that stood there before."""
    is_same_run: bool = False
    """This run had claimed it already: an actor died with it, and files under its names are results of this run."""


@dataclass(frozen=True, slots=True)
class Done:
    """There is nothing to do."""

    record: Record
    is_same_run: bool
    """This run did it, but the process died before it could say so."""


Claim: TypeAlias = Ours | Done | Literal["busy"]


@dataclass(slots=True)
class Claims:
    """Claims photos for one run."""

    store: Store
    run: str
    settings: Settings
    resume: bool
    claim_s: float
    node: str | None = None
    actor: str | None = None
    _held: dict[str, tuple[Record, Record | None]] = field(default_factory=dict, init=False)
    """Claims of this process, and the records that stood there before, by the address of the record."""

    def take(self, photo: StoredPhoto, names: Names) -> Claim:
        """Claim a photo.

        Raises:
            StorageError: Nothing can be written there.
            OSError: The store does not answer.
        """
        for _ in range(_TRIES):
            # Also without ``resume``: a store without conditions would replace the record of an earlier run.
            found = self.store.find(names.record)
            before = None if found is None else self._read(names.record)
            if before is not None and (claim := self._standing(before, photo)) is not None:
                return claim
            try:
                if found is None:
                    self._write(photo, names, None, if_absent=True)
                else:
                    self._write(photo, names, before, if_version=found.version or None)
            except FileExistsError:
                continue
            return Ours(before, before is not None and before.run == self.run)
        return "busy"

    def _standing(self, before: Record, photo: StoredPhoto) -> Claim | None:
        """What a record means for this run; None if the photo may be claimed."""
        is_same_run = before.run == self.run
        if before.status == CLAIMED:
            return "busy" if not is_same_run and time.time() < before.time + self.claim_s else None
        if not (self.resume or is_same_run) or not before.is_done or not self.fits(before):
            return None
        if before.input_version != photo.version or not photo.version:
            return None  # the content may be the same all the same: that is known when the photo is read
        return Done(before, is_same_run) if self.has_results(before) else None

    def is_done(self, photo: StoredPhoto, names: Names) -> bool:
        """Whether ``resume`` leaves the photo out; False if the store does not answer."""
        try:
            before = self._read(names.record) if self.resume else None
            return before is not None and isinstance(self._standing(before, photo), Done)
        except OSError:
            return False

    def fits(self, record: Record) -> bool:
        """Whether the settings are those of this run."""
        return record.settings_sha256 == self.settings.sha256

    def has_results(self, record: Record) -> bool:
        """Whether the result and the mask are still there."""
        return all(self.store.find(each) is not None for each in (record.output, record.mask) if each is not None)

    def is_free(self, names: Names) -> bool:
        """Whether no other run has claimed the photo any more; False while the store does not answer."""
        try:
            record = self._read(names.record)
        except OSError:
            return False
        return record is None or record.status != CLAIMED or time.time() >= record.time + self.claim_s

    def announce(self, names: Names, output: str, sha256: str) -> None:
        """Note in the claim which file is about to be written, for stores whose files have no metadata."""
        record, before = self._held[names.record]
        record = replace(record, output=output, output_sha256=sha256)
        self._held[names.record] = record, before
        self.store.write(names.record, record.encode(), content_type="application/json")

    def end(self, names: Names, record: Record) -> None:
        """Write what became of the photo."""
        self.store.write(names.record, record.encode(), content_type="application/json")
        self._held.pop(names.record, None)

    def release(self, names: Names) -> None:
        """End a claim without an outcome: the record of before is written again."""
        self._release(names.record)

    def release_all(self) -> None:
        """End all claims of this process."""
        for address in list(self._held):
            self._release(address)

    def _release(self, address: str) -> None:
        if (held := self._held.pop(address, None)) is None:
            return
        claim, before = held
        record = before if before is not None and before.status != CLAIMED else replace(claim, status=RELEASED)
        self.store.write(address, record.encode(), content_type="application/json")

    def _read(self, address: str) -> Record | None:
        try:
            return Record.decode(self.store.read(address))
        except FileNotFoundError:
            return None

    def _write(
        self,
        photo: StoredPhoto,
        names: Names,
        before: Record | None,
        *,
        if_absent: bool = False,
        if_version: str | None = None,
    ) -> None:
        claim = Record(
            input=photo.address,
            status=CLAIMED,
            run=self.run,
            time=time.time(),
            output=None if before is None else before.output,
            output_sha256=None if before is None else before.output_sha256,
            mask=None if before is None else before.mask,
            mask_sha256=None if before is None else before.mask_sha256,
            node=self.node,
            actor=self.actor,
            token=secrets.token_hex(8),
        )
        self._held[names.record] = claim, before
        try:
            self.store.write(
                names.record,
                claim.encode(),
                content_type="application/json",
                if_absent=if_absent,
                if_version=if_version,
            )
        except FileExistsError:
            if (there := self._read(names.record)) is not None and there.token == claim.token:
                return  # it was written, but the answer was lost
            del self._held[names.record]
            raise
