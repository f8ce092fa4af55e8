"""Versions of CKAN with vulnerabilities that were made public, as CKAN's own changelogs tell.

Source: CHANGELOG.rst in the releases 2.10.11, 2.11.6 and 2.12.0 of CKAN, of
2026-08-26, and CKAN's security advisories (https://github.com/ckan/ckan/security/advisories). What was found later is
not in it, so whoever uses this says of which day it is.
"""

import re
from dataclasses import dataclass

AS_OF = "2026-08-26"
SOURCE = "https://github.com/ckan/ckan/security/advisories"
NEWEST = ((2, 12, 0), (2, 11, 6), (2, 10, 11))
"""The last release of each line that this list knows of."""
SUPPORTED = ((2, 11), (2, 12))
"""CKAN keeps its last two lines in repair (https://docs.ckan.org/en/latest/maintaining/releases.html)."""

Version = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Advisory:
    """A vulnerability: mended in the releases `fixed`, one of each line; a line before all of them has it for ever.
    `since` is the first version that has it. `grave`: it needs no account, or gives away the server or what is not
    public."""

    ids: str
    since: Version
    fixed: tuple[Version, ...]
    ja: str
    en: str
    grave: bool = False

    def touches(self, version: Version) -> bool:
        if version < self.since:
            return False
        for repaired in self.fixed:
            if version[:2] == repaired[:2]:
                return version < repaired
        return version < max(self.fixed)


_FIRST = (0,)
# The changelogs name the lines that were mended, not the first version that had it: of older lines nothing is claimed.
_KNOWN = (2, 10)
_AUGUST_2026 = ((2, 10, 11), (2, 11, 6), (2, 12, 0))
_APRIL_2026 = ((2, 10, 10), (2, 11, 5))

ADVISORIES = (
    Advisory("GHSA-5r6j-4c43-7mx6", _KNOWN, _AUGUST_2026, "検索（package_search）の制限を、ログインなしで回避できる",
             "the limits of package_search can be got around without an account", grave=True),
    Advisory("GHSA-73fv-x47v-f4j5", _KNOWN, _AUGUST_2026, "DataStore に書き込める人が、任意の SQL を実行できる",
             "whoever may write to the DataStore can run any SQL", grave=True),
    Advisory("GHSA-8hw7-23gj-5599", _KNOWN, _AUGUST_2026, "datastore_search_sql で権限の確認を回避できる",
             "datastore_search_sql: authorisation can be got around", grave=True),
    Advisory("GHSA-8frv-ccr7-4m2p, GHSA-3g5q-3wf6-p8rc, GHSA-p5rh-49m9-56vx", _KNOWN, _AUGUST_2026,
             "データの説明や名前に埋め込まれたスクリプトが画面で動く", "scripts in descriptions and names run in the pages"),
    Advisory("GHSA-jgwg-vp4m-5xw5", _KNOWN, _AUGUST_2026, "非公開データセットのメタデータが見える",
             "metadata of private datasets can be seen", grave=True),
    Advisory("GHSA-6499-jgj4-2wpf", _KNOWN, _AUGUST_2026, "利用者登録の画面でセッションを乗っ取れる",
             "a session can be fixed while registering"),
    Advisory("CVE-2026-42031", _FIRST, _APRIL_2026, "datastore_search_sql で、ログインなしに SQL を注入できる",
             "datastore_search_sql: SQL injection without an account", grave=True),
    Advisory("CVE-2026-42032", _FIRST, _APRIL_2026, "datastore_search_sql で、ログインなしに権限の確認を回避できる",
             "datastore_search_sql: authorisation can be got around without an account", grave=True),
    Advisory("CVE-2026-41255", (2, 10), _APRIL_2026, "他人になりすました操作（CSRF）への守りが外れる",
             "protection against forged requests (CSRF) can be lifted"),
    Advisory("CVE-2026-41132", _FIRST, _APRIL_2026, "メールサーバーの証明書を確かめない",
             "the mail server's certificate is not verified"),
    Advisory("CVE-2025-64100", (2, 10), ((2, 10, 9), (2, 11, 4)), "セッションを乗っ取れる（設定による）",
             "a session can be fixed (depends on settings)"),
    Advisory("CVE-2025-54384", _FIRST, ((2, 10, 9), (2, 11, 4)), "説明欄に埋め込まれたスクリプトが画面で動く",
             "scripts in descriptions run in the pages"),
    Advisory("CVE-2025-24372", _FIRST, ((2, 10, 7), (2, 11, 2)), "画像に埋め込まれたスクリプトが画面で動く",
             "scripts in uploaded images run in the pages"),
    Advisory("CVE-2024-41674", (2, 0), ((2, 10, 5), (2, 11, 0)), "検索サーバーの認証情報がエラーの文に出ることがある",
             "credentials of the search server may show in an error", grave=True),
    Advisory("CVE-2024-41675", (2, 7), ((2, 10, 5), (2, 11, 0)), "表の表示（DataTables）でスクリプトが動く",
             "scripts run in the DataTables view"),
    Advisory("CVE-2024-43371", _FIRST, ((2, 10, 5), (2, 11, 0)), "内部のサーバーへの要求に悪用できる（SSRF）",
             "can be made to ask servers inside (SSRF)"),
    Advisory("CVE-2024-27097", _FIRST, ((2, 9, 11), (2, 10, 4)), "ログに偽の記録を入れられる",
             "false entries can be put into the log"),
    Advisory("CVE-2023-50248", (2, 0), ((2, 9, 10), (2, 10, 3)), "登録画面からメモリー不足を起こせる",
             "the form can be made to use up the memory"),
    Advisory("CVE-2023-32321", _FIRST, ((2, 9, 9), (2, 10, 1)), "ファイルを送れる人が、サーバーを乗っ取れる",
             "whoever may upload can take over the server", grave=True),
    Advisory("CVE-2022-43685", _FIRST, ((2, 8, 12), (2, 9, 7)), "ログインなしで、他人のアカウントを乗っ取れる",
             "accounts can be taken over without logging in", grave=True),
    Advisory("CVE-2021-25967", (2, 9), ((2, 9, 4),), "利用者の画像に埋め込まれたスクリプトが画面で動く",
             "scripts in users' pictures run in the pages"),
)  # fmt: skip


def parsed(version: str) -> Version | None:
    """(2, 10, 4) of 2.10.4, of 2.10.4+fork and of 2.10.4b1, which counts as the release; None of anything else."""
    found = re.match(r"(\d{1,4})\.(\d{1,4})(?:\.(\d{1,4}))?", version)
    return tuple(int(part or 0) for part in found.groups()) if found and version.isascii() else None


def known_of(version: Version) -> list[Advisory]:
    """Those that the version has, the grave ones first."""
    return sorted((a for a in ADVISORIES if a.touches(version)), key=lambda a: not a.grave)


def newer(version: Version) -> bool:
    """Whether the version came after this list."""
    of_line = [release for release in NEWEST if release[:2] == version[:2]]
    return version > (of_line[0] if of_line else max(NEWEST))


def repaired(version: Version) -> Version:
    """The release to go to: the last of its line where that line is kept in repair, else of the oldest that is."""
    return next(
        (r for r in NEWEST if r[:2] == version[:2] and r[:2] in SUPPORTED),
        min(r for r in NEWEST if r[:2] in SUPPORTED),
    )
