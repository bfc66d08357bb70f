"""Write what the code knows into the docs: ``python docs/generate.py`` (``make docs`` does it).

``docs/options.md`` and the table in ``docs/serve.md`` come from the options themselves, the one in ``docs/formats.md``
from the table of fields.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal, get_args, get_origin

from eraser.cli.options import GROUPS
from eraser.options import OptionField, options_of
from eraser.photo import fields
from eraser.serve.settings import ServeConfig

PAGE = Path(__file__).with_name("options.md")
SERVE_PAGE = Path(__file__).with_name("serve.md")
FORMATS = Path(__file__).with_name("formats.md")
_BEGIN, _END = "<!-- the table of fields, from eraser/photo/fields.py -->\n", "<!-- end of the table -->\n"


def options_page() -> str:
    """The page, in Markdown."""
    lines = ["# Options", "Every option of `erase-me`, made from the code by `python docs/generate.py`."]
    variables = []
    for title, kind in GROUPS.items():
        lines += ["", f"## {title}", *_table(kind)]
        variables += [f"`{field.option.envvar}`" for field in options_of(kind) if field.option.envvar]
    lines += ["", "## Help", "| option | default | what it does |", "|---|---|---|"]
    lines += ["| `--version` | | Show the version. |", "| `-h`, `--help` | | Show all options. |", ""]
    lines += [
        "## Environment",
        f"{', '.join(variables[:-1])} and {variables[-1]} set other defaults for these options. `ERASER_OFFLINE=1` is",
        "`--offline`. `ERASER_WEIGHTS` names a folder of weights, `ERASER_FACES` a file of known faces; without them",
        "both lie in the [data folder](using.md#where-things-lie). `ERASER_PLUGINS` hides the plugins of erase-me.",
    ]
    return "\n".join(lines) + "\n"


def formats_page(text: str) -> str:
    """The page about formats with the table of fields as the code has it."""
    before, _, rest = text.partition(_BEGIN)
    return f"{before}{_BEGIN}{fields.as_markdown()}\n{_END}{rest.partition(_END)[2]}"


def serve_page(page: str) -> str:
    """The page about the server, with the table of its options made anew."""
    start, end = "<!-- options -->\n", "<!-- end -->"
    before, _, rest = page.partition(start)
    return f"{before}{start}{chr(10).join(_table(ServeConfig))}\n{end}{rest.partition(end)[2]}"


def _table(kind: type) -> list[str]:
    lines = ["| option | default | what it does |", "|---|---|---|"]
    for field in options_of(kind):
        what = f"{_as_code(field.option.help)} {field.option.more}".strip()
        lines.append(f"| {_names(field)} | {_default(field)} | {what.replace('|', chr(92) + '|')} |")
    return lines


def _names(field: OptionField) -> str:
    metavar = field.option.metavar
    if metavar is None and get_origin(field.form) is Literal:
        metavar = "|".join(get_args(field.form))
    value = "" if metavar is None else " " + metavar.replace("|", "\\|")
    flags = [part for flag in field.flags for part in flag.split("/")]
    return ", ".join(f"`{flag}{value if flag == flags[-1] else ''}`" for flag in flags)


def _default(field: OptionField) -> str:
    if field.option.default_text is not None:
        return field.option.default_text
    if field.default is True:
        return "on"
    return "" if field.default in (None, False, ()) else f"`{field.default}`"


def _as_code(text: str) -> str:
    """Names of files and options, which the help shows plainly, set as code."""
    parts = re.split(r"(`[^`]*`)", text)  # what is code already stays
    return "".join(
        p if p.startswith("`") else re.sub(r"<\w+>[\w.]*\w|(?<!\w)--?[a-z][\w-]*", r"`\g<0>`", p) for p in parts
    )


if __name__ == "__main__":
    PAGE.write_text(options_page(), encoding="utf-8")
    FORMATS.write_text(formats_page(FORMATS.read_text(encoding="utf-8")), encoding="utf-8")
    SERVE_PAGE.write_text(serve_page(SERVE_PAGE.read_text(encoding="utf-8")), encoding="utf-8")
