"""The invented dump: in the form of a real one, the same each time, of the size asked for."""

from __future__ import annotations

import gzip
import hashlib
import json
import xml.etree.ElementTree as ET
from datetime import date
from itertools import islice
from pathlib import Path

import pytest

from musictool_pipeline.demo.sample import sample_dump
from musictool_pipeline_tests.large_dump import large_dump, main
from musictool_pipeline_tests.sample_data import FIRST_LARGE_ID, ODD_CASES, demo_collection
from musictool_pipeline_tests.sample_dump import (
    EXAMPLE,
    demo_dump,
    dump_name,
    release_element,
    write_dump,
)


def test_the_demos_dump_is_well_formed_and_lacks_only_drafts() -> None:
    sample = demo_collection()
    root = ET.fromstring(b"".join(demo_dump(sample)))
    assert root.tag == "releases"
    ids = {int(each.get("id", "")) for each in root}
    assert set(sample.answers) - ids == {ODD_CASES["status Draft"]}
    assert {each.get("status") for each in root} == {"Accepted"}


def test_what_no_dump_knows_is_not_in_it() -> None:
    for answer in demo_collection().answers.values():
        names = {each.tag for each in ET.fromstring(release_element(json.loads(answer))).iter()}
        assert names.isdisjoint({"year", "type_", "community", "images", "lowest_price"})


@pytest.mark.slow
def test_a_large_one_has_the_size_asked_for_and_unbroken_ids() -> None:
    content = b"".join(large_dump(20))
    assert 20_000_000 < len(content) < 20_010_000
    root = ET.fromstring(content)
    assert [int(each.get("id", "")) for each in root] == list(
        range(FIRST_LARGE_ID, FIRST_LARGE_ID + len(root))
    )
    assert 3_000 < len(content) / len(root) < 4_000


def test_the_same_seed_gives_the_same_bytes() -> None:
    def digest(seed: int) -> str:
        return hashlib.sha256(b"".join(islice(large_dump(1, seed), 100))).hexdigest()

    assert digest(1) == "213e1d142952d41266cc59b179b34cd875d3575f1c473bf14057772d53f74baf"
    assert digest(2) != digest(1)


def test_it_compresses_about_as_a_real_one() -> None:
    """Six to one: else inflating it would be no measure."""
    content = b"".join(large_dump(5))
    assert 5 < len(content) / len(gzip.compress(content, 6)) < 7


def test_the_file_and_its_checksum(tmp_path: Path) -> None:
    path = tmp_path / EXAMPLE
    write_dump(path, [b"<releases>", b"</releases>"])
    assert gzip.decompress(path.read_bytes()) == b"<releases></releases>"
    listed = (tmp_path / "discogs_20260101_CHECKSUM.txt").read_text()
    assert listed == f"{hashlib.sha256(path.read_bytes()).hexdigest()} *{EXAMPLE}\n"
    plain = tmp_path / "discogs_20260101_releases.xml"
    write_dump(plain, [b"<releases/>"])
    assert plain.read_bytes() == b"<releases/>"


def test_a_month_has_one_dump() -> None:
    day = date(2026, 3, 31)
    assert dump_name(day) == "discogs_20260301_releases.xml.gz"
    assert list(sample_dump(day)) == [dump_name(day), "discogs_20260301_CHECKSUM.txt"]


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / EXAMPLE)]) == 0
    assert EXAMPLE in capsys.readouterr().out
    assert main([str(tmp_path / EXAMPLE), "--megabytes", "1"]) == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ["releases.xml"],
        [EXAMPLE, "--megabytes", "0"],
        [f"nowhere/{EXAMPLE}"],
        [EXAMPLE, "--seed", "-1"],
    ],
)
def test_wrong_usage(
    arguments: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert capsys.readouterr().err
