import json
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from eraser.batch import settings_of
from eraser.config import EraseConfig, OutputConfig

CHANGED = {
    "who": "main", "at": ((1, 2),), "masker": "other", "masker_options": (("a", "b"),), "inpainter": "telea",
    "inpainter_options": (("a", "b"),), "min_score": 0.5, "dilate_px": 5, "feather_px": 5, "add_mask": True,
    "with_belongings": False, "fast": True, "second_look": False, "shadows": "off",
}  # fmt: skip
LEFT_OUT = {"device", "trust_pickle", "masker_timeout"}
BY_CONTENT = {"people_weights", "fill_weights"}


@pytest.mark.parametrize("name", sorted(CHANGED))
def test_settings_differ_when_an_option_does(name):
    assert settings_of(EraseConfig(**{name: CHANGED[name]}), OutputConfig()) != settings_of(
        EraseConfig(), OutputConfig()
    )


@pytest.mark.parametrize("change", [{"device": "cpu"}, {"trust_pickle": True}, {"masker_timeout": 5.0}])
def test_settings_are_the_same_where_results_are(change):
    assert (
        settings_of(EraseConfig(**change), OutputConfig()).sha256 == settings_of(EraseConfig(), OutputConfig()).sha256
    )


def test_every_option_of_erasing_is_part_of_them_or_left_out_on_purpose():
    assert {field.name for field in fields(EraseConfig)} == CHANGED.keys() | LEFT_OUT | BY_CONTENT


def test_an_option_that_a_new_version_brings_makes_nothing_stale():
    defaults = json.loads(settings_of(EraseConfig(), OutputConfig()).text)

    assert defaults.keys() & {field.name for config in (EraseConfig, OutputConfig) for field in fields(config)} == {
        "people_weights",  # by content
        "fill_weights",
    }


def test_where_results_go_and_what_was_there_is_no_part_of_them():
    config = OutputConfig(quality=80)

    elsewhere = replace(config, output=Path("elsewhere"), on_conflict="skip")

    assert settings_of(EraseConfig(), config) == settings_of(EraseConfig(), elsewhere)
    assert settings_of(EraseConfig(), config) != settings_of(EraseConfig(), replace(config, quality=90))


def test_a_drop_in_masker_and_a_mask_count_by_their_content(tmp_path):
    (tmp_path / "mine.py").write_text("def load_masker(context): ...")
    mask = tmp_path / "mask.png"
    Image.fromarray(np.zeros((4, 4), np.uint8)).save(mask)

    def settings():
        masker = EraseConfig(masker="mine", add_mask=True)
        return settings_of(masker, OutputConfig(), plugins=(tmp_path,), mask=mask).sha256

    seen = {settings()}
    (tmp_path / "mine.py").write_text("def load_masker(context): 1")
    seen.add(settings())
    Image.fromarray(np.ones((4, 4), np.uint8)).save(mask)
    seen.add(settings())

    assert len(seen) == 3


def test_weights_count_by_their_content(tmp_path):
    weights = tmp_path / "mine.safetensors"
    weights.write_bytes(b"some")
    one = settings_of(EraseConfig(people_weights=str(weights)), OutputConfig())
    moved = weights.rename(tmp_path / "moved.safetensors")

    assert settings_of(EraseConfig(people_weights=str(moved)), OutputConfig()) == one
    moved.write_bytes(b"other")
    assert settings_of(EraseConfig(people_weights=str(moved)), OutputConfig()) != one
