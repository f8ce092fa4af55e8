"""Offers + what the portal holds → a plan: create, update, adopt, withdraw, leave, refuse.

Pure: values in, values out. A plan made twice from the same files and the same portal is the same, but for its
date; that is how a plan that has gone stale is noticed.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import asdict, replace

from odtool.errors import UsageError
from odtool.ledger.journal import GONE, Publication
from odtool.planning.metadata import digest
from odtool.planning.plan import (
    ABSENT,
    CONTENT,
    TABLE,
    TAGS,
    WITHDRAWN,
    Change,
    Held,
    Item,
    Offer,
    Plan,
    Published,
    Refusal,
    Wishes,
    called,
)

__all__ = [
    "CONTENT",
    "TABLE",
    "TAGS",
    "WITHDRAWN",
    "UnprunableError",
    "called",
    "decide",
    "differences",
    "edited",
    "settle",
    "state",
    "to_load",
    "written",
]


class UnprunableError(UsageError):
    """What seems to be missing may be there: nothing can be withdrawn, and nothing was written."""


def state(published: Published | None) -> str:
    """A digest of what the portal holds for a dataset."""
    if published is None:
        return ABSENT
    text = json.dumps(asdict(published), ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


# --- offers among themselves -------------------------------------------------------------------


def settle(offers: Iterable[Offer], shown: Callable[[str], str] = str) -> list[Offer]:
    """Offers that would become the same file of a dataset, or one dataset in two editions or of two municipalities, are
    refused. `shown` is how a path is told."""
    found = list(offers)
    by_file: defaultdict[tuple[str, str], list[Offer]] = defaultdict(list)
    by_dataset: defaultdict[str, list[Offer]] = defaultdict(list)
    for offer in found:
        if not offer.refusal:
            by_file[offer.dataset_name, offer.file_name].append(offer)
            by_dataset[offer.dataset_name].append(offer)
    return [
        offer
        if offer.refusal
        else _settled(
            offer, by_file[offer.dataset_name, offer.file_name], by_dataset[offer.dataset_name], shown
        )
        for offer in found
    ]


def _settled(
    offer: Offer, same_file: list[Offer], same_dataset: list[Offer], shown: Callable[[str], str]
) -> Offer:
    place = f"{offer.dataset_name}/{offer.file_name}"
    rivals = [other for other in same_file if other is not offer]
    if not rivals:
        place = offer.dataset_name
        whose = (offer.dataset, offer.municipality)
        rivals = [other for other in same_dataset if (other.dataset, other.municipality) != whose]
    if not rivals:
        return offer
    names = [shown(other.path) for other in rivals]
    refusal = Refusal(
        "data",
        f"{'、'.join(names)} と同じ {place} になるため、どちらも公開しません。公開する方だけを指定してください。",
        f"It would become the same {place} as {', '.join(names)}, so neither is published. Give only one of them.",
    )
    return replace(offer, refusal=refusal)


# --- the decision ------------------------------------------------------------------------------


def decide(
    offers: Iterable[Offer],
    published: Mapping[str, Published | None],
    *,
    portal: str,
    address: str,
    made: str,
    dataset: str | None = None,
    municipality: str | None = None,
    wishes: Wishes = Wishes(),
    before: Iterable[Publication] = (),
) -> Plan:
    """The plan. `published` is what the portal holds, by the names of the datasets; `before` what was published
    there until now, of which `prune` withdraws what is not offered any more."""
    found = settle(offers)
    alone = defaultdict[str, int](int)
    for offer in found:
        alone[offer.dataset_name] += not offer.refusal
    items = [
        _item(offer, published.get(offer.dataset_name), wishes, alone=alone[offer.dataset_name] == 1)
        for offer in found
    ]
    if wishes.prune:
        items += _pruned(found, published, before, municipality, wishes)
    return Plan(portal, address, made, tuple(items), dataset, municipality, wishes)


def _item(offer: Offer, held: Published | None, wishes: Wishes, *, alone: bool) -> Item:
    if offer.refusal:
        return Item(offer, "refuse", offer.refusal.ja, offer.refusal.en, cause=offer.refusal.cause)
    if held is None:
        changes = differences(offer, None)
        return Item(offer, "create", "ポータルにまだありません。", "Not on the portal yet.", changes)
    seen = state(held)
    adopting = held.foreign and held.name in wishes.adopt
    restoring = bool(held.withdrawn) and held.name in wishes.restore
    if held.obstacle and not _overcome(held, wishes):
        return Item(
            offer, "refuse", held.obstacle.ja, held.obstacle.en, state=seen, cause=held.obstacle.cause
        )
    said = held.withdrawn_files.get(offer.file_name, "")
    if said and not {held.name, f"{held.name}/{offer.file_name}"} & wishes.restore:
        ja, en = _withdrawn_file(offer, said)
        return Item(offer, "refuse", ja, en, state=seen, cause="portal")
    takes = _taken_over(held) if adopting and alone and offer.file_name not in held.resources else None
    file = takes or held.resources.get(offer.file_name)
    changes = differences(offer, held, file)
    if restoring or said:
        changes += (Change(WITHDRAWN, held.withdrawn or said, ""),)
    told = adopting or restoring or wishes.overwrite
    left = () if told else tuple(change for change in changes if edited(change, offer, held, file))
    changes = tuple(change for change in changes if change not in left)
    item = Item(offer, "unchanged", "ポータルにあるものと同じです。", "The portal has the same.", changes, left, seen,
                url=file.url if file else "", takes=takes.id if takes else "")  # fmt: skip
    if adopting:
        ja, en = _differs(changes)
        return replace(item, action="adopt", ja=f"引き継ぎます。{ja}", en=f"Taken over. {en}")
    if file is None:
        ja, en = "データセットにこのファイルがまだありません。", "The dataset does not have this file yet."
        return replace(item, action="create", ja=ja, en=en)
    if any(change.field == CONTENT for change in left) or (left and not changes):
        ja, en = _edited(left)
        return replace(item, action="drift", ja=ja, en=en, changes=(), cause="portal")
    if not changes:
        return item
    ja, en = _differs(changes)
    if left:
        more = _edited(left)
        ja, en = f"{ja}。{more[0]}", f"{en}. {more[1]}"
    return replace(item, action="update", ja=ja, en=en)


def _overcome(held: Published, wishes: Wishes) -> bool:
    """Whether somebody asked for what the obstacle keeps from happening: for all of it, where it is both."""
    if not held.foreign and not held.withdrawn:
        return False
    if (
        held.hidden and not held.withdrawn
    ):  # somebody's draft: with our file the rest of it would become public
        return False
    return not (
        (held.foreign and held.name not in wishes.adopt)
        or (held.withdrawn and held.name not in wishes.restore)
    )


def _withdrawn_file(offer: Offer, said: str) -> tuple[str, str]:
    name, file = offer.dataset_name, offer.file_name
    ja = (
        f"{name} の {file} は取り下げ済みです（{said}）。もう一度公開してよければ --restore {name}/{file} を付けてください"
        f"（--restore {name} なら、このデータセットの取り下げたファイルすべて）。"
    )
    en = (
        f"{file} of {name} was withdrawn ({said}). Add --restore {name}/{file} if it may be published again (--restore "
        f"{name} for all files of the dataset that were withdrawn)."
    )
    return ja, en


def _taken_over(held: Published) -> Held | None:
    """The one table of a dataset that somebody else made, if it is clear which."""
    tables = [file for file in held.resources.values() if file.format.upper() == "CSV"]
    return tables[0] if len(tables) == 1 else None


def _differs(changes: Iterable[Change]) -> tuple[str, str]:
    fields = [change.field for change in changes]
    return (
        f"違うところ: {'、'.join(called(field, 'ja') for field in fields)}",
        f"Differs in: {', '.join(called(field, 'en') for field in fields)}",
    )


def _edited(left: Iterable[Change]) -> tuple[str, str]:
    fields = [change.field for change in left]
    return (
        f"ポータルで手直しされた{'、'.join(called(field, 'ja') for field in fields)}はそのまま残します（odtool の内容に戻すなら --overwrite）。",
        f"Edited by hand on the portal and left alone (--overwrite undoes that): {', '.join(called(field, 'en') for field in fields)}.",
    )


def differences(offer: Offer, held: Published | None, file: Held | None = None) -> tuple[Change, ...]:
    """Field by field what the portal has to change to hold the offer. Tags that others added may stay. `file` is the
    file in question where it has another name than the offer's."""
    file = file or (held.resources.get(offer.file_name) if held else None)
    found = []
    same = file and file.sha256 == offer.content_sha256 and file.size in (None, offer.size)
    if not file or not same or file.edited:
        found.append(Change(CONTENT, file.sha256 if file else "", offer.content_sha256))
    elif to_load(offer, file):
        found.append(Change(TABLE, file.loaded or "", offer.content_sha256))
    before = held.metadata if held else {}
    found += [
        Change(key, before.get(key, ""), value)
        for key, value in offer.metadata.items()
        if before.get(key, "") != value
    ]
    tags = held.tags if held else ()
    if not set(offer.tags) <= set(tags):
        found.append(Change(TAGS, "、".join(tags), "、".join(dict.fromkeys((*tags, *offer.tags)))))
    return tuple(found)


