import contextlib
import sys

import pytest
from fake_publisher import BODY, SHA256

from eraser.errors import WeightsError, WeightsMismatchError, WeightsNotFoundError
from eraser.system.paths import weights_dir
from eraser.weights import WeightsEntry, fetch, fetch_file, find, read_manifest, register, report_fetches
from eraser.weights.fetch import _report_to_log


def add(url, sha256=SHA256):
    entry = {"kind": "people", "file": "m.pt", "licence": "MIT", "source": "a test"}
    register(WeightsEntry(name="m", url=url, sha256=sha256, **entry))


@pytest.fixture
def shipped(monkeypatch, tmp_path):
    """Puts ``m`` into the project's own manifest, instead of all else."""

    def write(url, sha256, size_bytes):
        folder = tmp_path / "checkout" / "weights"
        folder.mkdir(parents=True)
        (folder / "manifest.toml").write_text(
            f'[m]\nkind = "people"\nfile = "m.pt"\nurl = "{url}"\nsha256 = "{sha256}"\nsize_bytes = {size_bytes}\n'
            'licence = "MIT"\nsource = "them"\n'
        )
        monkeypatch.setattr("eraser.system.paths._CHECKOUT", tmp_path / "checkout")

    return write


def progress_into(seen):
    """Reports of fetches that note how far they are."""

    @contextlib.contextmanager
    def report(entry):
        yield lambda done, total: seen.append((done, total))

    return report


@pytest.fixture(autouse=True)
def _reports_go_to_the_log_again(monkeypatch):
    monkeypatch.setattr(sys.modules["eraser.weights.fetch"], "_report", _report_to_log)


def own_files():
    return sorted(path.name for path in weights_dir().iterdir() if not path.name.endswith(".lock"))


def test_a_fetched_file_is_whole_found_by_name_and_not_fetched_twice(server):
    add(f"{server.address}/m.pt")
    seen = []

    report_fetches(progress_into(seen))

    path = fetch("m")

    assert path.read_bytes() == BODY
    assert own_files() == ["m.pt", "manifest.toml"]
    assert seen[0] == (0, len(BODY))
    assert seen[-1] == (len(BODY), len(BODY))
    assert seen == sorted(seen)
    assert find("m", "people").trusted
    assert fetch("m") == path
    assert len(server.ranges) == 1


def test_a_connection_cut_half_way_is_resumed_and_only_the_rest_is_asked_for(server):
    add(f"{server.address}/m.pt")
    server.cuts = [400_000, 100_000]

    assert fetch("m").read_bytes() == BODY
    assert server.ranges == [None, "bytes=400000-", "bytes=500000-"]


def test_a_later_call_goes_on_where_an_earlier_one_gave_up(server):
    add(f"{server.address}/m.pt")
    server.cuts = [300_000, 0]
    with pytest.raises(WeightsError, match=r"0\.3 MB are kept"):
        fetch("m")
    assert own_files() == ["m.pt.part", "m.pt.part.json", "manifest.toml"]
    seen = []

    report_fetches(progress_into(seen))

    assert fetch("m").read_bytes() == BODY

    assert server.ranges[-1] == "bytes=300000-"
    assert seen[0] == (300_000, len(BODY))
    assert own_files() == ["m.pt", "manifest.toml"]


@pytest.mark.parametrize("change", ["ignores range", "new version", "weak etag", "new address"])
def test_a_piece_of_something_else_is_never_glued_on(server, change):
    add(f"{server.address}/m.pt")
    server.body, server.cuts = b"old" * 100_000, [200_000, 0]
    server.etag = 'W/"v1"' if change == "weak etag" else '"v1"'
    with pytest.raises(WeightsError):
        fetch("m")
    server.body = BODY
    if change == "ignores range":
        server.honours_range = False
    elif change == "new version":
        server.etag = '"v2"'
    elif change == "new address":
        add(f"{server.address}/elsewhere/m.pt")

    assert fetch("m").read_bytes() == BODY


def test_a_piece_that_was_complete_already_is_only_checked_and_renamed(server):
    add(f"{server.address}/m.pt")
    server.cuts = [300_000, 0]
    with pytest.raises(WeightsError):
        fetch("m")
    (weights_dir() / "m.pt.part").write_bytes(BODY)

    assert fetch("m").read_bytes() == BODY
    assert server.ranges[-1] == f"bytes={len(BODY)}-"


@pytest.mark.parametrize(("body", "hint"), [(b"x" * 1000, "it was removed"), (b"<!DOCTYPE html><p>log in", "login")])
def test_a_file_with_another_sha256_is_removed_and_the_old_one_stays(server, body, hint):
    add(f"{server.address}/m.pt")
    server.body = body
    (weights_dir() / "m.pt").write_bytes(b"what was there")

    with pytest.raises(WeightsMismatchError, match=hint):
        fetch("m")

    assert own_files() == ["m.pt", "manifest.toml"]
    assert (weights_dir() / "m.pt").read_bytes() == b"what was there"


