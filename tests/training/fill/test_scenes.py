import io
import tarfile

import numpy as np
import pytest
import torch
from PIL import Image

from eraser.errors import PhotoReadError
from eraser.training.decode import DecodedPhotos, decode_photos
from eraser.training.procedural import draw_pictures
from eraser.training.scenes import MAX_CROP_ASPECT, build_pool


def flat_photos(colours, sources, side_px=16):
    squares = np.stack([np.full((3, side_px, side_px), colour, np.uint8) for colour in colours])
    return DecodedPhotos(squares, np.full(len(colours), 1.5, np.float32), tuple(sources))


def pool_of(photos, drawn=None, **options):
    nothing = np.zeros((0, *photos.squares.shape[1:]), np.uint8)
    defaults = {"temper": 1.0, "source_weights": {}, "procedural_share": 0.0, "device": torch.device("cpu")}
    return build_pool(photos, nothing if drawn is None else drawn, **(defaults | options))


def share_of_bright(pool, count=600):
    pictures = pool.draw(count, 64, torch.Generator().manual_seed(0)).pictures
    return float((pictures.mean(dim=(1, 2, 3)) > 0).float().mean())


def test_crops_are_squares_in_range_with_aspect_ratios_in_range():
    pool = pool_of(flat_photos([10, 250], ["a", "a"]))

    scenes = pool.draw(50, 64, torch.Generator().manual_seed(1))

    assert scenes.pictures.shape == (50, 3, 64, 64)
    assert scenes.pictures.abs().max() <= 1
    assert scenes.aspects.min() >= 1 / MAX_CROP_ASPECT
    assert scenes.aspects.max() <= MAX_CROP_ASPECT
    assert scenes.aspects.std() > 0.1


def test_a_crop_shows_a_part_of_the_photo_the_right_way_up():
    ramp = np.broadcast_to(np.linspace(0, 255, 96, dtype=np.uint8)[None, :, None], (3, 96, 96))
    photos = DecodedPhotos(ramp[None].copy(), np.ones(1, np.float32), ("a",))

    pictures = pool_of(photos).draw(20, 64, torch.Generator().manual_seed(0)).pictures

    rows = pictures.mean(dim=(1, 3))
    assert (rows[:, -8] > rows[:, 8]).all()


def test_small_sources_count_for_more_with_a_lower_temper():
    photos = flat_photos([0] * 30 + [255], ["many"] * 30 + ["few"])

    assert share_of_bright(pool_of(photos, temper=1.0)) == pytest.approx(1 / 31, abs=0.03)
    assert share_of_bright(pool_of(photos, temper=0.0)) == pytest.approx(0.5, abs=0.06)


def test_a_source_of_weight_0_is_left_out_and_an_unknown_one_is_an_error():
    photos = flat_photos([0, 255], ["dark", "bright"])

    assert share_of_bright(pool_of(photos, source_weights={"bright": 0.0})) == 0
    with pytest.raises(PhotoReadError, match="sources are bright, dark"):
        pool_of(photos, source_weights={"brigth": 1.0})
    with pytest.raises(PhotoReadError, match="no photo"):
        pool_of(photos, source_weights={"bright": 0.0, "dark": 0.0})


def test_drawn_pictures_take_their_share():
    photos = flat_photos([0] * 10, ["a"] * 10)

    pool = pool_of(photos, np.full((3, 3, 16, 16), 255, np.uint8), procedural_share=0.25)

    assert share_of_bright(pool) == pytest.approx(0.25, abs=0.05)


def test_drawn_pictures_differ_from_each_other_but_not_from_run_to_run():
    first, again = draw_pictures(12, 32, seed=5), draw_pictures(12, 32, seed=5)

    assert first.shape == (12, 3, 32, 32)
    assert np.array_equal(first, again)
    assert len(np.unique(first.reshape(12, -1), axis=0)) == 12
    assert (first.std(axis=(1, 2, 3)) > 1).all()


def encoded(colour, size_wh=(40, 20)):
    stream = io.BytesIO()
    Image.new("RGB", size_wh, colour).save(stream, "PNG")
    return stream.getvalue()


def test_photos_are_read_from_folders_and_archives_with_their_sources(tmp_path):
    photos = tmp_path / "photos" / "beach"
    photos.mkdir(parents=True)
    (photos / "a.png").write_bytes(encoded((255, 0, 0)))
    (photos / "broken.jpg").write_bytes(b"no photo")
    with tarfile.open(tmp_path / "photos" / "more.tar", "w") as archive:
        member = tarfile.TarInfo("park/b.png")
        data = encoded((0, 0, 255), (20, 40))
        member.size = len(data)
        archive.addfile(member, io.BytesIO(data))

    decoded = decode_photos([tmp_path / "photos"], tmp_path / "cache", 16)

    assert decoded.sources == ("beach", "park")
    assert decoded.aspects.tolist() == [2.0, 0.5]
    assert decoded.squares[:, :, 0, 0].tolist() == [[255, 0, 0], [0, 0, 255]]


def test_photos_are_decoded_again_only_when_they_change(tmp_path):
    photo = tmp_path / "photos" / "a.png"
    photo.parent.mkdir()
    photo.write_bytes(encoded((255, 0, 0)))
    decode_photos([photo.parent], tmp_path / "cache", 8)
    kept = {path: path.stat().st_mtime_ns for path in (tmp_path / "cache").iterdir()}

    decode_photos([photo.parent], tmp_path / "cache", 8)
    assert kept == {path: path.stat().st_mtime_ns for path in (tmp_path / "cache").iterdir()}

    photo.write_bytes(encoded((0, 255, 0), (41, 20)))
    assert decode_photos([photo.parent], tmp_path / "cache", 8).squares[0, :, 0, 0].tolist() == [0, 255, 0]


def test_of_a_labelled_data_set_only_photos_known_to_be_empty_are_taken(tmp_path):
    for folder in ("images", "labels"):
        (tmp_path / folder).mkdir()
    for name, colour in (("empty", 0), ("person", 100), ("unknown", 200)):
        (tmp_path / "images" / f"{name}.png").write_bytes(encoded((colour, colour, colour)))
    (tmp_path / "labels" / "empty.txt").write_text("")
    (tmp_path / "labels" / "person.txt").write_text("0 0.1 0.1 0.9 0.1 0.9 0.9")

    decoded = decode_photos([tmp_path / "images"], tmp_path / "cache", 8)

    assert decoded.squares[:, 0, 0, 0].tolist() == [0]


def test_a_missing_folder_and_one_without_photos_are_errors(tmp_path):
    with pytest.raises(PhotoReadError, match="does not exist"):
        decode_photos([tmp_path / "nowhere"], tmp_path / "cache", 8)
    with pytest.raises(PhotoReadError, match="no readable photo"):
        decode_photos([tmp_path], tmp_path / "cache", 8)


def test_a_broken_photo_and_one_too_large_to_open_are_skipped(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 200)
    (tmp_path / "broken.jpg").write_bytes(b"no photo")
    for name, side in (("large", 30), ("small", 12)):
        Image.new("RGB", (side, side), "red").save(tmp_path / f"{name}.png")

    photos = decode_photos([tmp_path], tmp_path / "cache", 8)

    assert len(photos.squares) == 1
    skipped = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert len(skipped) == 2
    assert all(any(name in message for message in skipped) for name in ("broken.jpg", "large.png"))
