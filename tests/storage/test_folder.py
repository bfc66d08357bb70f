import os
import subprocess
import sys

import pytest

from eraser.errors import StorageError
from eraser.storage.folder import FolderStore


def test_files_appear_whole_and_are_listed_in_order(tmp_path):
    store = FolderStore()
    for name in ("b.jpg", "deep/a.jpg", ".hidden/x.jpg", ".y"):
        store.write(f"{tmp_path}/{name}", b"123")

    assert [file.address for file in store.files(str(tmp_path))] == [f"{tmp_path}/b.jpg", f"{tmp_path}/deep/a.jpg"]
    assert [file.address for file in store.files(f"{tmp_path}/b.jpg")] == [f"{tmp_path}/b.jpg"]
    assert store.read(f"{tmp_path}/b.jpg") == b"123"


def test_of_two_who_write_only_where_nothing_is_the_second_is_refused(tmp_path):
    store = FolderStore()
    store.write(f"{tmp_path}/claim", b"one", if_absent=True)

    with pytest.raises(FileExistsError):
        store.write(f"{tmp_path}/claim", b"two", if_absent=True)
    assert store.read(f"{tmp_path}/claim") == b"one"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["claim"]


def test_another_version_is_not_replaced(tmp_path):
    store = FolderStore()
    store.write(f"{tmp_path}/claim", b"one")
    old = store.find(f"{tmp_path}/claim").version
    store.write(f"{tmp_path}/claim", b"three", if_version=old)

    with pytest.raises(FileExistsError):
        store.write(f"{tmp_path}/claim", b"four", if_version=old)
    assert store.read(f"{tmp_path}/claim") == b"three"


def test_what_a_killed_process_was_writing_is_cleared_away(tmp_path):
    code = (
        "import os, sys\nfrom pathlib import Path\nfrom eraser.system.files import whole_file\n"
        "with whole_file(Path(sys.argv[1]) / 'a.jpg') as file:\n    file.write_bytes(b'half')\n"
        "    os.kill(os.getpid(), 9)\n"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False)
    assert len(list(tmp_path.iterdir())) == 1

    FolderStore().write(f"{tmp_path}/b.jpg", b"whole")

    assert [path.name for path in tmp_path.iterdir()] == ["b.jpg"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_to_is_a_clear_line(tmp_path):
    tmp_path.chmod(0o500)

    with pytest.raises(StorageError, match="no permission"):
        FolderStore().write(f"{tmp_path}/deep/a", b"")
