"""The organisations of a CKAN: to which of them a municipality's data go, and whether they may."""

from odtool.errors import PortalError
from odtool.municipality import municipalities
from odtool.portal import PortalStopError
from odtool.portal.action import ActionApi, NotFound


class Organizations:
    """`pattern` names a municipality's organisation, with {code} or {code5}; `create` makes it where it is missing."""

    def __init__(self, api: ActionApi, pattern: str, *, create: bool) -> None:
        self._api = api
        self._pattern = pattern
        self._create = create
        self._writable: dict[str, str] | None = None

    def name(self, code: str) -> str:
        return self._pattern.replace("{code}", code).replace("{code5}", code[:5])

    def owner(self, code: str) -> str:
        """The id of the municipality's organisation. Raises PortalError where it is not ours to publish to."""
        name = self.name(code)
        if self._writable is None:  # a wrong token is told here: it gets an empty list, not an error
            self._writable = self._listed()
        if name in self._writable:
            return self._writable[name]
        exists = self._exists(name)
        if exists and name in (now := self._listed()):  # made since the list was read
            self._writable = now
            return now[name]
        if not exists and self._create:
            title = municipalities()[code].title
            made = self._api.surely(
                lambda: self._api.write("organization_create", name=name, title=title),
                lambda: self._exists(name),
            )
            self._writable[name] = str(made.get("id") or name) if isinstance(made, dict) else name
            return self._writable[name]
        if not self._writable:
            raise PortalStopError(
                "このトークンで公開できる組織がありません。トークンが正しいか、期限が切れていないか、"
                "組織の編集者になっているかを確かめてください。",
                "This token may publish to no organisation. Check that it is right and has not expired, and that "
                "its owner is an editor of the organisation.",
            )
        if exists:
            raise PortalError(
                f"組織「{name}」に公開する権限がこのトークンにありません。ポータルの担当者に編集者の権限を頼んでください。",
                f"This token may not publish to the organisation {name}. Ask for the role of an editor.",
            )
        raise PortalError(
            f"ポータルに組織「{name}」がありません。担当者に作ってもらうか、権限があれば --create-organization を付けてください。",
            f"The portal has no organisation {name}. Have it made, or add --create-organization if you may.",
        )

    def _listed(self) -> dict[str, str]:
        """Those that the token may publish to: their ids by name."""
        listed = self._api.read("organization_list_for_user", permission="create_dataset")
        return {entry["name"]: entry["id"] for entry in listed}

    def _exists(self, name: str) -> bool:
        try:
            self._api.read("organization_show", id=name, include_users=False, include_datasets=False)
        except NotFound:
            return False
        return True
