import subprocess
import sys

import numpy as np
import pytest

import eraser


def run(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)


def test_importing_the_package_loads_nothing_heavy():
    done = run(
        "import sys, eraser; eraser.__version__\n"
        "print({'torch', 'numpy', 'typer', 'cv2', 'PIL', 'numba', 'ultralytics', 'rich'} & set(sys.modules))"
    )

    assert done.stdout.strip() == "set()", done.stderr


def test_importing_erase_loads_neither_torch_nor_the_command_line():
    done = run(
        "import sys; from eraser import erase\nprint({'torch', 'typer', 'ultralytics', 'rich'} & set(sys.modules))"
    )

    assert done.stdout.strip() == "set()", done.stderr


def test_every_public_name_is_there_and_documented():
    for name in eraser.__all__:
        assert getattr(eraser, name).__doc__, name
    assert set(eraser._HOMES) == set(eraser.__all__)


def test_erase_is_the_function_of_two_lines():
    from eraser import erase

    photo, mask = np.zeros((8, 8, 3), np.uint8), np.eye(8, dtype=bool)

    assert erase(photo, mask=mask, inpainter="telea").hole.sum() == 8


def test_a_name_that_does_not_exist_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'eraser' has no attribute 'vanish'"):
        _ = eraser.vanish
