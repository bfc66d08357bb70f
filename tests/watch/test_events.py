from math import inf
from threading import Event

import pytest

from eraser.watch import events
from eraser.watch.events import Inbox
from eraser.watch.folders import Place


@pytest.fixture
def follow(inbox):
    """Begin to follow the inbox; ``folder.told`` is when it was gone and when it was back."""
    stops = []

    def follow(poll=None):
        told, stop = [], Event()
        stops.append(stop)
        folder = Inbox(Place.of(inbox), poll, 0.02, stop, told.append)
        return folder.news(), told, stop

    yield follow
    for stop in stops:
        stop.set()


def next_with_paths(news, attempts=200):
    """The first news that is not empty."""
    return next(seen for _ in range(attempts) if (seen := next(news)).paths)


@pytest.mark.parametrize("poll", [None, 0.01, inf])
def test_what_lies_there_is_the_first_news(follow, photo, poll):
    paths = {photo("b.jpg"), photo("sub/a.png")}

    first = next(follow(poll)[0])

    assert set(first.paths) == paths
    assert first.is_all


@pytest.mark.parametrize("poll", [None, 0.01])
def test_what_comes_is_news_and_quiet_moments_are_empty_news(follow, photo, poll):
    news, *_ = follow(poll)
    next(news)
    quiet = next(news).paths
    path = photo("a.jpg")

    assert quiet == ()
    assert next_with_paths(news).paths == (path,)


def test_a_folder_moved_in_brings_its_photos_but_not_those_behind_links(follow, photo, inbox, tmp_path):
    photo("album/deep/a.jpg")
    (inbox / "album").rename(tmp_path / "album")
    (tmp_path / "album" / "link.jpg").symlink_to(tmp_path / "album/deep/a.jpg")
    (tmp_path / "album" / ".hidden.jpg").touch()
    news, *_ = follow()
    next(news)

    (tmp_path / "album").rename(inbox / "album")
    (inbox / "linked").symlink_to(inbox / "album")

    assert next_with_paths(news).paths == (inbox / "album/deep/a.jpg",)


@pytest.mark.parametrize("poll", [None, 0.01])
def test_a_folder_that_is_gone_is_said_once_and_all_is_news_when_it_is_back(follow, photo, inbox, tmp_path, poll):
    path = photo()
    news, told, _ = follow(poll)
    next(news)

    inbox.rename(tmp_path / "away")
    for _ in range(5):
        next(news)
    gone = list(told)
    (tmp_path / "away").rename(inbox)
    back = next_with_paths(news)

    assert gone == [True]
    assert told == [True, False]
    assert back.paths == (path,)
    assert back.is_all


def test_a_folder_that_was_swapped_for_another_one_is_followed_anew(follow, photo, inbox, tmp_path):
    news, *_ = follow()
    next(news)
    inbox.rename(tmp_path / "away")
    inbox.mkdir()
    path = photo("new.jpg")

    assert next_with_paths(news).paths == (path,)


@pytest.mark.parametrize("poll", [None, 5.0])
def test_a_stop_ends_the_news(follow, poll):
    news, _, stop = follow(poll)
    next(news)

    stop.set()

    assert len(list(news)) <= 1


def test_where_there_are_no_events_it_looks_from_time_to_time(follow, photo, monkeypatch, caplog):
    def refuse(*_args, **_options):
        raise OSError(28, "inotify watch limit reached")
        yield

    monkeypatch.setattr(events, "watch", refuse)
    path = photo()

    assert next_with_paths(follow()[0]).paths == (path,)
    assert "no events here" in caplog.text
