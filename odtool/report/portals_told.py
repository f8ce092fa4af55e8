"""What is known of the portals: of each kind by its profile, of those declared by the settings. As text and as JSON."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from odtool.planning.metadata import named
from odtool.settings.portal import Settings
from odtool.settings.profile import FACTS, SURE, Fact, Profile
from odtool.text import pad, visible, width

SCHEMA = "odtool-portals/1"
_API = {"ckan": ("CKAN", "CKAN"), "hand": ("手で登録", "by hand"), "folder": ("フォルダー", "folder")}
_KIND = {"ckan": "ckan", "upload": "hand", "folder": "folder"}


def overview(profiles: Mapping[str, Profile], declared: Mapping[str, Settings], lang: str) -> str:
    """One line for each shipped profile and for each portal declared."""
    en = lang == "en"
    known = [
        (p.name, _API[p.api][en], p.title[en], p.text("url") or _unknown(lang, p)) for p in profiles.values()
    ]
    lines = ["Profiles that come with odtool:" if en else "odtool に付属するプロファイル:", *_table(known)]
    lines += ["", "Declared in odtool.toml:" if en else "odtool.toml に書かれた公開先:"]
    if declared:
        lines += _table(
            (s.name, _API[_KIND[s.type]][en], s.profile or "-", visible(s.url or s.path, 200))
            for s in declared.values()
        )
    else:
        lines.append("  none" if en else "  なし")
    lines += [
        "",
        "odtool portals NAME shows what is known of one, and how sure it is."
        if en
        else "odtool portals 名前 で、分かっていることと、その確かさを表示します。",
    ]
    return "\n".join(lines) + "\n"


def _unknown(lang: str, profile: Profile) -> str:
    if profile.api == "hand":
        return ""
    return "(address as in odtool.toml)" if lang == "en" else "（アドレスは odtool.toml に書く）"


def _table(rows: Iterable[Sequence[str]]) -> list[str]:
    cells = [list(row) for row in rows]
    widths = [max(map(width, column)) for column in zip(*cells, strict=True)]
    return ["  " + "  ".join(map(pad, row, widths)).rstrip() for row in cells]


def one(profile: Profile, settings: Settings | None, lang: str) -> str:
    """Everything known of one kind of portal, and what is stated of this very one."""
    return "\n".join(_one(profile, settings, lang)) + "\n"


def _one(profile: Profile, settings: Settings | None, lang: str) -> Iterator[str]:
    en = lang == "en"
    if settings:
        yield f"{settings.name} ({settings.url or settings.path})"
        yield from (f"  {label}: {visible(value, 300)}" for label, value in _stated(settings, lang) if value)
        for ja, text in settings.warnings:
            yield f"  {'Mind' if en else '注意'}: {text if en else ja}"
        yield ""
        if not profile.name:
            yield (
                "No profile is stated, so nothing more is known."
                if en
                else "プロファイルの指定がないため、ほかは分かりません。"
            )
            return
    yield f"{profile.name}: {profile.title[en]} ({_API[profile.api][en]})"
    yield from (f"  - {note[en]}" for note in profile.notes)
    sources = list(dict.fromkeys(fact.source for fact in _all(profile)))
    facts = {str(FACTS[key][2 if en else 1]): fact for key, fact in profile.facts.items()}
    yield from _facts(facts, sources, lang)
    places = {f"{named(key, lang)} ({key})": fact for key, fact in profile.places.items()}
    if places:
        yield "  where it keeps each key:" if en else "  項目の置き場所:"
        yield from _facts(places, sources, lang)
    fields = {f"{named(key, lang)} ({key})": fact for key, fact in profile.fields.items()}
    if fields:
        yield "  what its form calls each key:" if en else "  登録画面での項目名:"
        yield from _facts(fields, sources, lang)
    if sources:
        yield "  Sources:" if en else "  出典:"
        yield from (f"    {number} {source[en]}" for number, source in enumerate(sources, 1))
    yield "  Whatever is not listed here is not known." if en else "  ここにないことは確認できていません。"


def _stated(settings: Settings, lang: str) -> list[tuple[str, str]]:
    en = lang == "en"
    return [
        ("profile" if en else "プロファイル", settings.profile),
        ("licence" if en else "ライセンス", settings.terms.id),
        ("organisation" if en else "組織", settings.owner if settings.type == "ckan" else ""),
        ("fields missing" if en else "まだ書かれていない項目", ", ".join(settings.missing)),
    ]


def _all(profile: Profile) -> list[Fact]:
    return [*profile.facts.values(), *profile.places.values(), *profile.fields.values()]


def _facts(facts: Mapping[str, Fact], sources: list[tuple[str, str]], lang: str) -> Iterator[str]:
    """One line each: the value, how sure it is, and the number of its source."""
    en = lang == "en"
    longest = max(map(width, facts), default=0)
    for label, fact in facts.items():
        number = sources.index(fact.source) + 1
        sure = f"({SURE[fact.sure][1]}; {number})" if en else f"（{SURE[fact.sure][0]}・出典{number}）"
        yield f"    {pad(label, longest)}  {fact.told(lang)}  {sure}"


def as_json(profiles: Mapping[str, Profile], declared: Mapping[str, Settings]) -> str:
    """«odtool-portals/1»: everything, in both languages."""
    told = {
        "schema": SCHEMA,
        "profiles": [_profile(profile) for profile in profiles.values()],
        "declared": [_declared(settings) for settings in declared.values()],
    }
    return json.dumps(told, ensure_ascii=False, indent=1) + "\n"


def _profile(profile: Profile) -> dict[str, Any]:
    return {
        "name": profile.name,
        "title": _both(profile.title),
        "api": profile.api,
        "notes": [_both(note) for note in profile.notes],
        **{
            table: {key: _fact(fact) for key, fact in found.items()}
            for table, found in (
                ("facts", profile.facts),
                ("places", profile.places),
                ("fields", profile.fields),
            )
        },
    }


def _fact(fact: Fact) -> dict[str, Any]:
    return {"value": fact.value, "sure": fact.sure, "source": _both(fact.source)}


def _both(pair: tuple[str, str]) -> dict[str, str]:
    return {"ja": pair[0], "en": pair[1]}


def _declared(settings: Settings) -> dict[str, Any]:
    return {
        "name": settings.name,
        "type": settings.type,
        "address": settings.url or settings.path,
        "profile": settings.profile or None,
        "licence": settings.terms.id,
        "organization": settings.owner if settings.type == "ckan" else None,
        "missing": list(settings.missing),
        "warnings": [_both(warning) for warning in settings.warnings],
    }
