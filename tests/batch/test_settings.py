import json
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from eraser.batch import MaskFile, settings_of
from eraser.config import OUTPUT_DEFAULTS, EraseRequest, ModelConfig, OutputConfig

CHANGED = {
    "who": "main", "at": ((1, 2),), "masker": "other", "masker_options": (("a", "b"),), "inpainter": "telea",
    "inpainter_options": (("a", "b"),), "min_score": 0.5, "dilate_px": 5, "feather_px": 5, "add_mask": True,
    "with_belongings": False, "fast": True, "second_look": False, "shadows": "off", "keep": ("me",), "unsure": "go",
}  # fmt: skip
LEFT_OUT = {"offline", "device", "trust_pickle", "masker_timeout"}
BY_CONTENT = {"people_weights", "fill_weights"}


def settings(results=OUTPUT_DEFAULTS, *, plugins=(), mask=None, **options):
    """The settings of a run with these options."""
    loaded = {field.name for field in fields(ModelConfig)}
    config = ModelConfig(**{name: value for name, value in options.items() if name in loaded})
    request = EraseRequest(**{name: value for name, value in options.items() if name not in loaded})
    return settings_of(config, request, results, plugins=plugins, mask=None if mask is None else MaskFile(mask))


@pytest.mark.parametrize("name", sorted(CHANGED))
def test_settings_differ_when_an_option_does(name):
    assert settings(**{name: CHANGED[name]}) != settings()


@pytest.mark.parametrize("change", [{"device": "cpu"}, {"trust_pickle": True}, {"masker_timeout": 5.0}])
def test_settings_are_the_same_where_results_are(change):
    assert settings(**change).sha256 == settings().sha256


def test_every_option_of_erasing_is_part_of_them_or_left_out_on_purpose():
    options = {field.name for config in (ModelConfig, EraseRequest) for field in fields(config)}

    assert options == CHANGED.keys() | LEFT_OUT | BY_CONTENT


def test_an_option_that_a_new_version_brings_makes_nothing_stale():
    defaults = json.loads(settings().text)

    assert defaults.keys() & {
        field.name for config in (ModelConfig, EraseRequest, OutputConfig) for field in fields(config)
    } == {
        "people_weights",  # by content
        "fill_weights",
    }


def test_where_results_go_and_what_was_there_is_no_part_of_them():
    config = OutputConfig(quality=80)

    elsewhere = replace(config, output=Path("elsewhere"), on_conflict="skip")

    assert settings(config) == settings(elsewhere)
    assert settings(config) != settings(replace(config, quality=90))


def test_a_drop_in_masker_and_a_mask_count_by_their_content(tmp_path):
    (tmp_path / "mine.py").write_text("def load_masker(context): ...")
    mask = tmp_path / "mask.png"
    Image.fromarray(np.zeros((4, 4), np.uint8)).save(mask)

    def digest():
        return settings(masker="mine", add_mask=True, plugins=(tmp_path,), mask=mask).sha256

    seen = {digest()}
    (tmp_path / "mine.py").write_text("def load_masker(context): 1")
    seen.add(digest())
    Image.fromarray(np.ones((4, 4), np.uint8)).save(mask)
    seen.add(digest())

    assert len(seen) == 3


def test_weights_count_by_their_content(tmp_path):
    weights = tmp_path / "mine.safetensors"
    weights.write_bytes(b"some")
    one = settings(people_weights=str(weights))
    moved = weights.rename(tmp_path / "moved.safetensors")

    assert settings(people_weights=str(moved)) == one
    moved.write_bytes(b"other")
    assert settings(people_weights=str(moved)) != one


def test_a_face_that_is_learnt_makes_results_stale_where_somebody_is_named_and_no_name_is_written_down(
    tmp_path, monkeypatch
):
    from eraser.faces.store import FaceStore, write_store

    monkeypatch.setenv("ERASER_FACES", str(tmp_path / "faces.json"))
    store = FaceStore("dlib", "ab" * 32, {"zelda": ((0.1, 0.2),)})
    write_store(store)
    before, without = settings(who="zelda"), settings(who="2")

    write_store(store.with_faces("zelda", ((0.3, 0.4),), "dlib", "ab" * 32))

    assert settings(who="zelda") != before
    assert settings(who="2") == without
    assert settings(keep=("zelda",)) != settings(who="zelda")
    assert "zelda" not in before.text + settings(keep=("zelda",)).text
