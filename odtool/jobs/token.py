"""Whether a portal still takes the job's token, before there is something to write: on a night on which nothing changes,
nobody would hear of it."""

from contextlib import closing
from datetime import datetime, timedelta

from odtool.doctor import Finding, end_of
from odtool.errors import OdtoolError
from odtool.portal.action import ActionApi
from odtool.portal.checkup import Checkup
from odtool.portal.reach import TIMEOUT
from odtool.settings import secret
from odtool.settings.portal import Settings

SOON = timedelta(days=14)  # two weeks are enough for asking whoever is in charge of the portal
_RENEW = (
    "ポータルの利用者の画面で新しいトークンを作り、入れ替えてください（odtool token set、token_file、環境変数のうち、いま使っているもの）。",
    "Make a new one on the portal and put it in its place (odtool token set, token_file or the variable, whichever is used).",
)


def ailing(settings: Settings, now: datetime, *, ask: bool) -> tuple[bool, tuple[str, str] | None]:
    """Whether anything could be found out, and what is wrong: the token is refused, has ended, or ends soon. With `ask` the
    portal is asked once, by a call that only reads. No part of the token is in the sentences."""
    try:
        found = secret.find(settings, insist=False)
    except OdtoolError:
        return False, None  # connecting tells it
    if settings.type != "ckan" or found is None:
        return False, None
    ends = end_of(found.token)
    if isinstance(ends, datetime) and ends - now < SOON:
        day = ends.strftime("%Y-%m-%d")
        past = ends <= now
        return True, (
            f"トークンの期限が{f' {day} に切れています' if past else f'近づいています（{day} まで）'}。{_RENEW[0]}",
            f"The token {'ended' if past else 'ends'} on {day}. {_RENEW[1]}",
        )
    if not ask:
        return True, None
    asked = _asked(settings, found)
    if asked.state == "problem":
        return True, (
            f"ポータルがこのトークンを認めません（写し間違い、期限切れ、無効化のどれか）。次に変更があっても公開できません。{_RENEW[0]}",
            f"The portal does not accept the token: copied wrongly, ended or revoked. The next change cannot be published. {_RENEW[1]}",
        )
    return asked.state != "unknown", None


def _asked(settings: Settings, found: secret.Found) -> Finding:
    api = ActionApi(
        settings.url,
        found.token,
        contact=settings.contact,
        pause=0.5,
        pace=settings.knows.number("pace"),
        timeout=TIMEOUT,
    )
    with closing(api):
        return Checkup(settings, api, {}, found).accepted()
