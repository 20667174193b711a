"""The files a browser is given: whole, tagged, under strict headers, with nothing let in."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from text911.psap_adapters.console import assets
from text911.psap_adapters.console.assets import HEADERS, Pages

FOLDER = Path(assets.__file__).parent / "pages"
PAGES = Pages()
TEMPLATES = {"index.html", "login.html"}
NAMES = sorted(path.name for path in FOLDER.iterdir() if path.name not in TEMPLATES)


@pytest.mark.parametrize("name", NAMES)
def test_every_file_of_the_page_is_given_as_it_lies_there(name: str) -> None:
    file = PAGES.file(name)
    assert file is not None
    assert file.octets == (FOLDER / name).read_bytes()
    assert re.fullmatch('"[0-9a-f]{32}"', file.tag)


@pytest.mark.parametrize(
    ("name", "content_type"),
    [
        ("main.js", "text/javascript"),
        ("console.css", "text/css"),
        ("icon.svg", "image/svg+xml"),
        ("alarm.wav", "audio/wav"),
        ("chime.wav", "audio/wav"),
    ],
)
def test_every_kind_of_file_says_what_it_is(name: str, content_type: str) -> None:
    file = PAGES.file(name)
    assert file is not None
    assert file.content_type == content_type


@pytest.mark.parametrize(
    "name", ["", "index.html", "login.html", "../assets.py", "pages", "MAIN.JS", "main.js/", "a\0"]
)
def test_nothing_else_is_given(name: str) -> None:
    assert PAGES.file(name) is None


def tags_of(pages: Pages) -> list[str]:
    files = [pages.file(name) for name in (*NAMES, "alarm.wav", "chime.wav")]
    return [file.tag for file in files if file is not None]


def test_files_with_other_content_have_other_tags_and_a_restart_keeps_them() -> None:
    tags = tags_of(PAGES)
    assert len(set(tags)) == len(NAMES) + 2
    assert tags_of(Pages()) == tags


@pytest.mark.parametrize("page", [PAGES.console(), PAGES.login("Elm", "")])
def test_all_that_a_page_loads_is_ours_and_there(page: str) -> None:
    loaded = re.findall(r'(?:src|href)="([^"#]*)"', page)
    assert loaded
    for address in loaded:
        assert "//" not in address, "nothing comes from elsewhere"
        assert PAGES.file(address.rpartition("/")[2]) is not None, address


@pytest.mark.parametrize("page", [PAGES.console(), PAGES.login("Elm", "")])
def test_a_page_has_no_script_and_no_style_that_its_own_policy_would_block(page: str) -> None:
    assert not re.search(r"<script(?![^>]*\bsrc=)", page)
    assert not re.search(r"<style|\bstyle=|\bon[a-z]+=", page)


def test_what_enters_the_log_in_page_is_escaped() -> None:
    hostile = '<script>alert("1")</script>&'
    for page in (
        PAGES.login(hostile, ""),
        PAGES.login("Elm", hostile),
        PAGES.login("Elm", "", hostile),
        PAGES.login("{{user}}", "", hostile),
    ):
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;" in page


def test_the_log_in_page_is_filled_in_wherever_it_has_a_place_and_can_be_filled_in_again() -> None:
    page = PAGES.login("Elm Harbor", "Name or password is wrong.")
    assert "{{" not in page
    assert page.count("Elm Harbor") >= 1
    assert "Name or password is wrong." in page
    assert "Name or password is wrong." not in PAGES.login("Elm Harbor", "")


def test_nothing_may_be_loaded_framed_or_sent_elsewhere() -> None:
    policy = dict(
        part.strip().split(" ", 1) for part in HEADERS["Content-Security-Policy"].split(";")
    )
    assert policy["default-src"] == "'none'"
    assert policy["frame-ancestors"] == "'none'"
    assert policy["base-uri"] == "'none'"
    assert set(policy.values()) == {"'none'", "'self'"}, "no host, no inline code, no eval"
    assert HEADERS["X-Content-Type-Options"] == "nosniff"
    assert HEADERS["Referrer-Policy"] == "no-referrer"


def test_after_a_wrong_password_only_that_is_asked_for_again() -> None:
    first = PAGES.login("Elm", "")
    again = PAGES.login("Elm", "Not right.", 'night "3"')
    assert 'autocomplete="username" value="" autofocus' in first
    assert 'autocomplete="username" value="night &quot;3&quot;" >' in again
    assert 'autocomplete="current-password" autofocus' in again
    assert "{{" not in first + again
