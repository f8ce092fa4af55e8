"""What settings, profile and token tell of publishing to a portal before anybody asks it."""

from collections.abc import Iterator

from odtool.doctor import Finding, not_checked
from odtool.settings.portal import MEGABYTE, Settings
from odtool.settings.secret import Found


def of_extras(settings: Settings) -> Iterator[Finding]:
    """Where fields are missing that the portal asks for."""
    if not settings.missing:
        return
    fields, sure = "、".join(settings.missing), settings.knows.surely("required")
    yield Finding(
        "extras", "problem", f"このポータルで必須{'の' if sure else 'とみられる'}項目が書かれていません: {fields}。",
        f"Fields that the portal {'asks' if sure else 'seems to ask'} for are not stated: {', '.join(settings.missing)}.",
        f'odtool.toml の [portals.{settings.name}.extras] に書いてください（要らない項目は "" と書きます）。',
        f'State them in [portals.{settings.name}.extras] of odtool.toml ("" for one that is not needed).', side="here",
    )  # fmt: skip


def of_token(settings: Settings, found: Found | None) -> Iterator[Finding]:
    """Where the token comes from, never itself."""
    if found is None:
        variable = settings.token_variable
        yield Finding(
            "token", "problem", "トークンがありません。", "There is no token.",
            f"ポータルの利用者の画面で作り、環境変数 {variable} に入れるか、odtool token set {settings.name} で登録してください。",
            f"Make one in the portal's pages; put it into the environment variable {variable}, or keep it with odtool token set {settings.name}.",
            side="here",
        )  # fmt: skip
        yield not_checked("token-expiry", "トークンがありません", "there is no token")
        return
    ja, en = f"トークンは{found.ja}から来ます。", f"The token comes from {found.en}."
    facts = {"place": found.place}
    if found.warning:
        ja_more, en_more = found.warning
        yield Finding("token", "warning", f"{ja}{ja_more}", f"{en} {en_more}", side="here", facts=facts)
    else:
        yield Finding("token", "ok", ja, en, facts=facts)


def of_picked_up(settings: Settings) -> Iterator[Finding]:
    """Whether data under that licence is taken up by the services that collect from the portal."""
    known = settings.knows
    for ja, en in settings.warnings:
        yield Finding("picked-up", "warning", ja, en, side="here")
    if settings.warnings:
        return
    if not known.texts("picked_up"):
        yield Finding("picked-up", "unknown", "このライセンスのデータが横断サービスに取り込まれるかは、プロファイルにないため分かりません。",
                      "Whether data under this licence is picked up downstream, the profile does not tell.")  # fmt: skip
        return
    by, sure = known.text("picked_up_by") or "横断サービス", known.surely("picked_up")
    yield Finding("picked-up", "ok", f"このライセンスのデータは {by} に取り込まれます" + ("。" if sure else "（推定）。"),
                  f"Data under this licence is picked up by {by}" + ("." if sure else " (assumed)."))  # fmt: skip


def of_upload_limit(settings: Settings) -> Finding:
    """What is known of the largest file. Nothing but a file of that size could try it, so it is never ok."""
    stated, known = settings.max_upload_mb, settings.knows
    number = stated if stated is not None else known.number("max_upload_mb")
    facts = {"stated_mb": number or None, "refused_above_bytes": settings.largest}
    if not number:
        return Finding(
            "upload-limit", "unknown", "1ファイルの上限は、設定にもプロファイルにもないため分かりません。",
            "The largest file is not known: neither the settings nor the profile tell.",
            "ポータルの担当者に聞き、odtool.toml の max_upload_mb に書いてください。",
            "Ask those in charge of the portal, and state it as max_upload_mb in odtool.toml.", facts=facts,
        )  # fmt: skip
    where = ("設定", "the settings") if stated is not None else ("プロファイル", "the profile")
    assumed = stated is None and not known.surely("max_upload_mb")
    return Finding(
        "upload-limit", "unknown",
        f"1ファイルの上限は、{where[0]}では {number:g} MB（{number * MEGABYTE:,.0f} バイト）です{'（推定）' if assumed else ''}。"
        "その大きさのファイルを送って確かめてはいません。",
        f"The largest file is {number:g} MB according to {where[1]}{' (assumed)' if assumed else ''}. "
        "No file of that size was sent to try it.", facts=facts,
    )  # fmt: skip
