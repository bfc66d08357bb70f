import os

import numpy as np
import pytest

from eraser.errors import PhotoWriteError
from eraser.photo import save_copy, save_mask


def no_links(source, target):
    raise OSError("this file system has no hard links")


@pytest.mark.parametrize("has_links", [True, False])
def test_a_name_that_is_taken_is_left_alone_on_any_file_system(tmp_path, monkeypatch, has_links):
    if not has_links:
        monkeypatch.setattr(os, "link", no_links)
    free, taken = tmp_path / "free.png", tmp_path / "taken.png"
    taken.write_bytes(b"theirs")

    save_mask(np.ones((2, 2), np.bool_), free, overwrite=False)
    with pytest.raises(FileExistsError):
        save_mask(np.ones((2, 2), np.bool_), taken, overwrite=False)

    assert free.read_bytes().startswith(b"\x89PNG")
    assert taken.read_bytes() == b"theirs"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["free.png", "taken.png"]


def test_a_copy_never_goes_onto_the_photo_itself(tmp_path):
    photo, link = tmp_path / "a.jpg", tmp_path / "b.jpg"
    photo.write_bytes(b"photo")
    link.symlink_to(photo)

    with pytest.raises(PhotoWriteError, match="itself"):
        save_copy(photo, link)

    assert photo.read_bytes() == b"photo"
    assert link.is_symlink()
