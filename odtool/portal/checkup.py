"""Whether a CKAN takes what is to be published: it is asked, and nothing is written (for that see `trial`).

Every answer is hostile until it has the shape that was expected; one that has not is told as such.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from odtool.doctor import Finding, end_of, not_checked, of_end, of_version
from odtool.errors import PortalError, UsageError
from odtool.municipality import municipalities
from odtool.portal import PortalStopError
from odtool.portal.action import ActionApi, DeniedError, NotFound, WrongCallError
from odtool.portal.ckan import Ckan
from odtool.portal.reach import TIMEOUT, extensions_of
from odtool.settings.portal import Settings
from odtool.settings.secret import Found
from odtool.text import visible

PERMISSIONS = ("create_dataset", "update_dataset")
MOST_STOPS = 2  # failures of the connection after which nothing more is asked
LISTED = 10  # names shown of a list
# What a JSON of another shape leads to, here and in the library that reads it.
_UNSHAPED = (AttributeError, KeyError, TypeError, ValueError, IndexError, RecursionError)

ASK_PORTAL = ("ポータルの担当者に確かめてください。", "Ask those in charge of the portal.")
_EDITOR = ("ポータルの担当者に、この組織の「編集者」にしてもらってください。",
           "Ask those in charge of the portal to make the token's owner an editor of this organisation.")  # fmt: skip


class UnfitError(PortalError):
    """An answer that is not what CKAN answers."""


class Checkup:
    """Asks the portal of the settings. `status` is what it told of itself, `found` the token. After `run` it knows the
    organisations that may be written to, ids by name, and whether there is a DataStore."""

    def __init__(
        self, settings: Settings, api: ActionApi, status: Mapping[str, Any], found: Found | None
    ) -> None:
        self._settings = settings
        self._api = api
        self._status = status
        self._found = found
        self._stops = 0
        self.datastore = False
        self.writable: dict[str, str] = {}
        self.refused = False  # the token is not accepted; what follows from that is not told again

    def run(self, codes: Sequence[str], now: datetime) -> Iterator[Finding]:
        """`codes` are the municipalities to publish for; none where that is not known."""
        version = self._status.get("ckan_version")
        yield of_version(version if isinstance(version, str) else "")
        yield self._revise()
        accepted = self.accepted()
        self.refused = accepted.state == "problem"
        yield from _of_token(accepted, self._found, now, refused=self.refused)
        yield from self._organizations(codes)
        yield self._licence()
        yield self._datastore()

    # --- asking --------------------------------------------------------------------------------

    def ask(self, action: str, **parameters: Any) -> Any:
        """What the action answers. Raises NotFound, or PortalError; once the connection has failed several times it is
        not tried again."""
        if self._stops >= MOST_STOPS:
            raise UnfitError(
                "ポータルが続けて答えないため、やめました", "the portal failed several times in a row"
            )
        try:
            answer = self._api.read(action, **parameters)
        except (DeniedError, WrongCallError):
            raise
        except PortalStopError:
            self._stops += 1
            raise
        except _UNSHAPED:
            raise _unfit(action) from None
        self._stops = 0
        return answer

    # --- what is looked at ---------------------------------------------------------------------

    def _revise(self) -> Finding:
        try:
            self.ask("help_show", name="package_revise")
        except NotFound:
            return Finding(
                "revise", "warning",
                "package_revise がありません（CKAN 2.8 以前）。odtool は別の手順で書き込みますが、同時に別の人が変えると上書きすることがあります。",
                "There is no package_revise (CKAN up to 2.8). odtool writes in another way, which can overwrite what somebody changes at the same moment.",
                "ポータルの更新の予定を担当者に聞いてください。", "Ask those in charge whether the portal will be brought up to date.",
            )  # fmt: skip
        except PortalError as error:
            return unknown("revise", error)
        return Finding("revise", "ok", "package_revise があり、ほかの人の変更を上書きせずに書き込めます。",
                       "There is package_revise: nothing that others change is overwritten.")  # fmt: skip

    def accepted(self) -> Finding:
        """Whose token it is. A wrong one is not refused where the public may read, so somebody must be asked for."""
        if self._found is None:
            return not_checked("token-valid", "トークンがありません", "there is no token")
        refused = Finding(
            "token-valid", "problem",
            "ポータルがこのトークンを認めません。", "The portal does not accept this token.",
            "写し間違い、期限切れ、無効化のどれかです。ポータルの利用者の画面で新しいトークンを作り、入れ替えてください。",
            "It was copied wrongly, has ended or was revoked. Make a new one in the portal's pages and put it in its place.",
        )  # fmt: skip
        try:
            user = self.ask("user_show")
        except DeniedError:
            return refused
        except NotFound:  # nobody; but 2.9 never tells, whoever asks
            return self._accepted_by_2_9(refused)
        except PortalError as error:
            return unknown("token-valid", error)
        name = user.get("name") if isinstance(user, dict) else None
        if not isinstance(name, str) or not name:
            return unknown("token-valid", _unfit("user_show"))
        shown = visible(name, 60)
        facts = {"user": shown, "sysadmin": user.get("sysadmin") is True}
        if facts["sysadmin"]:
            return Finding(
                "token-valid", "warning",
                f"ポータルは利用者「{shown}」として認めますが、ポータル全体の管理者のトークンです。漏れると全データが危険です。",
                f"The portal accepts it as the user {shown}, who is a sysadmin: if the token leaks, everything is in danger.",
                "組織の「編集者」にした専用の利用者を作り、そのトークンを使ってください。",
                "Make a user for this who is an editor of the organisation, and take that one's token.", facts=facts,
            )  # fmt: skip
        return Finding("token-valid", "ok", f"ポータルは利用者「{shown}」として認めます。",
                       f"The portal accepts it as the user {shown}.", facts=facts)  # fmt: skip

    def _accepted_by_2_9(self, refused: Finding) -> Finding:
        try:
            self.ask("dashboard_new_activities_count")
        except DeniedError:
            return refused
        except NotFound:
            return unknown("token-valid", _unfit("user_show"))
        except WrongCallError:  # later versions may lack it, and those had told
            return refused
        except PortalError as error:
            return unknown("token-valid", error)
        return Finding("token-valid", "ok", "ポータルはこのトークンを認めます（だれのものかは、この版では分かりません）。",
                       "The portal accepts the token; whose it is, this version does not tell.")  # fmt: skip

    def _organizations(self, codes: Sequence[str]) -> Iterator[Finding]:
        if self._found is None:
            yield not_checked("organization", "トークンがありません", "there is no token")
            return
        if self.refused:
            yield not_checked(
                "organization", "ポータルがこのトークンを認めません", "the portal does not accept the token"
            )
            return
        allowed: dict[str, dict[str, str]] = {}
        for permission in PERMISSIONS:
            try:
                answer = self.ask("organization_list_for_user", permission=permission)
            except NotFound:
                yield unknown("organization", _unfit("organization_list_for_user"))
                return
            except PortalError as error:
                yield unknown("organization", error)
                return
            if not isinstance(answer, list):
                yield unknown("organization", _unfit("organization_list_for_user"))
                return
            allowed[permission] = _named(answer)
        create, update = (allowed[permission] for permission in PERMISSIONS)
        self.writable = {name: id_ for name, id_ in create.items() if name in update}
        for code in codes:
            yield self._organization(code, create, update)
        if codes:
            return
        yield self._unnamed(create)

    def _unnamed(self, create: Mapping[str, str]) -> Finding:
        """Where nobody said for whom: what may be published to, and whether that fits the pattern of the names."""
        shown = ", ".join(visible(name, 60) for name in sorted(create)[:LISTED])
        shown += ", …" if len(create) > LISTED else ""
        facts = {"organizations": [visible(name, 100) for name in sorted(create)[:100]]}
        if not create:
            return Finding(
                "organization", "problem", "このトークンで公開できる組織がありません。", "This token may publish to no organisation.",
                "トークンが正しければ、ポータルの担当者に、自治体の組織の「編集者」にしてもらってください。",
                "If the token is right, ask to be made an editor of the municipality's organisation.", facts=facts,
            )  # fmt: skip
        if not any(organization_code(self._settings, name) for name in create):
            pattern = visible(self._settings.owner, 60)
            return Finding(
                "organization", "warning",
                f"公開できる組織（{shown}）の名前が、どれも設定の型「{pattern}」に合いません。", f"None of the organisations that may be published to ({shown}) is named like {pattern}.",
                "odtool.toml の organization に、組織の名前の型を書いてください（{code} は団体コード6桁、{code5} は5桁）。",
                "State how they are named as organization in odtool.toml ({code} is the six-digit code, {code5} has five).",
                side="here", facts=facts,
            )  # fmt: skip
        return Finding(
            "organization", "ok", f"公開できる組織: {shown}（公開する自治体は指定されていません）。",
            f"May publish to: {shown}. No municipality was named.",
            "自治体ごとに確かめるには --municipality 団体コード を付けてください。", "Add --municipality CODE to look at one.", facts=facts,
        )  # fmt: skip

    def _organization(self, code: str, create: Mapping[str, str], update: Mapping[str, str]) -> Finding:
        name = organization_name(self._settings, code)
        place = municipalities().get(code)
        title = f"{place.title} {code}" if place else code
        facts = {
            "municipality": code,
            "organization": name,
            "create": name in create,
            "update": name in update,
        }
        if name in create and name in update:
            return Finding("organization", "ok", f"{title}: 組織「{name}」に公開でき、更新できます。",
                           f"{title}: may publish to and update the organisation {name}.", facts=facts)  # fmt: skip
        if name in create:
            return Finding("organization", "problem", f"{title}: 組織「{name}」に登録はできますが、更新ができません。",
                           f"{title}: may create in the organisation {name}, but not update.", *_EDITOR, facts=facts)  # fmt: skip
        try:
            self.ask("organization_show", id=name, include_users=False, include_datasets=False)
        except NotFound:
            return Finding(
                "organization", "problem", f"{title}: ポータルに組織「{name}」がありません。", f"{title}: the portal has no organisation {name}.",
                "ポータルの担当者に作ってもらうか、権限があれば公開のときに --create-organization を付けてください。"
                "別の名前であれば、odtool.toml の organization を直してください。",
                "Have it made, or publish with --create-organization if you may. If it has another name, correct organization in odtool.toml.",
                facts=facts,
            )  # fmt: skip
        except PortalError as error:
            return unknown("organization", error, title)
        return Finding("organization", "problem", f"{title}: 組織「{name}」に公開する権限がこのトークンにありません。",
                       f"{title}: this token may not publish to the organisation {name}.", *_EDITOR, facts=facts)  # fmt: skip

    def _licence(self) -> Finding:
        wanted = self._settings.terms
        portal = Ckan(self._settings.name, self._settings.url, "", timeout=TIMEOUT)
        shown = visible(wanted.id, 60)
        try:
            found = portal.licence(wanted)
        except UsageError as error:
            ja, _, do_ja = visible(error.ja, 1_000).partition("。")
            en, _, do_en = visible(error.en, 1_000).partition(". ")
            return Finding("licence", "problem", f"{ja}。", f"{en}.", do_ja, do_en, side="here")
        except NotFound:
            return unknown("licence", _unfit("license_list"))
        except PortalError as error:
            return unknown("licence", error)
        except _UNSHAPED:
            return unknown("licence", _unfit("license_list"))
        finally:
            portal.close()
        facts = {"wanted": wanted.id, "found": visible(found.id, 60)}
        if found.id != wanted.id:
            return Finding("licence", "ok", f"ライセンス「{shown}」は、このポータルの「{facts['found']}」として登録します。",
                           f"The licence {shown} is {facts['found']} on this portal.", facts=facts)  # fmt: skip
        return Finding("licence", "ok", f"ライセンス「{shown}」があります。", f"There is the licence {shown}.", facts=facts)  # fmt: skip

    def _datastore(self) -> Finding:
        wanted = self._settings.datastore
        listed = "datastore" in extensions_of(self._status)
        try:
            self.ask("datastore_search", resource_id="_table_metadata", limit=0)
            there = True
        except (WrongCallError, NotFound):
            there = listed
        except PortalError as error:
            if not listed:
                return unknown("datastore", error)
            there = True
        self.datastore = there
        facts = {"wanted": wanted, "there": there}
        if there:
            use = (
                "使います" if wanted else "設定では使いません",
                "It is used." if wanted else "The settings do not use it.",
            )
            return Finding("datastore", "ok", f"DataStore があります。{use[0]}。", f"There is a DataStore. {use[1]}", facts=facts)  # fmt: skip
        if wanted:
            return Finding(
                "datastore", "problem", "DataStore がありませんが、設定は使うことになっています。", "There is no DataStore, but the settings want one.",
                "odtool.toml の datastore を false にするか、ポータルの担当者に確かめてください。",
                "Set datastore to false in odtool.toml, or ask those in charge of the portal.", side="here", facts=facts,
            )  # fmt: skip
        return Finding("datastore", "ok", "DataStore はありません（設定でも使いません）。", "There is no DataStore, nor do the settings want one.", facts=facts)  # fmt: skip


def organization_name(settings: Settings, code: str) -> str:
    """The name of a municipality's organisation there."""
    return settings.owner.replace("{code}", code).replace("{code5}", code[:5])


