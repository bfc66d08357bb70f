"""The objects that are written for a photo, and what happens if there is one under such a name already."""

from __future__ import annotations

import hashlib
import mimetypes
from dataclasses import dataclass, replace
from pathlib import Path

from eraser import __version__
from eraser.archive.claims import Claims, Ours
from eraser.archive.names import Names
from eraser.archive.photos import StoredPhoto
from eraser.batch.outcome import Outcome, Stored
from eraser.batch.process import Job
from eraser.batch.results import likely_suffix, with_file
from eraser.batch.settings import Settings
from eraser.config import OutputConfig
from eraser.errors import PhotoWriteError
from eraser.photo import Photo, encode_and_check, encode_format, encode_mask
from eraser.storage import Store, StoredFile

SOURCE = "erase-me-source"
"""The name of the metadata that says of which photo a result was made."""


class TakenError(PhotoWriteError):
    """Under the name of a result lies something that must not be replaced."""


@dataclass(slots=True)
class Results:
    """Writes the objects of photos."""

    store: Store
    config: OutputConfig
    settings: Settings
    claims: Claims

    def likely_conflict(self, photo: StoredPhoto, names: Names, claim: Ours) -> Outcome | None:
        """As ``conflict``, before the photo is fetched: most results have the suffix that its name promises.

        Raises:
            TakenError: As of ``conflict``.
        """
        return self._conflict(photo, names.result(likely_suffix(Path(photo.name), self.config)), claim)

    def conflict(self, photo: StoredPhoto, names: Names, decoded: Photo, claim: Ours) -> Outcome | None:
        """The outcome of a photo whose result is there already; None if the result may be written.

        Raises:
            TakenError: It may not be replaced.
        """
        return self._conflict(photo, names.result(encode_format(decoded, self.config.format)[1]), claim)

    def _conflict(self, photo: StoredPhoto, address: str, claim: Ours) -> Outcome | None:
        found = self.store.find(address)
        if found is None or self.config.on_conflict == "overwrite":
            return None
        if (self.claims.resume or claim.is_same_run) and self._is_ours(photo, found, claim):
            return None
        if self.config.on_conflict == "skip":
            stored = Stored(photo=photo.address, output=address)
            return Outcome(path=Path(photo.name), status="skipped", stored=stored)
        raise TakenError(
            f"{address} is there already: --resume goes on with what an earlier run began, --on-conflict skip leaves "
            f"it, --on-conflict overwrite replaces it"
        )

    def write(self, stored: Stored, names: Names, outcome: Outcome, job: Job, original: bytes) -> Outcome:
        """Write the mask, if it is wanted, and then the result.

        Args:
            stored: The photo.
            names: Of what is written.
            outcome: What became of the photo, without ``stored``.
            job: With its pixels.
            original: The photo's own bytes, for a copy.

        Returns:
            ``outcome`` with what was written.

        Raises:
            TakenError: Meanwhile another process has written something there.
            PhotoWriteError: It cannot be encoded, the store does not take it, or ``--verify`` finds it wrong.
        """
        if job.photo is None or job.result is None:
            raise ValueError("the photo is not done")
        config, decoded = self.config, job.photo
        name, suffix = encode_format(decoded, config.format)
        is_same = name == decoded.format and config.quality is None and not config.strip_metadata
        extra = job.result.extra(
            metadata=config.metadata, ai_label=config.ai_label, read_back=True, verify=config.verify
        )
        data, found = original, None
        if outcome.status != "copied" or not is_same or not original:
            data, found = encode_and_check(
                job.result.image, decoded, format=suffix, quality=config.quality, extra=extra
            )
        address, sha256 = names.result(suffix), hashlib.sha256(data).hexdigest()
        mask = names.mask if config.save_mask else None
        if mask is not None:
            self._send(stored.photo, mask, encode_mask(job.result.hole), "image/png", if_absent=False)
        is_free = self.store.find(address) is None
        if not self.store.keeps_metadata:
            self.claims.announce(names, address, sha256)
        self._send(stored.photo, address, data, mimetypes.guess_type(address)[0] or "image/jpeg", if_absent=is_free)
        if config.verify and hashlib.sha256(self.store.read(address)).hexdigest() != sha256:
            self.store.remove(address)
            raise PhotoWriteError(f"{address}: the store gave back other bytes than were sent; nothing was kept of it")
        stored = replace(stored, output=address, output_sha256=sha256, mask=mask)
        return with_file(replace(outcome, stored=stored), decoded, extra, suffix, found)

    def _send(self, photo: str, address: str, data: bytes, content_type: str, *, if_absent: bool) -> None:
        metadata = {SOURCE: photo, "erase-me-version": __version__, "erase-me-settings": self.settings.sha256}
        try:
            self.store.write(address, data, content_type=content_type, metadata=metadata, if_absent=if_absent)
        except FileExistsError as error:
            found = self.store.find(address)  # the answer to a first try may have been lost
            if found is None or found.metadata.get(SOURCE) != photo or found.size_bytes != len(data):
                raise TakenError(f"{address}: somebody else wrote it meanwhile") from error
        except OSError as error:
            raise PhotoWriteError(f"{address}: could not be sent ({error})") from error

    def _is_ours(self, photo: StoredPhoto, found: StoredFile, claim: Ours) -> bool:
        """Whether erase-me made what lies there of this photo, and nobody has changed it since."""
        if self.store.keeps_metadata:
            return found.metadata.get(SOURCE) == photo.address
        before = claim.before
        if before is None or before.output is None or not _same_name(before.output, found.address):
            return False
        return hashlib.sha256(self.store.read(found.address)).hexdigest() == before.output_sha256


def _same_name(one: str, other: str) -> bool:
    return one.rpartition("/")[2] == other.rpartition("/")[2]
