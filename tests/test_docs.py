"""The documents: links lead somewhere, and every page is in the table of contents."""

import importlib.util
import re
from dataclasses import fields
from pathlib import Path

import pytest

from eraser.cli.options import GROUPS
from eraser.options import options_of

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = sorted(
    [*ROOT.glob("*.md"), *DOCS.rglob("*.md"), *(ROOT / "plugins").glob("*.md"), *(ROOT / "weights").glob("*.md")]
)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_between_files_lead_to_files_that_are_there(page):
    text = re.sub(r"```.*?```|`[^`\n]*`", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    links = [link.partition("#")[0] for link in re.findall(r"\]\(([^)\s]+)\)", text)]
    missing = [link for link in links if link and "://" not in link and not (page.parent / link).exists()]

    assert missing == []


def test_links_of_the_site_stay_in_it():
    outside = [
        (page.name, link)
        for page in DOCS.rglob("*.md")
        for link in re.findall(r"\]\((\.\./[^)\s]+)\)", page.read_text(encoding="utf-8"))
        if not (page.parent / link.partition("#")[0]).resolve().is_relative_to(DOCS)
    ]

    assert outside == []


def test_every_page_is_in_the_table_of_contents():
    listed = set(re.findall(r"- ([\w/.-]+\.md)", (ROOT / "mkdocs.yml").read_text(encoding="utf-8")))

    assert listed == {str(page.relative_to(DOCS)) for page in DOCS.rglob("*.md")}


def test_nobody_names_a_page_that_is_gone():
    sources = [*(ROOT / "eraser").rglob("*.py"), *PAGES]

    assert [source.name for source in sources if "DESIGN.md" in source.read_text(encoding="utf-8")] == []


@pytest.fixture(scope="module")
def generate():
    spec = importlib.util.spec_from_file_location("generate", DOCS / "generate.py")
    generate = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generate)
    return generate


def test_the_page_of_formats_has_the_table_of_fields_that_the_code_reads(generate):
    page = (DOCS / "formats.md").read_text(encoding="utf-8")

    assert "| XMP | names of people | on request |" in page
    assert page == generate.formats_page(page)


def test_the_page_of_options_is_the_one_that_the_code_makes(generate):
    assert (DOCS / "options.md").read_text(encoding="utf-8") == generate.options_page()


@pytest.mark.parametrize("kind", GROUPS.values(), ids=lambda kind: kind.__name__)
def test_every_field_is_an_option_but_the_place_of_results_which_the_command_reads_itself(kind):
    without = {field.name for field in fields(kind)} - {field.name for field in options_of(kind)}

    assert without == ({"output"} if kind.__name__ == "OutputConfig" else set())
