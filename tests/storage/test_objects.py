"""S3, spoken to a server on this machine; it answers ``If-None-Match: *`` with 412, as S3 does."""

import socket

import pytest

from eraser.archive import stored_photos
from eraser.errors import StorageError
from eraser.storage import is_address, join, open_store, retries


def test_what_was_written_is_read_with_its_type_and_metadata(s3):
    s3.write("s3://bucket/a b/ö.jpg", b"123", content_type="image/jpeg", metadata={"source": "s3://x/ö 1"})

    found = s3.find("s3://bucket/a b/ö.jpg")
    assert (found.size_bytes, found.metadata) == (3, {"source": "s3://x/ö 1"})
    assert s3.read("s3://bucket/a b/ö.jpg") == b"123"
    assert s3._system.info("bucket/a b/ö.jpg")["ContentType"] == "image/jpeg"


def test_what_is_not_there_is_none_and_reading_it_says_so(s3):
    assert s3.find("s3://bucket/nothing.jpg") is None
    with pytest.raises(FileNotFoundError):
        s3.read("s3://bucket/nothing.jpg")


def test_what_was_removed_is_gone_and_removing_it_again_is_no_error(s3):
    s3.write("s3://bucket/a.jpg", b"123")
    for _ in range(2):
        s3.remove("s3://bucket/a.jpg")

    assert s3.find("s3://bucket/a.jpg") is None


def test_of_two_who_write_only_where_nothing_is_the_second_is_refused(s3):
    s3.write("s3://bucket/claim", b"one", if_absent=True)

    with pytest.raises(FileExistsError):
        s3.write("s3://bucket/claim", b"two", if_absent=True)
    assert s3.read("s3://bucket/claim") == b"one"


def test_another_version_is_not_replaced(s3):
    s3.write("s3://bucket/claim", b"one")
    old = s3.find("s3://bucket/claim").version
    s3.write("s3://bucket/claim", b"two", if_version=old)

    with pytest.raises(FileExistsError):
        s3.write("s3://bucket/claim", b"three", if_version=old)
    assert s3.read("s3://bucket/claim") == b"two"


def test_a_folder_is_listed_over_pages_with_all_kinds_of_names(s3, monkeypatch):
    monkeypatch.setattr("eraser.storage.objects._PAGE", 7)
    names = [f"in/{number:02}.jpg" for number in range(20)] + ["in/deep//x.jpg", "in/ü+&%41.jpg", "in/#1?.jpg"]
    for name in [*names, "input/no.jpg"]:
        s3.write(f"s3://bucket/{name}", b"x")
    s3._system.call_s3("put_object", Bucket="bucket", Key="in/", Body=b"")  # as tools do that show folders

    assert sorted(file.address for file in s3.files("s3://bucket/in")) == sorted(f"s3://bucket/{n}" for n in names)
    assert len(list(s3.files("s3://bucket/in/deep/"))) == 1
    assert len(list(s3.files("s3://bucket"))) == 24
    assert [file.address for file in s3.files("s3://bucket/in/03.jpg")] == ["s3://bucket/in/03.jpg"]


def test_a_large_object_is_sent_in_parts(s3):
    data = bytes(101 * 2**20)

    s3.write("s3://bucket/large", data, metadata={"a": "b"}, if_absent=True)

    found = s3.find("s3://bucket/large")
    assert (found.size_bytes, found.metadata) == (len(data), {"a": "b"})
    assert "-" in found.version  # an ETag of parts


def test_a_missing_bucket_is_one_clear_line(s3):
    with pytest.raises(StorageError, match=r"^s3://other: there is no such bucket$"):
        list(s3.files("s3://other/in/"))
    with pytest.raises(StorageError, match=r"s3://other"):
        s3.write("s3://other/a", b"")


def test_missing_credentials_are_one_clear_line(s3, monkeypatch, tmp_path):
    from s3fs import S3FileSystem

    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    S3FileSystem.clear_instance_cache()
    open_store.cache_clear()

    with pytest.raises(StorageError, match="AWS_ACCESS_KEY_ID") as failed:
        list(open_store("s3://").files("s3://bucket/in/"))
    assert "\n" not in str(failed.value)


def test_a_package_that_is_missing_and_a_protocol_that_is_unknown_are_clear_lines():
    with pytest.raises(StorageError, match=r"gs:// needs an extra package: pip install fsspec gcsfs"):
        open_store("gs://bucket")
    with pytest.raises(StorageError, match="nonsense:// is no store"):
        open_store("nonsense://bucket")


def test_a_server_that_is_busy_for_a_while_is_asked_again(proxy, quick):
    store, handler = proxy
    handler.left = 9

    store.write("s3://bucket/a.jpg", b"123")
    handler.left = 9

    assert [file.address for file in store.files("s3://bucket/")] == ["s3://bucket/a.jpg"]
    assert store.read("s3://bucket/a.jpg") == b"123"
    assert handler.seen >= 20


def test_a_server_that_stays_busy_is_an_error_in_the_end(proxy, quick, monkeypatch):
    store, handler = proxy
    handler.left = 10_000
    monkeypatch.setattr(retries, "TRIES", 2)

    with pytest.raises(OSError, match="busy"):
        store.write("s3://bucket/a.jpg", b"123")


def test_a_server_that_is_not_there_is_an_error_in_the_end(s3, quick, monkeypatch):
    from s3fs import S3FileSystem

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{free.getsockname()[1]}")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    monkeypatch.setattr(retries, "TRIES", 2)
    S3FileSystem.clear_instance_cache()
    open_store.cache_clear()

    with pytest.raises(OSError, match="onnect"):
        open_store("s3://").find("s3://bucket/a.jpg")
    with pytest.raises(StorageError, match=r"^s3://bucket/in/: the folder cannot be listed \(.*onnect"):
        list(stored_photos(["s3://bucket/in/"]))


@pytest.mark.parametrize(
    ("text", "is_one"),
    [("s3://b/k", True), ("gs://b", True), ("a/b", False), ("C:/x", False), ("s3:/b", False), ("", False)],
)
def test_an_address_is_told_from_a_path(text, is_one):
    assert is_address(text) is is_one


def test_addresses_are_joined_with_one_slash():
    assert join("s3://b/out/", "a.jpg") == join("s3://b/out", "a.jpg") == "s3://b/out/a.jpg"


def test_a_store_without_a_class_of_its_own_is_listed_and_written_by_fsspec_alone():
    store = open_store("memory://")
    store.write("memory://b/in/x/a.jpg", b"one", if_absent=True)
    store.write("memory://b/in/b.jpg", b"two")
    old = store.find("memory://b/in/b.jpg").version

    with pytest.raises(FileExistsError):
        store.write("memory://b/in/x/a.jpg", b"two", if_absent=True)
    store.write("memory://b/in/b.jpg", b"three", if_version=old)
    with pytest.raises(FileExistsError):
        store.write("memory://b/in/b.jpg", b"four", if_version=old)

    assert sorted(f.address for f in store.files("memory://b/in/")) == ["memory://b/in/b.jpg", "memory://b/in/x/a.jpg"]
    assert store.read("memory://b/in/b.jpg") == b"three"
    assert store.find("memory://b/none") is None
