import hashlib
import tomllib

import pytest

from eraser.errors import WeightsError
from eraser.system.paths import shipped_weights_dir, weights_dir
from eraser.weights import WeightsEntry, read_manifest, register
from eraser.weights.manifest import parse_sha256

HASH_A, HASH_B = "a" * 64, "b" * 64


@pytest.fixture(autouse=True)
def folders(tmp_path, monkeypatch):
    """A shipped manifest with a pinned and an unpinned name, and an empty folder of the person's."""
    shipped = tmp_path / "checkout" / "weights"
    shipped.mkdir(parents=True)
    (shipped / "manifest.toml").write_text(
        f'[people]\nkind = "people"\nfile = "people.safetensors"\nsha256 = "{HASH_A}"\nlicence = "MIT"\nsource = "us"\n'
        '[small]\nkind = "people"\nfile = "small.pt"\nurl = "https://example.org/small.pt"\nlicence = "MIT"\n'
        'source = "them"\n'
    )
    monkeypatch.setattr("eraser.system.paths._CHECKOUT", tmp_path / "checkout")
    monkeypatch.setenv("ERASER_WEIGHTS", str(tmp_path / "own"))


def entry(name, **changes):
    fields = {"kind": "people", "file": f"{name}.pt", "licence": "MIT", "source": "them"}
    return WeightsEntry(name=name, **(fields | changes))


def write_own(text):
    weights_dir().mkdir(parents=True, exist_ok=True)
    (weights_dir() / "manifest.toml").write_text(text)


def test_an_own_entry_pins_a_name_that_the_project_left_unpinned():
    register(entry("small", sha256=HASH_B))

    assert read_manifest()["small"].sha256 == HASH_B
    assert list(read_manifest()) == ["people", "small"]


def test_an_own_manifest_cannot_loosen_weights_that_come_with_the_project():
    write_own(f'[people]\nkind="people"\nfile="evil.pt"\nsha256="{HASH_B}"\nlicence="x"\nsource="x"\n')

    assert read_manifest()["people"].sha256 == HASH_A


@pytest.mark.parametrize("bad", [entry("people", sha256=HASH_B), entry("small", kind="fill")])
def test_a_name_of_the_project_cannot_be_taken_for_something_else(bad):
    with pytest.raises(WeightsError, match="choose another name"):
        register(bad)
    assert not (weights_dir() / "manifest.toml").exists()


def test_registered_entries_come_back_as_they_were_written():
    odd = entry("x.1", note='a "quoted" \\ back\tslash\x7f é 🙂\nline', url="http://example.org/x.pt")
    register(odd)
    register(entry("y", kind="fill", file="y.safetensors", sha256=HASH_A))

    assert read_manifest()["x.1"] == odd
    assert read_manifest()["y"].sha256 == HASH_A
    assert [path.name for path in weights_dir().iterdir()] == ["manifest.toml"]


def test_a_manifest_that_cannot_be_written_is_reported_in_one_line(tmp_path):
    (tmp_path / "own").write_text("a file where the folder should be")

    with pytest.raises(WeightsError, match="cannot write the manifest"):
        register(entry("y"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[y", "cannot be read"),
        ('[y]\nkind="people"\nfile="y.pt"\nlicence="x"\nsource="x"\nsha265="abc"', "unknown field sha265"),
        ('[y]\nkind="people"\nfile="y.pt"', "lacks licence, source"),
        ('[y]\nkind="shadows"\nfile="y.pt"\nlicence="x"\nsource="x"', "kind is 'shadows'"),
        ('[y]\nkind="people"\nfile="../y.pt"\nlicence="x"\nsource="x"', "bare file name"),
        ('[y]\nkind="people"\nfile="manifest.toml"\nlicence="x"\nsource="x"', "bare file name"),
        ('["y.pt"]\nkind="people"\nfile="y.pt"\nlicence="x"\nsource="x"', "no name for weights"),
        ('[y]\nkind="people"\nfile="y.pt"\nurl="file:///etc/passwd"\nlicence="x"\nsource="x"', "https://"),
        ('[y]\nkind="people"\nfile="y.pt"\nsha256="ABC"\nlicence="x"\nsource="x"', "64 lower-case hex"),
        ("y = 3", "table of strings"),
        ("[y]\nkind = 3", "table of strings"),
    ],
)
def test_a_malformed_manifest_names_its_file_and_the_mistake(text, message):
    write_own(text)

    with pytest.raises(WeightsError, match=message) as caught:
        read_manifest()

    assert str(weights_dir() / "manifest.toml") in str(caught.value)


def test_a_sha256_is_understood_as_people_paste_it():
    assert parse_sha256(f" sha256:{HASH_A.upper()}\n") == HASH_A
    with pytest.raises(WeightsError, match="12 characters"):
        parse_sha256("abcdef123456")


class TestShippedManifest:
    @pytest.fixture(autouse=True)
    def folders(self, tmp_path, monkeypatch):
        monkeypatch.setenv("ERASER_WEIGHTS", str(tmp_path))

    def test_every_shipped_file_is_pinned_to_what_it_is(self):
        files = [path for path in shipped_weights_dir().iterdir() if path.suffix == ".safetensors"]
        pins = {entry.file: entry.sha256 for entry in read_manifest().values()}

        assert {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}.items() <= pins.items()
        assert "people.safetensors" in {path.name for path in files}

    def test_every_name_says_licence_and_source_and_how_to_get_it(self):
        manifest = read_manifest()

        assert {"people", "yolo11n-seg", "yolo26m-seg", "celebahq", "dtd", "facade", "places2"} <= manifest.keys()
        for known in manifest.values():
            assert known.licence
            assert known.source
            assert known.url or known.note
            assert known.url is None or known.url.endswith(f"/{known.file}")

    def test_the_readme_explains_every_field(self):
        text = (shipped_weights_dir() / "README.md").read_text()
        tables = tomllib.loads((shipped_weights_dir() / "manifest.toml").read_text())

        assert all(f"`{field}`" in text for table in tables.values() for field in table)


def test_an_own_manifest_overrules_the_pin_of_weights_that_are_fetched():
    shipped = shipped_weights_dir() / "manifest.toml"
    shipped.write_text(shipped.read_text() + f'sha256 = "{HASH_A}"\n')
    assert read_manifest()["small"].sha256 == HASH_A

    register(entry("small", sha256=HASH_B, url="https://example.org/small.pt"))

    assert read_manifest()["small"].sha256 == HASH_B


@pytest.mark.parametrize("size", ['"12"', "1.5", "true", "0"])
def test_a_size_is_a_whole_number_of_bytes(size):
    write_own(f'[y]\nkind="people"\nfile="y.pt"\nsize_bytes={size}\nlicence="x"\nsource="x"\n')

    with pytest.raises(WeightsError, match="size_bytes"):
        read_manifest()


def test_every_address_of_the_project_is_pinned_by_sha256_and_size_and_says_why(monkeypatch):
    monkeypatch.undo()

    fetched = [entry for entry in read_manifest().values() if entry.url]

    assert len(fetched) > 10
    for known in fetched:
        assert known.url.startswith("https://")
        assert known.url.endswith(known.file)
        assert known.sha256
        assert known.size_bytes
        assert known.pin