@pytest.mark.parametrize(("status", "error"), [(404, WeightsNotFoundError), (503, WeightsError)])
def test_an_answer_without_the_file_is_reported_and_nothing_is_written(server, status, error):
    add(f"{server.address}/m.pt")
    server.status = status

    with pytest.raises(error, match=str(status)):
        fetch("m")
    assert own_files() == ["manifest.toml"]


def test_a_proxy_of_the_environment_is_asked_for_the_address(server, monkeypatch):
    add("http://weights.invalid/m.pt")
    monkeypatch.setenv("HTTP_PROXY", server.address)

    assert fetch("m").read_bytes() == BODY
    assert server.paths == ["http://weights.invalid/m.pt"]


@pytest.mark.parametrize("proxy", ["gopher://127.0.0.1:1", "http://127.0.0.1:1"])
def test_an_unusable_proxy_is_named_as_the_trouble(server, monkeypatch, proxy):
    add("http://weights.invalid/m.pt")
    monkeypatch.setenv("HTTP_PROXY", proxy)

    with pytest.raises(WeightsError, match="HTTPS_PROXY"):
        fetch("m")


def test_without_a_sha256_fetch_asks_for_one_and_pins_it_once_it_proved_right(server):
    add(f"{server.address}/m.pt", sha256=None)
    with pytest.raises(WeightsError, match="--sha256 HEX"):
        fetch("m")
    with pytest.raises(WeightsMismatchError):
        fetch("m", sha256="0" * 64)
    assert read_manifest()["m"].sha256 is None

    fetch("m", sha256=f"sha256:{SHA256.upper()}")

    assert read_manifest()["m"].sha256 == SHA256
    assert find("m", "people").trusted


def test_a_pin_of_the_project_that_is_wrong_is_overruled_by_the_one_that_is_given(server, shipped, caplog):
    shipped(f"{server.address}/m.pt", sha256="1" * 64, size_bytes=7)
    with pytest.raises(WeightsMismatchError):
        fetch("m")

    with caplog.at_level("WARNING", "eraser"):
        fetch("m", sha256=SHA256)

    assert "1" * 64 in caplog.text
    assert SHA256 in caplog.text
    assert find("m", "people").sha256 == SHA256
    fetch("m")  # and it stays so


def test_a_server_with_a_file_of_another_size_is_not_listened_to(server, shipped):
    shipped(f"{server.address}/m.pt", sha256=SHA256, size_bytes=len(BODY) + 1)

    with pytest.raises(WeightsMismatchError, match=f"has {len(BODY)} bytes, m.pt must have {len(BODY) + 1}"):
        fetch("m")
    assert not (weights_dir() / "m.pt").exists()


def test_a_full_disk_is_told_before_anything_is_written(server, monkeypatch):
    add(f"{server.address}/m.pt")
    usage = type("Usage", (), {"free": 1000})()
    monkeypatch.setattr("eraser.weights.download.shutil.disk_usage", lambda path: usage)

    with pytest.raises(WeightsError, match="make room"):
        fetch("m")
    assert own_files() == ["manifest.toml"]


def test_a_folder_that_cannot_be_written_is_reported_in_one_line(server):
    add(f"{server.address}/m.pt")
    (weights_dir() / "m.pt.part").mkdir()

    with pytest.raises(WeightsError, match="cannot write"):
        fetch("m")


def test_names_that_cannot_be_fetched_say_what_to_do(server):
    with pytest.raises(WeightsError, match="import FILE --name dtd"):
        fetch("dtd")
    with pytest.raises(WeightsError, match="here already"):
        fetch("people")
    with pytest.raises(WeightsNotFoundError, match="did you mean yolo26s-seg"):
        fetch("yolo26s")


def test_a_plugins_file_is_fetched_once_and_kept_only_if_its_sha256_begins_as_it_should(server, tmp_path):
    target, url = tmp_path / "own" / "net.pth", f"{server.address}/net.pth"

    with pytest.raises(WeightsMismatchError, match="must begin with 00000000; it was removed"):
        fetch_file(url, target, sha256_start="00000000")
    assert not list(target.parent.iterdir())

    for _ in range(2):
        assert fetch_file(url, target, sha256_start=SHA256[:8]).read_bytes() == BODY
    assert len(server.paths) == 2

    target.write_bytes(b"damaged")
    with pytest.raises(WeightsMismatchError, match=r"net\.pth is damaged or another file"):
        fetch_file(url, target, sha256_start=SHA256[:8])


@pytest.mark.parametrize("too_weak", ["", "73cb", "73CBD019", "73cbd01g"])
def test_a_beginning_that_says_nothing_is_refused_before_anything_is_fetched(too_weak, server, tmp_path):
    with pytest.raises(ValueError, match="8 or more lower-case hex digits"):
        fetch_file(f"{server.address}/net.pth", tmp_path / "net.pth", sha256_start=too_weak)

    assert not server.paths


def test_a_file_is_fetched_to_a_file_system_without_locks(server, monkeypatch):
    add(f"{server.address}/m.pt")

    def acquire(lock):
        raise NotImplementedError("FileSystem does not appear to support flock")

    monkeypatch.setattr("filelock.FileLock._acquire", acquire)

    assert fetch("m").read_bytes() == BODY
