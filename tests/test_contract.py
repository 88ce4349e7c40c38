"""The contract's files say what the code says, and the API's document is valid."""

import pytest
import yaml
from openapi_spec_validator import validate

from fieldops.serving.contract import FOLDER, drift, openapi_yaml, write_contract


def test_it_has_not_drifted():
    assert drift() == []


def test_it_finds_drift(tmp_path):
    write_contract(tmp_path)
    (tmp_path / "moves.json").write_text("{}")

    assert drift(tmp_path) == ["moves.json"]


def test_the_api_document_is_valid_and_built_without_warnings(capsys):
    validate(yaml.safe_load(openapi_yaml()))

    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("name", ["moves.json", "vectors.json", "openapi.yaml"])
def test_its_files_are_there(name):
    assert (FOLDER / name).stat().st_size > 1000
