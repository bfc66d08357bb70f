"""A tenth of the hostile corpus, through the command line."""

import sys

import pytest

from tests.hostile import files
from tests.hostile.corpus import SINGLE_LIMIT_S, run_corpus

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform != "linux", reason="pipes and names of any bytes")]


def test_a_tenth_of_the_corpus_does_no_harm(tmp_path):
    report = run_corpus(tmp_path, share=10, singles=3)

    assert report.problems == []
    assert report.statuses["failed"] > 20
    assert report.statuses["erased"] > 5
    assert report.slowest_s < SINGLE_LIMIT_S


def test_the_corpus_has_at_least_300_files_with_names_of_their_own():
    names = [name for name, _ in files.hostile()]

    assert len(names) == len(set(names)) >= 300
