"""The page that tells a person how to register the files by hand: only what is known of the portal, and what is not."""

from collections.abc import Iterator, Sequence

from odtool.portal.hand_sheet import Row, heading, keys, own
from odtool.settings.profile import SURE, Profile
from odtool.text import pad, visible, width

_STEPS = (
    "ポータルの管理画面で、データセットを新しく作るか、前に作ったものを開きます（ボタンの名前は確認できていません）。",
    "metadata.xlsx の1行が1ファイルです。見出しに近い項目を探して書き写します。",
    "files の下のファイルを登録し、公開の操作をしたあと、公開の画面でファイルを開いて確かめます。",
)


def readme(rows: Sequence[Row], profile: Profile, name: str) -> bytes:
    """The text, as Windows' own editor shows it: UTF-8 with a mark, lines ending in CR LF."""
    lines = [*_japanese(rows, profile, name), "", "-" * 60, "", *_english(profile)]
    return ("\r\n".join(lines) + "\r\n").encode("utf-8-sig")


def _japanese(rows: Sequence[Row], profile: Profile, name: str) -> Iterator[str]:
    kind = f"（{profile.title[0]}）" if profile.title[0] else ""
    yield "手で登録する一式です。まだ公開されていません"
    yield ""
    yield f"「{visible(name)}」{kind}には odtool から書き込めないため、ここからは人の手で登録します。"
    yield "登録が終わり、公開の画面で確かめるまで、データは公開されていません。"
    yield from ("", "■ 入っているもの")
    yield "  metadata.xlsx        登録画面に書き写す内容。1行が1ファイル。変わった日の新しい順"
    yield "  files                登録するファイル。中のフォルダーはデータセットごと"
    yield "  odtool-upload.json   odtool の控え。次に変わったところだけを作り直すために使うので、消さないでください"
    yield from ("", "■ 手順")
    yield "  0. 前に登録したことがあれば、「変わった日」が前に登録した日か、それより後の行だけを登録し直します。"
    for number, step in enumerate(profile.steps or _STEPS, 1):
        yield f"  {number}. {step}"
    yield from ("", "■ 画面の項目と書き写す内容")
    shown = keys(rows)
    longest = max(width(own(key)) for key in shown)
    for key in shown:
        fact = profile.fields.get(key)
        known = f"{heading(key, profile)}  ［{SURE[fact.sure][0]}］" if fact else "画面での項目名は未確認"
        yield f"  {pad(own(key), longest)} → {known}"
    if profile.notes:
        yield from ("", "■ 知っておいていただきたいこと")
        yield from (f"  ・{note}" for note, _ in profile.notes)
    yield from ("", "■ 変わった日の新しい順")
    for row in rows:
        yield f"  {row.changed}  {row.dataset_name}/{row.file_name}  {visible(row.values.get('title', ''), 80)}"


def _english(profile: Profile) -> Iterator[str]:
    kind = f" ({profile.title[1]})" if profile.title[1] else ""
    yield "In English: this is to be registered by hand. Nothing of it is public yet."
    yield f"odtool cannot write to this portal{kind}. Copy each row of metadata.xlsx into the portal's form,"
    yield "upload the file that it names from the folder «files», publish it there, and look at the public page."
    yield "Where data was registered before, only the rows with that day or a later one in the first column are to be done."
    yield from (f"- {note}" for _, note in profile.notes)
