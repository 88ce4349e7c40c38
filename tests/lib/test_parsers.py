"""JSON that may come in, and what is refused with 400 before anything reads it."""

import pytest
from rest_framework.exceptions import ParseError

from fieldops.lib.errors import Invalid
from fieldops.lib.parsers import parse_json
from fieldops.lib.text import MAX_DEPTH, is_clean

DEEP = b"[" * 200_000 + b"]" * 200_000


def test_it_reads_json():
    assert parse_json('{"name": "王", "n": [1, 2.5, true, null, -9223372036854775807]}'.encode()) == {
        "name": "王",
        "n": [1, 2.5, True, None, -9223372036854775807],
    }


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"{", id="half"),
        pytest.param(b"\xff\xfe", id="not UTF-8"),
        pytest.param("﻿{}".encode(), id="byte order mark"),
        pytest.param(b"NaN", id="NaN"),
        pytest.param(b'{"a": Infinity}', id="infinity"),
        pytest.param(b'{"a": -Infinity}', id="minus infinity"),
        pytest.param(b'{"a": 1e999}', id="infinity in digits"),
        pytest.param(b'{"a": 9223372036854775808}', id="integer of 64 bits"),
        pytest.param(b"-" + b"9" * 400, id="huge integer"),
        pytest.param(b"9" * 10_000, id="integer of 10,000 digits"),
        pytest.param(b'{"a": "\\u0000"}', id="NUL"),
        pytest.param(b'{"\\u0000": 1}', id="NUL in a key"),
        pytest.param(b'{"a": ["\\ud800"]}', id="lone surrogate"),
        pytest.param(DEEP, id="bottomless"),
        pytest.param(b"[" * (MAX_DEPTH + 2) + b"]" * (MAX_DEPTH + 2), id="too deep"),
    ],
)
def test_it_refuses(raw):
    with pytest.raises((ParseError, Invalid)):
        parse_json(raw)


def test_it_reads_as_deep_as_anybody_needs():
    assert parse_json(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH)


def test_a_pair_of_surrogates_is_a_character():
    assert parse_json(b'"\\ud83d\\ude00"') == "😀"


@pytest.mark.parametrize(
    ("text", "clean"), [("王庆和", True), ("a\x00", False), ("\udcff", False), ("", True)]
)
def test_it_knows_what_both_databases_store(text, clean):
    assert is_clean(text) is clean
