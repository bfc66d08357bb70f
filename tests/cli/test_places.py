import os

import pytest
from PIL import Image


def test_an_output_with_a_photo_suffix_is_the_file(erase_me, make_photo, files):
    make_photo("a.jpg")

    assert erase_me("a.jpg", "-o", "b.png", "--save-mask")[1] == "b.png\n"

    assert files() == ["a.jpg", "b.mask.png", "b.png"]


@pytest.mark.parametrize("options", [(), ("--list",)])
def test_the_folder_of_an_output_file_is_made_if_missing(erase_me, make_photo, files, options):
    make_photo("a.jpg")

    code, _, _ = erase_me("a.jpg", "-o", "new/deep/b.png", *options)

    assert code == 0
    assert files() == ["a.jpg", "new/deep/b.png"]


@pytest.mark.parametrize("output", ["out", "out/", "new/deep/out", "out.v2/"])
def test_any_other_output_is_a_folder_made_if_missing(erase_me, make_photo, files, output):
    make_photo("a.jpg")

    code, out, _ = erase_me("a.jpg", "-o", output)

    folder = output.rstrip("/")
    assert (code, out) == (0, f"{folder}/a.erased.jpg\n")
    assert files() == sorted(["a.jpg", f"{folder}/a.erased.jpg"])


def test_a_folder_that_is_there_is_a_folder_whatever_it_is_called(erase_me, make_photo, home):
    make_photo("a.jpg")
    (home / "album.jpg").mkdir()

    assert erase_me("a.jpg", "-o", "album.jpg")[1] == "album.jpg/a.erased.jpg\n"


def test_the_tree_below_an_input_folder_is_kept(erase_me, make_photo, files):
    make_photo("in/a.jpg")
    make_photo("in/deep/er/a.jpg")
    make_photo("b.jpg")

    code, out, _ = erase_me("in", "b.jpg", "-o", "out")

    assert code == 0
    assert out.splitlines() == ["out/a.erased.jpg", "out/deep/er/a.erased.jpg", "out/b.erased.jpg"]
    assert len(files()) == 6


def test_from_a_folder_neither_results_nor_hidden_files_nor_the_mask_are_taken(erase_me, make_photo, files):
    make_photo("in/a.jpg")
    ignored = ["a.erased.jpg", "a.erased-2.jpg", "a.mask.png", "a.people.png", ".b.jpg", ".cache/c.jpg", "d.txt.png~"]
    for name in ignored:
        make_photo(f"in/{name}", format="PNG")
    with Image.open("in/a.jpg") as photo:
        hole = Image.new("L", photo.size)
    hole.paste(255, (10, 10, 30, 30))
    hole.save("in/hole.png")

    code, out, err = erase_me("in", "--mask", "in/hole.png", "-o", "out")

    assert (code, out, err) == (0, "out/a.erased.jpg\n", "")


def test_a_result_that_is_named_itself_is_taken(erase_me, make_photo):
    make_photo("a.erased.jpg")

    assert erase_me("a.erased.jpg")[1] == "a.erased.erased.jpg\n"


def test_a_photo_named_twice_is_erased_once(erase_me, make_photo):
    make_photo("in/a.jpg")

    assert erase_me("in/a.jpg", "in", "./in/../in/a.jpg")[1] == "in/a.erased.jpg\n"


@pytest.mark.parametrize("policy", ["suffix", "skip", "overwrite"])
def test_two_photos_of_a_run_never_become_one_file_and_the_next_run_agrees(erase_me, make_photo, files, policy):
    make_photo("in/a.jpg")
    make_photo("in/a.png", people=((10, 10, 30, 30),))
    options = ("in", "--format", "png", "--save-mask", "--on-conflict", policy)

    code, out, _ = erase_me(*options)
    assert (code, out.splitlines()) == (0, ["in/a.erased.png", "in/a.erased-2.png"])

    _, again, err = erase_me(*options)
    expected = {"suffix": ["in/a.erased-3.png", "in/a.erased-4.png"], "overwrite": out.splitlines(), "skip": []}
    assert again.splitlines() == expected[policy]
    assert err.count("skipped") == (2 if policy == "skip" else 0)
    assert len(files()) == (10 if policy == "suffix" else 6)


def test_skip_neither_decodes_the_photo_nor_runs_the_network(erase_me, make_photo, home):
    make_photo("a.jpg")
    erase_me("a.jpg")
    (home / "a.jpg").write_bytes(b"damaged since")

    code, out, err = erase_me("a.jpg", "--on-conflict", "skip", "--masker", "no-such-masker")

    assert (code, out) == (0, "")
    assert err == "a.jpg: skipped, a.erased.jpg is there already\n"


def test_overwrite_replaces_the_result(erase_me, make_photo, home, pixels):
    make_photo("a.jpg")
    (home / "a.erased.jpg").write_bytes(b"older")

    assert erase_me("a.jpg", "--on-conflict", "overwrite")[1] == "a.erased.jpg\n"

    assert pixels("a.erased.jpg").shape == (80, 128, 3)


@pytest.mark.parametrize("policy", ["suffix", "skip", "overwrite"])
@pytest.mark.parametrize("link", ["itself", "symlink", "hard link"])
def test_no_input_is_ever_written_to_however_it_is_named(erase_me, make_photo, home, policy, link):
    photo, other = make_photo("a.jpg"), make_photo("other.jpg")
    output = home / "b.jpg"
    if link == "itself":
        output = home / "folder" / ".." / "a.jpg"
        (home / "folder").mkdir()
    elif link == "symlink":
        output.symlink_to(photo)
    else:
        os.link(photo, output)
    before = photo.read_bytes(), other.read_bytes(), len(list(home.iterdir()))

    code, out, err = erase_me("a.jpg", "-o", output, "--on-conflict", policy)

    assert (code, out) == (3, "")
    assert "never overwritten" in err
    assert (photo.read_bytes(), other.read_bytes(), len(list(home.iterdir()))) == before


def test_a_photo_named_like_a_result_is_not_overwritten_by_it(erase_me, make_photo):
    make_photo("a.jpg")
    before = make_photo("a.erased.jpg").read_bytes()

    _, out, _ = erase_me("a.jpg", "a.erased.jpg", "--on-conflict", "overwrite")

    assert out.splitlines() == ["a.erased-2.jpg", "a.erased.erased.jpg"]
    assert make_photo("a.erased.jpg").read_bytes() == before