def to_load(offer: Offer, file: Held) -> bool:
    """Whether its table or its previews are wanted and are yet to be made."""
    return file.loaded not in (None, offer.content_sha256)


def edited(change: Change, offer: Offer, held: Published, file: Held | None) -> bool:
    """Whether the field is as somebody else left it, and not as odtool wrote it."""
    if change.field == CONTENT:  # the right bytes under a stale mark are our own unfinished work
        return file is not None and file.edited and file.sha256 != change.after
    if change.field in (TABLE, WITHDRAWN):
        return False
    wrote = held.written.get(change.field)
    if change.field == TAGS:  # one that was written and is missing now; those that others added may stay
        return wrote == digest(_ours(offer.tags))
    return bool(change.before) if wrote is None else wrote != digest(change.before)


def written(offer: Offer, held: Published | None, fields: Collection[str]) -> dict[str, str]:
    """What a portal is to remember once these fields of the entry are written; edits left alone stay known as such."""
    known = dict(held.written) if held else {}
    there = held.metadata if held else {}
    for key, value in offer.metadata.items():
        if key in fields or there.get(key, "") == value:
            known[key] = digest(value)
    if TAGS in fields or (held and set(offer.tags) <= set(held.tags)):
        known[TAGS] = digest(_ours(offer.tags))
    return known


