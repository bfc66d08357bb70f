from pathlib import Path

from eraser.system import paths


def test_folders_named_in_the_environment_are_used(monkeypatch, tmp_path):
    monkeypatch.setenv("ERASER_WEIGHTS", str(tmp_path / "w"))
    monkeypatch.setenv("ERASER_PLUGINS", str(tmp_path / "p"))

    assert paths.weights_dir() == tmp_path / "w"
    assert paths.plugins_dirs() == (tmp_path / "p",)


def test_without_them_weights_lie_in_the_users_own_folder(monkeypatch):
    monkeypatch.delenv("ERASER_WEIGHTS", raising=False)

    assert paths.weights_dir().parts[-2:] == ("erase-me", "weights")
    assert paths.weights_dir().is_absolute()


def test_plugins_are_never_taken_from_the_working_folder(monkeypatch, tmp_path):
    monkeypatch.delenv("ERASER_PLUGINS", raising=False)
    (tmp_path / "plugins").mkdir()
    monkeypatch.chdir(tmp_path)

    assert tmp_path / "plugins" not in [folder.resolve() for folder in paths.plugins_dirs()]


def test_an_installed_copy_has_the_plugins_that_came_with_it_and_those_of_the_user(monkeypatch, tmp_path):
    monkeypatch.delenv("ERASER_PLUGINS", raising=False)
    monkeypatch.setattr(paths, "_CHECKOUT", tmp_path / "site-packages")
    monkeypatch.setattr(paths, "_PACKAGE", tmp_path / "site-packages" / "eraser")
    monkeypatch.setattr(paths, "_user_data_dir", lambda: tmp_path / "data")
    (tmp_path / "site-packages" / "plugins").mkdir(parents=True)  # of another package

    assert paths.plugins_dirs() == ()
    shipped, own = tmp_path / "site-packages" / "eraser" / "shipped_plugins", tmp_path / "data" / "plugins"
    for folder in (shipped, own):
        folder.mkdir(parents=True)
    assert paths.plugins_dirs() == (shipped, own)


def test_a_checkout_has_its_own_plugins_and_those_of_the_user(monkeypatch, tmp_path):
    monkeypatch.delenv("ERASER_PLUGINS", raising=False)
    monkeypatch.setattr(paths, "_CHECKOUT", tmp_path / "checkout")
    monkeypatch.setattr(paths, "_PACKAGE", tmp_path / "checkout" / "eraser")
    monkeypatch.setattr(paths, "_user_data_dir", lambda: tmp_path / "data")
    for folder in (tmp_path / "checkout" / "plugins", tmp_path / "data" / "plugins"):
        folder.mkdir(parents=True)
    (tmp_path / "checkout" / "pyproject.toml").touch()

    assert paths.plugins_dirs() == (tmp_path / "checkout" / "plugins", tmp_path / "data" / "plugins")


def test_a_checkout_has_its_weights_and_an_installed_copy_its_own(monkeypatch, tmp_path):
    monkeypatch.setattr(paths, "_PACKAGE", tmp_path / "eraser")
    monkeypatch.setattr(paths, "_CHECKOUT", tmp_path)

    assert paths.shipped_weights_dir() == tmp_path / "weights"
    (tmp_path / "eraser" / "shipped_weights").mkdir(parents=True)
    assert paths.shipped_weights_dir() == tmp_path / "eraser" / "shipped_weights"


def test_asking_for_folders_makes_none(monkeypatch, tmp_path):
    monkeypatch.setenv("ERASER_WEIGHTS", str(tmp_path / "w"))
    monkeypatch.setattr(paths, "_user_data_dir", lambda: tmp_path / "data")

    paths.weights_dir()
    paths.plugins_dirs()

    assert isinstance(paths.cache_dir(), Path)
    assert list(tmp_path.iterdir()) == []
