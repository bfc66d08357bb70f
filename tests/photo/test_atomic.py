"""Nothing is overwritten by half a file, and the photo itself by nothing."""

import os
import sys

import numpy as np
import pytest
from PIL import Image

from eraser.errors import PhotoWriteError
from eraser.photo import Photo, load, save, save_mask

PIXELS = np.full((8, 6, 3), 50, np.uint8)


def names(folder):
    return [path.name for path in folder.iterdir()]


def test_an_encoder_that_fails_halfway_leaves_what_was_there(tmp_path, monkeypatch):
    target = tmp_path / "a.png"
    target.write_bytes(b"an earlier result")

    def fail(_image, file, **_options):
        file.write(b"half a picture")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Image.Image, "save", fail)
    with pytest.raises(PhotoWriteError, match=r"a\.png: could not be written \(No space left on device\)"):
        save(PIXELS, target, Photo(image=PIXELS))
    with pytest.raises(PhotoWriteError):
        save_mask(PIXELS[..., 0] > 0, target)

    assert target.read_bytes() == b"an earlier result"
    assert names(tmp_path) == ["a.png"]


@pytest.mark.skipif(sys.platform == "win32", reason="there no process can be kept from writing large files")
@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".tif", ".bmp"])
@pytest.mark.parametrize("missing_bytes", [1, 700])
def test_a_disk_that_takes_all_but_the_end_gets_no_result(tmp_path, suffix, missing_bytes):
    import resource  # not on Windows

    noise = np.random.default_rng(0).integers(0, 256, (60, 80, 3), np.uint8)
    save(noise, tmp_path / f"whole{suffix}", Photo(image=noise))
    size_bytes = (tmp_path / f"whole{suffix}").stat().st_size
    before = resource.getrlimit(resource.RLIMIT_FSIZE)

    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes - missing_bytes, before[1]))
    try:
        with pytest.raises(PhotoWriteError, match="File too large"):
            save(noise, tmp_path / f"cut{suffix}", Photo(image=noise))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)

    assert names(tmp_path) == [f"whole{suffix}"]


def test_an_interruption_leaves_nothing_and_is_passed_on(tmp_path, monkeypatch):
    def interrupt(_image, _file, **_options):
        raise KeyboardInterrupt

    monkeypatch.setattr(Image.Image, "save", interrupt)
    with pytest.raises(KeyboardInterrupt):
        save(PIXELS, tmp_path / "a.png", Photo(image=PIXELS))

    assert names(tmp_path) == []


def test_the_photo_itself_is_never_overwritten(tmp_path):
    path = tmp_path / "a.png"
    Image.fromarray(PIXELS).save(path)
    before = path.read_bytes()
    photo = load(path)
    (tmp_path / "link.png").symlink_to(path)

    for target in (path, tmp_path / "link.png", tmp_path / ".." / tmp_path.name / "a.png"):
        with pytest.raises(PhotoWriteError, match="the photo itself"):
            save(PIXELS + np.uint8(1), target, photo)

    assert path.read_bytes() == before


def test_an_earlier_result_is_replaced(tmp_path):
    source = Photo(image=PIXELS)

    save(PIXELS, tmp_path / "a.png", source)
    save(PIXELS + np.uint8(1), tmp_path / "a.png", source)

    assert load(tmp_path / "a.png").image.max() == 51
    assert names(tmp_path) == ["a.png"]


@pytest.mark.skipif(os.name == "nt", reason="needs file modes")
def test_the_mode_is_that_of_any_new_file(tmp_path):
    before = os.umask(0o027)
    try:
        save(PIXELS, tmp_path / "a.png", Photo(image=PIXELS))
    finally:
        os.umask(before)

    assert (tmp_path / "a.png").stat().st_mode & 0o777 == 0o640


def test_what_a_target_cannot_be_is_said_before_anything_is_written(tmp_path):
    source = Photo(image=np.zeros((1, 20_000, 3), np.uint8))

    for name, reason in [
        ("a.gif", r"no format is called \.gif"),
        ("a", "no format is called nothing"),
        ("a.webp", "at most 16383 pixels"),
        ("none/a.png", "there is no folder"),
    ]:
        with pytest.raises(PhotoWriteError, match=reason):
            save(source.image, tmp_path / name, source)
    with pytest.raises(ValueError, match="its photo"):
        save(PIXELS, tmp_path / "a.png", source)

    assert names(tmp_path) == []


def test_a_folder_in_the_way_is_an_error(tmp_path):
    (tmp_path / "a.png").mkdir()

    with pytest.raises(PhotoWriteError, match="could not be written"):
        save(PIXELS, tmp_path / "a.png", Photo(image=PIXELS))

    assert names(tmp_path) == ["a.png"]
