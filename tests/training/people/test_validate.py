import numpy as np
import pytest
from PIL import ExifTags, Image

from eraser.errors import PhotoReadError
from eraser.geometry import Box, Person
from eraser.training.people.photos import load_people
from eraser.training.people.validate import Figures, LabelledPhoto, load_labelled, measure

IMAGE = np.zeros((100, 100, 3), np.uint8)


def person_at(rows, columns):
    mask = np.zeros((100, 100), bool)
    mask[slice(*rows), slice(*columns)] = True
    return mask


LARGE, SMALL = person_at((10, 60), (10, 40)), person_at((80, 85), (80, 85))


def finds(*masks):
    return lambda image: [Person.from_mask(mask) for mask in masks]


def test_a_masker_that_sees_what_is_there_has_the_best_figures():
    figures = measure(finds(LARGE, SMALL), [LabelledPhoto(IMAGE, (LARGE, SMALL))])

    assert figures == Figures(recall=1.0, mean_iou=1.0, on_nobody=0, covered=1.0, false_alarms=0.0)


def test_a_masker_that_sees_nobody_finds_and_covers_nothing():
    figures = measure(finds(), [LabelledPhoto(IMAGE, (LARGE,)), LabelledPhoto(IMAGE, ())])

    assert figures == Figures(recall=0.0, mean_iou=0.0, on_nobody=0, covered=0.0, false_alarms=0.0)


def test_half_a_person_is_no_find_but_covers_half():
    figures = measure(finds(person_at((10, 34), (10, 40))), [LabelledPhoto(IMAGE, (LARGE,))])

    assert figures.recall == 0
    assert 0.48 < figures.covered < 0.56
    assert figures.on_nobody == 0


def test_small_people_count_for_covering_but_not_for_recall():
    figures = measure(finds(LARGE), [LabelledPhoto(IMAGE, (LARGE, SMALL))])

    assert figures.recall == 1
    assert figures.covered == pytest.approx(LARGE.sum() / (LARGE.sum() + SMALL.sum()))


def test_finds_where_nobody_is_are_counted_on_photos_with_and_without_people():
    photos = [LabelledPhoto(IMAGE, (LARGE,)), LabelledPhoto(IMAGE, ())]

    figures = measure(finds(LARGE, person_at((70, 90), (70, 90))), photos)

    assert figures.on_nobody == 1
    assert type(figures.on_nobody) is int  # a checkpoint holds plain values only
    assert figures.false_alarms == 1
    assert figures.score < measure(finds(LARGE), photos[:1]).score


def test_labelled_photos_are_read_at_full_size(data):
    photos = load_labelled([data / "people"])

    assert [len(photo.people) for photo in photos] == [1, 0, 1]  # hall_1, hall_2, town_1
    assert photos[0].image.shape == (100, 80, 3)
    assert photos[0].people[0].mean() == pytest.approx(0.3 * 0.85, abs=0.02)


def test_labelled_photos_are_turned_as_in_training(tmp_path):
    for kind in ("images", "labels"):
        (tmp_path / kind).mkdir()
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    Image.new("RGB", (100, 60)).save(tmp_path / "images" / "a_1.jpg", exif=exif)
    (tmp_path / "labels" / "a_1.txt").write_text("0 0 0 1 0 1 .25 0 .25\n16 0 .5 1 .5 1 1 0 1\n")

    (photo,) = load_labelled([tmp_path])

    assert photo.image.shape == load_people([tmp_path], None, tmp_path / "cache", 100).bank[0].shape == (100, 60, 3)
    assert Box.of_mask(photo.people[0]) == (0, 0, 60, 26)
    assert len(photo.people) == 1


def test_a_validation_folder_of_another_form_is_an_error(tmp_path):
    with pytest.raises(PhotoReadError, match="images and labels"):
        load_labelled([tmp_path])
