"""An element of a dump says the same as the API's answer for that release."""

from __future__ import annotations

import json
from typing import Any

import pytest

from musictool_pipeline.core.discogs.dump_release import LARGEST_ELEMENT, dump_payload
from musictool_pipeline.core.discogs.tracklist import expand_release
from musictool_pipeline.errors import UnreadableRelease
from musictool_pipeline_tests.sample_data import ODD_CASES, demo_collection, large_collection
from musictool_pipeline_tests.sample_dump import release_element

OLD = b"""<release id="7" status="Accepted"><images><image height="1" type="primary"/></images>
<artists><artist><name>Goldie (2)</name><anv>Rufige Kru</anv><join>Feat.</join></artist>
<artist><name>Diane</name></artist></artists><title>Terminator</title>
<labels><label catno="SYNTHETIC 003" name="Synthetic (4)"/></labels>
<formats><format name="Vinyl" qty="2"><descriptions><description>12"</description></descriptions>
</format></formats><genres><genre>Electronic</genre></genres><released>1992-11-00</released>
<master_id>713</master_id><tracklist><track><position>A</position><title>Terminator</title>
<duration>6:56</duration></track></tracklist></release>"""

NEW = b"""<release status='Accepted' id='7'><artists><artist><id>9</id><name>Goldie (2)</name>
<anv>Rufige Kru</anv><join>Feat.</join><role/><tracks/></artist><artist><id/><name>Diane</name>
</artist></artists><title>Terminator</title><labels><label name="Synthetic (4)"
catno="SYNTHETIC 003" id="23"/></labels><formats><format name="Vinyl" qty="2" text="">
<descriptions><description>12"</description></descriptions></format></formats>
<genres><genre>Electronic</genre></genres><released>1992-11-00</released>
<something_new><of x="1">later</of></something_new>
<master_id is_main_release="true">713</master_id><tracklist><track><position>A</position>
<title>Terminator</title><duration>6:56</duration><mood>dark</mood></track></tracklist></release>"""


def element(inside: str, tag: str = '<release id="7" status="Accepted">') -> bytes:
    return f"{tag}{inside}</release>".encode()


def tracklist(*tracks: str) -> bytes:
    return element(f"<tracklist>{''.join(f'<track>{each}</track>' for each in tracks)}</tracklist>")


def track(position: str, title: str, duration: str = "", more: str = "") -> str:
    return (
        f"<position>{position}</position><title>{title}</title>"
        f"<duration>{duration}</duration>{more}"
    )


def kinds(content: bytes) -> list[tuple[str, str]]:
    return [(entry["type_"], entry["title"]) for entry in dump_payload(7, content)["tracklist"]]


@pytest.mark.parametrize("release_id", demo_collection().answers)
def test_a_release_of_the_demo_is_the_same_from_both(release_id: int) -> None:
    """With every oddity of real data among them."""
    answer: dict[str, Any] = json.loads(demo_collection().answers[release_id])
    from_dump = dump_payload(release_id, release_element(answer))
    assert expand_release(release_id, from_dump) == expand_release(release_id, answer)


def test_many_releases_are_the_same_from_both() -> None:
    collection = large_collection(300, seed=3)
    for release_id in collection.release_ids:
        answer = json.loads(collection.answer(release_id))
        from_dump = dump_payload(release_id, release_element(answer))
        assert expand_release(release_id, from_dump) == expand_release(release_id, answer)


def test_what_the_api_says_beside_the_tracks_is_there_under_the_same_names() -> None:
    answer = json.loads(demo_collection().answers[ODD_CASES["positions A1"]])
    payload = dump_payload(answer["id"], release_element(answer))
    for key in ("genres", "styles", "country", "notes", "data_quality", "master_id", "title"):
        assert payload.get(key) == answer.get(key), key
    assert [each["value"] for each in payload["identifiers"]] == [
        each["value"] for each in answer["identifiers"]
    ]
    assert [each["uri"] for each in payload["videos"]] == [each["uri"] for each in answer["videos"]]
    assert [each["catno"] for each in payload["labels"]] == [
        each["catno"] for each in answer["labels"]
    ]
    assert "community" not in payload