def _ours(tags: Iterable[str]) -> str:
    return "、".join(sorted(tags))


# --- what is not offered any more --------------------------------------------------------------


def _pruned(
    offers: list[Offer],
    published: Mapping[str, Published | None],
    before: Iterable[Publication],
    municipality: str | None,
    wishes: Wishes,
) -> list[Item]:
    """What to withdraw: files that were published before, of the municipalities that offer any (or of all, where that was
    wished), and are not among the offers. One that somebody has replaced on the portal since is shown and left, unless told otherwise. Raises
    UnprunableError where a file is refused without telling which dataset it is: it may be one of them.
    """
    unclear = [offer.path for offer in offers if offer.refusal and not (offer.municipality and offer.slug)]
    if unclear:
        raise UnprunableError(
            f"どのデータセットか分からないファイルがあるため、--prune は使えません（{'、'.join(unclear[:3])}）。"
            "先に直すか、外してください。",
            f"--prune cannot be used with files of unknown kind ({', '.join(unclear[:3])}): "
            "they may be what seems to be missing. Mend them or leave them out.",
        )
    whose = (
        {municipality} if municipality and not wishes.emptied else {offer.municipality for offer in offers}
    )
    kinds = {(offer.municipality, offer.slug) for offer in offers if offer.refusal}
    kept = {(offer.dataset_name, offer.file_name) for offer in offers if not offer.refusal}
    missing: defaultdict[str, list[Publication]] = defaultdict(list)
    for publication in before:
        key = (publication.dataset_name, publication.file_name)
        refused = (publication.municipality, publication.slug) in kinds
        if (wishes.emptied or publication.municipality in whose) and key not in kept and not refused:
            missing[publication.dataset_name].append(publication)
    items = []
    for name, gone in sorted(missing.items()):
        held = published.get(name)
        if held is None or held.obstacle:
            continue  # gone already, or not ours to touch
        there = [p for p in gone if p.file_name in held.resources]
        replaced = [p for p in there if held.resources[p.file_name].edited and not wishes.overwrite]
        items += [_left_standing(publication, held) for publication in replaced]
        there = [p for p in there if p not in replaced]
        whole = not any(dataset == name for dataset, _ in kept) and len(there) == len(held.resources)
        items += [
            _withdrawal(publication, held, whole=whole) for publication in there[: 1 if whole else None]
        ]
    return items


def _left_standing(publication: Publication, held: Published) -> Item:
    item = _withdrawal(publication, held, whole=False)
    left = (Change(CONTENT, held.resources[publication.file_name].sha256, ""),)
    ja = "手元のファイルにありませんが、ポータルで差し替えられているため、取り下げずに残します（取り下げるなら --overwrite も付けてください）。"
    en = "Not among the files any more, but replaced by hand on the portal, so it is left there (--overwrite withdraws it)."
    return replace(item, action="drift", ja=ja, en=en, left=left, cause="portal")


def _withdrawal(publication: Publication, held: Published, *, whole: bool) -> Item:
    offer = Offer(
        path="",
        source_sha256="",
        municipality=publication.municipality,
        slug=publication.slug,
        edition=publication.edition,
        dataset_name=publication.dataset_name,
        file_name="" if whole else publication.file_name,
        metadata={"title": held.metadata.get("title", "")},
    )
    return Item(offer, "withdraw", *GONE, state=state(held))
