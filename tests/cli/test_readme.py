import re
from dataclasses import fields
from pathlib import Path

import pytest
import typer

from eraser import engine
from eraser.cli import app
from eraser.config import BatchConfig, EraseRequest, ModelConfig, OutputConfig, WatchConfig
from eraser.weights import offline

CONFIGS = (ModelConfig, EraseRequest, OutputConfig, BatchConfig, WatchConfig)
ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
OPTIONS_PAGE = (ROOT / "docs" / "options.md").read_text(encoding="utf-8")
ROWS = {
    name: row
    for row in re.findall(r"^\| `-.*$", OPTIONS_PAGE, re.MULTILINE)
    for name in re.findall(r"`(-{1,2}[a-z-]+)", row.split(" | ")[0])
}
OPTIONS = {
    name: option
    for option in typer.main.get_command(app).params
    for name in (*option.opts, *option.secondary_opts)
    if name.startswith("-")
}


def option_name(field):
    """The option of a field; of a field that holds several options of a plugin, each is given by itself."""
    return f"--{field.name.replace('_', '-')}".replace("-options", "-option")


def test_every_field_of_the_configs_has_an_option():
    names = {option_name(field) for config in CONFIGS for field in fields(config)}

    assert names - OPTIONS.keys() == set()


def test_the_page_of_options_has_a_row_for_every_option_and_for_no_other():
    assert ROWS.keys() == OPTIONS.keys() | {"-h", "--help"}


@pytest.mark.parametrize(
    ("config", "name", "default"),
    [(config, option_name(field), field.default) for config in CONFIGS for field in fields(config)],
)
def test_option_config_and_page_agree_on_the_default(config, name, default):
    assert (OPTIONS[name].default or None) == (default or None)
    if isinstance(default, (str, float)) and not isinstance(default, bool):
        assert f"| `{default}` |" in ROWS[name]


@pytest.mark.parametrize("variable", sorted(set(re.findall(r"ERASER_[A-Z_]+", OPTIONS_PAGE))))
def test_the_environment_variables_of_the_page_are_read(variable):
    read = {option.envvar for option in OPTIONS.values()} | set(offline.VARIABLES)
    read |= set(re.findall(r'environ.get\("(\w+)"\)', (ROOT / "eraser/system/paths.py").read_text(encoding="utf-8")))

    assert variable in read


@pytest.mark.parametrize("page", ["README.md", "docs/python.md"])
def test_the_python_of_the_documents_runs(make_photo, monkeypatch, tmp_path, page):
    make_photo("photo.jpg")
    load = engine.load_masker
    monkeypatch.setattr(engine, "resolve_device", lambda wanted: "cpu")
    monkeypatch.setattr(
        engine,
        "load_masker",
        lambda config, device, plugins: load(ModelConfig(masker="red"), device, (tmp_path / "plugins",)),
    )
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / page).read_text(encoding="utf-8"), re.DOTALL)
    results = []

    for code in blocks:
        names = {}
        exec(code, names)
        results.append(names["result"])

    assert results
    for result in results:
        assert result.image.shape == (80, 128, 3)
        assert result.gone == (1,)
        assert result.hole[30, 50]
    assert Path("without.jpg").is_file()