@pytest.mark.parametrize("content", [OLD, NEW], ids=["old", "new"])
def test_old_and_new_dumps(content: bytes) -> None:
    release = expand_release(7, dump_payload(7, content))
    assert (release.artist, release.title) == ("Rufige Kru Feat. Diane", "Terminator")
    assert (release.label, release.catalog_number) == ("Synthetic", "SYNTHETIC 003")
    assert (release.format_type, release.format_description) == ("Vinyl", '2 x 12"')
    assert (release.release_year, release.master_id) == (1992, 713)
    [only] = release.tracks
    assert (only.position, only.title, only.duration_seconds) == ("A", "Terminator", 416)


def test_values_in_elements_and_names_as_mere_text() -> None:
    content = element(
        "<artists><artist>Photek</artist></artists><labels><label><name>Metalheadz</name>"
        "<catno>METH 1</catno></label></labels><formats><format><name>CD</name><qty>1</qty>"
        "</format></formats>",
        "<release><id>7</id><status>Accepted</status>",
    ).replace(b"<release><id>", b'<release id="7"><id>')
    release = expand_release(7, dump_payload(7, content))
    assert (release.artist, release.label, release.catalog_number, release.format_type) == (
        "Photek", "Metalheadz", "METH 1", "CD",
    )  # fmt: skip


def test_a_line_without_position_is_a_heading_where_others_have_one() -> None:
    content = tracklist(
        track("", "Side A"), track("A1", "One"), track("", "The Mix", "58:20"), track("", "")
    )
    assert kinds(content) == [
        ("heading", "Side A"), ("track", "One"), ("heading", "The Mix"), ("track", ""),
    ]  # fmt: skip


def test_where_nothing_has_a_position_everything_is_a_track() -> None:
    assert kinds(tracklist(track("", "One"), track(" ", "Two"))) == [
        ("track", "One"),
        ("track", "Two"),
    ]


def test_an_index_groups_its_parts_and_its_parts_count_as_positions() -> None:
    parts = f"<sub_tracks><track>{track('A1a', 'Part')}</track></sub_tracks>"
    content = tracklist(track("", "Old Side"), track("", "Suite", "9:00", parts))
    assert kinds(content) == [("heading", "Old Side"), ("index", "Suite")]
    [only] = expand_release(7, dump_payload(7, content)).tracks
    assert (only.position, only.parent_title, only.heading) == ("A1a", "Suite", "Old Side")


@pytest.mark.parametrize("what", ["Draft", "Deleted"])
def test_what_is_not_accepted_says_so(what: str) -> None:
    assert dump_payload(7, element("", f'<release id="7" status="{what}">'))["status"] == what


def test_characters_that_no_xml_may_hold_are_dropped() -> None:
    """Dumps of 2011 and 2014 hold them: one would take a whole record away."""
    content = element("<title>Be\x07ll &#x1;&#11;Ringer &#65; caf\xe9</title>")
    assert dump_payload(7, content)["title"] == "Bell Ringer A café"


@pytest.mark.parametrize(
    "content",
    [
        b'<!DOCTYPE release [<!ENTITY a "b">]><release id="7"><title>&a;</title></release>',
        b'<release id="7"><!DOCTYPE x [<!ENTITY a "b">]><title>&a;</title></release>',
        b'<release id="7"><!ENTITY a "b"><title>&a;</title></release>',
        b'<release id="7"><title>&undeclared;</title></release>',
        b'<release id="7"><title>cut',
        b'<release id="7"><title>caf\xe9 in another encoding</title></release>',
        b'<release id="7"><title>x</titel></release>',
        b'<release id="8"><title>x</title></release>',
        b'<released id="7"><title>x</title></released>',
        b"<release><title>x</title></release>",
        b'<release id="7"/><release id="7"/>',
        b"",
    ],
)
def test_what_is_refused(content: bytes) -> None:
    with pytest.raises(UnreadableRelease) as caught:
        dump_payload(7, content)
    assert caught.value.release_id == 7


def test_size_and_depth_are_bounded() -> None:
    with pytest.raises(UnreadableRelease, match="MB"):
        dump_payload(7, element("x" * LARGEST_ELEMENT))
    deep = "<sub_tracks><track>" * 50_000 + "</track></sub_tracks>" * 50_000
    content = tracklist(track("A", "One", "", deep))
    assert len(expand_release(7, dump_payload(7, content)).tracks) <= 1


def test_numbers_that_are_none_are_0() -> None:
    content = element(
        "<labels><label name='L' catno='' id='x'/></labels><master_id>Correct</master_id>"
    )
    payload = dump_payload(7, content)
    assert payload["labels"][0]["id"] == 0
    assert "master_id" not in payload
