import numpy as np
import pytest

from eraser.errors import PhotoReadError
from eraser.training.people.pixels import load_bank


def pictures(*values):
    return lambda: [(np.full((2 + value, 3, 3), value, np.uint8), f"note {value}") for value in values]


def never():
    pytest.fail("the bank must come from its file")


def test_a_bank_of_its_file_is_the_bank_that_was_decoded(tmp_path):
    made = load_bank(tmp_path / "bank", ["a"], 3, pictures(1, 2))
    kept = load_bank(tmp_path / "bank", ["a"], 3, never)

    assert kept.notes == made.notes == ("note 1", "note 2")
    assert kept.made_of == made.made_of
    for bank in (made, kept):
        assert [(picture.shape, picture.min(), picture.max()) for picture in (bank[0], bank[1])] == [
            ((3, 3, 3), 1, 1),
            ((4, 3, 3), 2, 2),
        ]


def test_banks_of_other_inputs_differ_in_what_they_are_made_of(tmp_path):
    banks = [load_bank(tmp_path / "bank", [name], 3, pictures(1)) for name in "ab"]

    assert banks[0].made_of != banks[1].made_of


def killed(*_):
    raise KeyboardInterrupt


@pytest.mark.parametrize("at", ["json.dumps", "pathlib.Path.replace"])
def test_a_run_killed_while_it_writes_leaves_nothing_that_passes_for_the_old_bank(tmp_path, monkeypatch, at):
    load_bank(tmp_path / "bank", ["old"], 3, pictures(1))
    with monkeypatch.context() as patch:
        patch.setattr(at, killed)
        with pytest.raises(KeyboardInterrupt):
            load_bank(tmp_path / "bank", ["new"], 3, pictures(2))

    again = load_bank(tmp_path / "bank", ["old"], 3, pictures(1))

    assert again.notes == ("note 1",)
    assert (again[0] == 1).all()


def test_a_bank_of_nothing_is_an_error(tmp_path):
    with pytest.raises(PhotoReadError, match="nothing to train on"):
        load_bank(tmp_path / "bank", [], 3, pictures())
