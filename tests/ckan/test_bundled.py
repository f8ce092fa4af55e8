"""A folder of files that are no tables, on a real CKAN."""

from pathlib import Path

from tests.ckan.test_publish import Place, download, place, purge  # noqa: F401 - `place` is a fixture
from tests.publishing import publish
from tests.test_bundled import terrain

NAME = "280003_dem-1m"


def test_such_files_reach_the_public_byte_by_byte_with_what_is_known_of_them(
    place: Place,  # noqa: F811
    tmp_path: Path,
) -> None:
    folder = terrain(tmp_path / "dem")
    outcomes = publish(place.portal(), folder)
    try:
        assert {o.status for o in outcomes} == {"published"}, [o.ja for o in outcomes]
        for outcome in outcomes:
            assert download(outcome.url) == Path(outcome.item.offer.path).read_bytes()
        by_format = {resource["format"]: resource for resource in place.show(NAME)["resources"]}
        assert (
            by_format["ZIP"]["odtool_crs"] == "EPSG:6673" and "EPSG:6673" in by_format["ZIP"]["description"]
        )
        assert by_format["PDF"]["mimetype"] == "application/pdf"
        assert {o.status for o in publish(place.portal(), folder)} == {"unchanged"}
    finally:
        place.ckan.action("dataset_purge", id=place.show(NAME)["id"])
