"""Results as exiftool and libvips see them: the table of formats, held by other programs than those that wrote it."""

import importlib.util
import shutil

import pytest

from tests.photo import format_table

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not (shutil.which("exiftool") and shutil.which("vips")), reason="needs exiftool and libvips"),
    pytest.mark.skipif(importlib.util.find_spec("jpeglib") is None, reason="the table is that with jpeglib"),
]


@pytest.mark.parametrize("kind", format_table.KINDS)
def test_a_result_is_what_the_table_of_formats_says(tmp_path, kind):
    if not format_table.can_be_written(kind):
        pytest.skip("no encoder for this format")

    assert format_table.measure(kind, tmp_path) == format_table.row_of_page(kind)
