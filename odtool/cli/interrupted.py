"""What is said when somebody breaks a command off: what of it is done, and how it goes on."""

from collections.abc import Sequence

Said = tuple[str, str]
"""In Japanese and in English."""
DECLINED: Said = ("やめました。何も変えていません。", "Stopped. Nothing was changed.")

_PUBLISHED: Said = (
    "「公開しました」「取り下げました」と表示したものは終わっています。ほかに1件、途中のものがあるかもしれません（odtool history）。",
    "What was told as published or withdrawn is done; one more may be half done (odtool history has the outcomes).",
)
_COPIES: Said = (
    "元のファイルは変えていません。書き終えた写しは残り、書きかけの写しはありません。",
    "No original was changed. Copies that were finished stay, and none is half written.",
)
_ANEW: Said = ("同じコマンドをもう一度実行すると、初めから行います。", "The same command starts anew.")

# By command, that of a group with its group: what is done by then, and what comes next.
_TOLD: dict[str, tuple[Said, Said]] = {
    "validate": (
        ("元のファイルは変えていません。", "No file was changed."),
        (
            "同じコマンドをもう一度実行すると、多くのファイルのときは、済んだものを確認し直さずに残りから続けます。",
            "The same command, where files are many, goes on with the rest and judges none twice.",
        ),
    ),
    "fix": (
        _COPIES,
        (
            "同じコマンドをもう一度実行すると、写しをすべて作り直します。",
            "The same command makes every copy anew.",
        ),
    ),
    "plan": (("ポータルには何も書き込んでいません。", "Nothing was written to the portal."), _ANEW),
    "publish": (
        _PUBLISHED,
        (
            "同じコマンドをもう一度実行すると、残りから続けます。",
            "The same command goes on with the rest.",
        ),
    ),
    "apply": (
        _PUBLISHED,
        (
            "まだ何も変わっていなければ、同じコマンドで続けられます。変わっていれば断られるので、odtool plan で残りの計画を作ってください。",
            "If nothing has changed yet, the same command goes on; else it refuses, and a new odtool plan has what is left.",
        ),
    ),
    "withdraw": (
        (
            "「取り下げました」と表示したものは終わっています。ほかは、まだ公開されているかもしれません。",
            "What was told as withdrawn is done. The rest may still be public.",
        ),
        (
            "必ず同じコマンドをもう一度実行してください。残りを取り下げます。",
            "Do run the same command again: it withdraws the rest.",
        ),
    ),
    "run": (
        (
            "公開や取り下げが済んだものは台帳に残っています。途中のジョブの知らせは、まだ送っていないことがあります。",
            "What was published or withdrawn is in the ledger. Its readers may not have been told yet of the job that was broken off.",
        ),
        (
            "同じコマンドをもう一度実行すると、止まったところから続けます。",
            "The same command goes on where it stopped.",
        ),
    ),
    "coverage collect": (
        ("読み終えたものは記録に残っています。", "What was read is kept."),
        (
            "同じコマンドをもう一度実行すると、止まったところから続けます。",
            "The same command goes on where it stopped.",
        ),
    ),
}
_TOLD["migrate"] = _TOLD["fix"]
_READING = (
    "identify", "inspect", "datasets", "history", "portals", "rules", "explain", "coverage history", "jobs check",
    "jobs list",
)  # fmt: skip
_TOLD |= dict.fromkeys(_READING, (("何も変えていません。", "Nothing was changed."), _ANEW))
GROUPS = ("coverage", "jobs")


def sentence(called: str, lang: str) -> str:
    """What is said after `called` (see `called`) was broken off."""
    en = lang == "en"
    first = "Interrupted." if en else "中断しました。"
    parts = [first, *(said[en] for said in _TOLD.get(called, ((), ())) if said)]
    return " ".join(parts) if en else "".join(parts)


def called(arguments: Sequence[str], commands: Sequence[str]) -> str:
    """The command in a call, of a group with its own: «validate», «coverage collect»; "" where there is none."""
    words = [word for word in arguments if not word.startswith("-")]
    name = next((word for word in words if word in commands), "")
    if name not in GROUPS:
        return name
    return " ".join([name, *words[words.index(name) + 1 :][:1]])