def organization_code(settings: Settings, name: str) -> str:
    """The municipality whose organisation is named so; "" for none."""
    return next((code for code in municipalities() if organization_name(settings, code) == name), "")


def unknown(name: str, error: PortalError, what: str = "") -> Finding:
    """For what the portal would not or could not tell."""
    about = f"{what}: " if what else ""
    ja, en = visible(error.ja, 500).rstrip("。"), visible(error.en, 500).rstrip(".")
    return Finding(name, "unknown", f"{about}確認できませんでした（{ja}）。", f"{about}Could not be found out: {en}.", *ASK_PORTAL)  # fmt: skip


def _unfit(action: str) -> UnfitError:
    return UnfitError(
        f"「{action}」への返事が CKAN のものではありません", f"what it answers to {action} is not CKAN's"
    )


def _of_token(accepted: Finding, found: Found | None, now: datetime, *, refused: bool) -> Iterator[Finding]:
    """Whether the token is accepted, and when it ends: one line for each cause. Of a token that is refused the end is
    the cause if it has passed, and else says nothing."""
    if found is None:
        yield accepted
        return
    end = of_end(end_of(found.token), now)
    if refused and end.state == "problem":
        accepted = not_checked("token-valid", "トークンの期限が切れています", "the token has ended")
    elif refused:
        end = not_checked(
            "token-expiry", "ポータルがこのトークンを認めません", "the portal does not accept the token"
        )
    yield end
    yield accepted


def _named(listed: list[Any]) -> dict[str, str]:
    """Organisations: their ids by name."""
    return {
        entry["name"]: entry["id"]
        for entry in listed
        if isinstance(entry, dict) and isinstance(entry.get("name"), str) and isinstance(entry.get("id"), str)
    }
