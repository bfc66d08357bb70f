import io
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image

from eraser import api, engine, erase, load
from eraser.config import EraseRequest, ModelConfig
from eraser.errors import PhotoReadError, PhotoWriteError
from eraser.photo import opening

PHOTO = np.full((40, 60, 3), (90, 120, 30), np.uint8)
PHOTO[:, 30:] = 200
MASK = np.zeros((40, 60), np.bool_)
MASK[10:20, 10:20] = True


@pytest.fixture(autouse=True)
def fresh():
    """Nothing loaded by another test."""
    engine.shared_engine.cache_clear()


def test_an_array_a_path_and_a_picture_give_the_same_result(tmp_path):
    path = tmp_path / "photo.png"
    Image.fromarray(PHOTO).save(path)

    results = [erase(photo, mask=MASK, inpainter="telea") for photo in (PHOTO, path, str(path), Image.open(path))]

    for result in results:
        np.testing.assert_array_equal(result.image, results[0].image)
        np.testing.assert_array_equal(result.hole, MASK)
    np.testing.assert_array_equal(results[0].image[~MASK], PHOTO[~MASK])


def test_files_and_pictures_are_turned_upright(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned a quarter to the right
    path = tmp_path / "photo.png"
    Image.fromarray(np.rot90(PHOTO)).save(path, exif=exif)

    for photo in (path, Image.open(path)):
        np.testing.assert_array_equal(erase(photo, mask=~MASK & MASK, inpainter="telea").image, PHOTO)


def test_networks_are_kept_for_the_next_call_with_the_same_options():
    erase(PHOTO, mask=MASK, inpainter="telea")
    erase(PHOTO, mask=MASK, inpainter="telea")
    erase(PHOTO, mask=MASK, inpainter="navier-stokes")

    info = engine.shared_engine.cache_info()
    assert (info.hits, info.misses) == (1, 2)


def test_pixels_may_come_as_a_list(tmp_path, monkeypatch):
    (tmp_path / "hats.py").write_text(
        "import numpy as np\nfrom eraser import Person\n"
        "def load_masker(context):\n"
        "    return lambda image: [Person((x, 2, x + 9, 9), np.ones((7, 9), np.bool_)) for x in (2, 30)]\n"
    )
    monkeypatch.setenv("ERASER_PLUGINS", str(tmp_path))

    result = erase(PHOTO, masker="hats", inpainter="telea", device="cpu", at=[[33, 4]])

    assert len(result.gone) == 1
    assert result.people[result.gone[0] - 1].box.x0 == 30


def test_an_option_that_does_not_exist_is_an_error():
    with pytest.raises(TypeError, match="whom"):
        erase(PHOTO, whom="all")


@pytest.mark.parametrize("wrong", [PHOTO / 255, PHOTO[..., 0], np.zeros((0, 4, 3), np.uint8)])
def test_an_array_that_is_no_photo_is_an_error(wrong):
    with pytest.raises((TypeError, ValueError), match="image must"):
        erase(wrong, mask=MASK, inpainter="telea")


def test_a_file_that_is_no_photo_is_an_error(tmp_path):
    (tmp_path / "photo.jpg").write_text("not a photo")

    with pytest.raises(PhotoReadError):
        erase(tmp_path / "photo.jpg")


def test_options_of_a_plugin_may_be_a_mapping_of_python_values(tmp_path, monkeypatch):
    (tmp_path / "box.py").write_text(
        "from dataclasses import dataclass\nimport numpy as np\nfrom eraser import MaskerContext, Person\n"
        "@dataclass(frozen=True)\nclass Options:\n    box: tuple[int, int, int, int] = (0, 0, 1, 1)\n"
        "def load_masker(context: MaskerContext[Options]):\n    def find(image):\n"
        "        mask = np.zeros(image.shape[:2], bool)\n        x0, y0, x1, y1 = context.options.box\n"
        "        mask[y0:y1, x0:x1] = True\n        return [Person.from_mask(mask)]\n    return find\n"
    )
    monkeypatch.setenv("ERASER_PLUGINS", str(tmp_path))

    result = erase(
        PHOTO, masker="box", masker_options={"box": (5, 6, 20, 30)}, inpainter="telea", device="cpu", dilate_px=0
    )

    assert [tuple(person.box) for person in result.people] == [(5, 6, 20, 30)]
    assert result.hole.sum() == 15 * 24


def test_calls_that_ask_for_other_people_share_one_masker(tmp_path, monkeypatch):
    loads = tmp_path / "loads.txt"
    (tmp_path / "counted.py").write_text(
        "import numpy as np\nfrom eraser import Person\n"
        "def load_masker(context):\n"
        f"    with open({str(loads)!r}, 'a') as file:\n        file.write('x')\n"
        "    return lambda image: [Person((x, 2, x + 9, 9), np.ones((7, 9), np.bool_)) for x in (2, 20, 40)]\n"
    )
    monkeypatch.setenv("ERASER_PLUGINS", str(tmp_path))

    gone = [
        len(erase(PHOTO, masker="counted", inpainter="telea", device="cpu", who=who, second_look=False).gone)
        for who in ("all", "main", "2,3", "all", "others", "main")
    ]

    assert gone == [3, 1, 2, 3, 2, 1]
    assert loads.read_text() == "x"


def test_the_options_are_the_fields_of_both_configs():
    fields = [*ModelConfig.__dataclass_fields__, *EraseRequest.__dataclass_fields__]

    assert list(api.EraseOptions.__annotations__) == fields


def jpeg(**saved):
    """The bytes of a small JPEG with EXIF data and a resolution."""
    exif = Image.Exif()
    exif[0x010F] = "Camera"
    file = io.BytesIO()
    Image.fromarray(PHOTO).save(file, "JPEG", exif=exif, dpi=(72, 72), **saved)
    return file.getvalue()


def test_bytes_go_in_and_bytes_of_the_same_kind_come_out():
    data = jpeg(quality=80)

    result = erase(data, mask=MASK, inpainter="telea")

    with Image.open(io.BytesIO(result.encode())) as written, Image.open(io.BytesIO(data)) as original:
        assert written.format == "JPEG"
        assert written.getexif()[0x010F] == "Camera"
        assert written.quantization == original.quantization
    assert result.encode("png").startswith(b"\x89PNG")


@pytest.mark.parametrize("kind", ["path", "bytes", "file", "photo"])
def test_a_file_is_the_same_photo_in_whatever_form_it_comes(tmp_path, kind):
    path = tmp_path / "photo.jpg"
    path.write_bytes(jpeg())
    given = {"path": path, "bytes": path.read_bytes(), "file": io.BytesIO(path.read_bytes()), "photo": load(path)}

    photo = erase(given[kind], mask=MASK, inpainter="telea").photo

    expected = load(path)
    np.testing.assert_array_equal(photo.image, expected.image)
    assert (photo.format, photo.exif, photo.dpi, photo.jpeg) == ("JPEG", expected.exif, expected.dpi, expected.jpeg)


def test_a_result_is_saved_as_its_photo_was_and_never_over_it(tmp_path):
    path = tmp_path / "photo.jpg"
    path.write_bytes(jpeg())
    result = erase(path, mask=MASK, inpainter="telea")

    result.save(tmp_path / "other.jpg")

    assert (tmp_path / "other.jpg").read_bytes() == result.encode()
    with pytest.raises(PhotoWriteError, match="never overwritten"):
        result.save(path)
    with pytest.raises(FileExistsError):
        result.save(tmp_path / "other.jpg", overwrite=False)


def test_an_array_comes_out_as_png():
    encoded = erase(PHOTO, mask=MASK, inpainter="telea").encode()

    assert Image.open(io.BytesIO(encoded)).format == "PNG"


def test_a_tiff_of_bytes_keeps_its_exif_data():
    file = io.BytesIO()
    exif = Image.Exif()
    exif[0x010F] = "Camera"
    Image.fromarray(PHOTO).save(file, "TIFF", exif=exif)

    encoded = erase(file.getvalue(), mask=MASK, inpainter="telea").encode()

    with Image.open(io.BytesIO(encoded)) as written:
        assert written.format == "TIFF"
        assert written.getexif()[0x010F] == "Camera"


def test_bytes_that_are_no_photo_are_an_error():
    with pytest.raises(PhotoReadError, match="the photo: not a photo"):
        load(b"not a photo")


def test_what_is_no_picture_at_all_is_a_type_error():
    with pytest.raises(TypeError, match="must be a path, bytes, a file, an image or an array, got int"):
        erase(7, mask=MASK)


def test_photos_are_decoded_side_by_side(tmp_path):
    """A reader in the middle of a photo does not keep another thread from reading one."""
    path = tmp_path / "photo.jpg"
    path.write_bytes(jpeg())

    with opening.open_image(path), ThreadPoolExecutor(1) as pool:
        assert pool.submit(load, path).result(timeout=30).size_wh == (60, 40)
