"""The CKAN of the tests is a real one."""

import io
import secrets

import pytest
import requests
from ckanapi import NotAuthorized, RemoteCKAN, ValidationError

from tests.ckan.plugin import Ckan

CSV = "全国地方公共団体コード,名称\n261009,京都市役所\n"


def test_it_answers_with_its_version(ckan: Ckan) -> None:
    with RemoteCKAN(ckan.url) as api:
        status = api.action.status_show()
    assert status["ckan_version"] == ckan.version
    assert "datastore" in status["extensions"]


def test_what_is_created_can_be_read_back_and_found(ckan: Ckan) -> None:
    organization = ckan.fresh_organization("261009", "京都市")
    name = f"aed-{secrets.token_hex(4)}"
    with RemoteCKAN(ckan.url, apikey=ckan.token) as api:
        api.action.package_create(name=name, title="AED設置箇所一覧", owner_org=organization)
        shown = api.action.package_show(id=name)
        found = api.action.package_search(fq=f"organization:{organization}")
    assert (shown["title"], shown["organization"]["title"]) == ("AED設置箇所一覧", "京都市")
    assert [dataset["name"] for dataset in found["results"]] == [name]


def test_an_editor_uploads_a_file_and_gets_the_same_bytes(ckan: Ckan) -> None:
    organization = ckan.fresh_organization("131016", "千代田区")
    name = f"toilet-{secrets.token_hex(4)}"
    upload = io.BytesIO(CSV.encode("cp932"))
    upload.name = "toilet.csv"
    with RemoteCKAN(ckan.url, apikey=ckan.fresh_editor(organization)) as api:
        api.action.package_create(name=name, owner_org=organization)
        resource = api.action.resource_create(package_id=name, name="CSV", format="CSV", upload=upload)
    assert requests.get(resource["url"], timeout=30).content == CSV.encode("cp932")


def test_a_wrong_token_is_refused(ckan: Ckan) -> None:
    organization = ckan.fresh_organization("011002", "札幌市")
    with RemoteCKAN(ckan.url, apikey="wrong") as api, pytest.raises(NotAuthorized):
        api.action.package_create(name=f"x-{secrets.token_hex(4)}", owner_org=organization)


def test_its_validation_names_the_field(ckan: Ckan) -> None:
    organization = ckan.fresh_organization("401307", "福岡市")
    with RemoteCKAN(ckan.url, apikey=ckan.token) as api, pytest.raises(ValidationError) as refused:
        api.action.package_create(name="大文字とかなは使えません", owner_org=organization)
    assert "name" in refused.value.error_dict
