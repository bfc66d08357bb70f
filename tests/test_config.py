from dataclasses import fields

import numpy as np
import pytest

from eraser.config import BatchConfig, EraseRequest, ModelConfig
from eraser.errors import EraserError, NobodyThereError


def config_of(**options):
    """The config that these options belong to."""
    loaded = options.keys() <= {field.name for field in fields(ModelConfig)}
    return (ModelConfig if loaded else EraseRequest)(**options)


@pytest.mark.parametrize(
    ("options", "expected", "said"),
    [
        ({"dilate_px": -1}, ValueError, "dilate_px must not be negative, got -1"),
        ({"feather_px": -3}, ValueError, "feather_px must not be negative, got -3"),
        ({"feather_px": 1.5}, TypeError, "feather_px must be a whole number"),
        ({"min_score": -0.1}, ValueError, "min_score must lie in"),
        ({"min_score": 1.01}, ValueError, "min_score must lie in"),
        ({"min_score": float("nan")}, ValueError, "min_score must lie in"),
        ({"min_score": "0.5"}, TypeError, "min_score must be a number"),
        ({"who": 2}, TypeError, "who must be a str"),
        ({"who": (2, 3)}, TypeError, "who must be a str"),
        ({"masker_timeout": 0}, ValueError, "masker_timeout must be a number of seconds above 0, got 0"),
        ({"masker_timeout": float("nan")}, ValueError, "masker_timeout must be a number of seconds"),
        ({"masker_options": (("box", 3),)}, TypeError, "masker_options must be .* pairs of str"),
        ({"inpainter_options": (("box",),)}, TypeError, "inpainter_options must be .* pairs of str"),
        ({"shadows": "on"}, ValueError, "shadows must be one of auto, off, got 'on'"),
        ({"device": "tpu"}, ValueError, "device must be one of auto, cpu, cuda, mps, got 'tpu'"),
    ],
)
def test_an_option_that_makes_no_sense_is_named(options, expected, said):
    with pytest.raises(expected, match=said):
        config_of(**options)


@pytest.mark.parametrize("min_score", [None, 0, 1, 0.5, np.float32(0.5)])
@pytest.mark.parametrize("width_px", [None, 0, 12, np.int64(12)])
def test_the_ends_of_a_range_and_numbers_of_numpy_are_taken(min_score, width_px):
    request = EraseRequest(dilate_px=width_px, feather_px=width_px)

    assert ModelConfig(min_score=min_score).min_score == min_score
    assert (request.dilate_px, request.feather_px) == (width_px, width_px)


def test_a_person_who_is_not_there_is_both_an_error_of_ours_and_a_value_error():
    assert issubclass(NobodyThereError, EraserError)
    assert issubclass(NobodyThereError, ValueError)


@pytest.mark.parametrize("name", ["workers", "limit"])
def test_a_batch_of_no_processes_or_photos_is_named(name):
    with pytest.raises(ValueError, match=f"{name} must be at least 1, got 0"):
        BatchConfig(**{name: 0})


def test_no_option_is_both_loaded_and_asked_of_a_photo():
    assert not {field.name for field in fields(ModelConfig)} & {field.name for field in fields(EraseRequest)}
