"""Whose a file on a portal is, where several jobs publish to the same one.

The ledger knows which job brought or confirmed a file last. A job withdraws only what is its own, and leaves alone what
another job of the settings keeps there: else two jobs would replace or withdraw each other's data night after night.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from odtool.jobs.settings import Job
from odtool.ledger.journal import Publication, Run
from odtool.ledger.record import Ledger
from odtool.planning.plan import Offer, Refusal

File = tuple[str, str]
"""The names of a dataset and of a file of it."""


@dataclass(frozen=True, slots=True)
class Claims:
    """`own` is what the job itself published last, and may withdraw; `others` what other jobs keep there: the job's name
    and the SHA-256 of the contents."""

    own: Sequence[Publication] = ()
    others: Mapping[File, tuple[str, str]] = field(default_factory=dict)

    def apart(self, offers: Iterable[Offer]) -> list[Offer]:
        """The offers, of which those are refused that would replace what another job keeps there."""
        return [self._refused(offer) for offer in offers]

    def _refused(self, offer: Offer) -> Offer:
        rival, there = self.others.get((offer.dataset_name, offer.file_name), ("", ""))
        if offer.refusal or not rival or there == offer.content_sha256:
            return offer
        place = f"{offer.dataset_name}/{offer.file_name}"
        refusal = Refusal(
            "data",
            f"ジョブ {rival} が公開している {place} と同じ名前になり、中身が違うため、公開しません。どちらか一方のジョブの sources だけに"
            f"置いてください（ジョブ {rival} から移したのなら、そのジョブの次の実行のあとに公開します）。",
            f"It would replace {place}, which the job {rival} publishes with other contents. Keep it in the sources of one "
            f"of the two jobs (if it was moved here, it is published after the next run of {rival}).",
        )
        return replace(offer, refusal=refusal)


def claims(book: Ledger, before: Sequence[Publication], job: Job, beside: Iterable[str]) -> Claims:
    """`before` is what odtool keeps on the portal: of each file the last publication. `beside` are the names of the other
    jobs that publish there."""
    commands = {run: _command(book, run) for run in {publication.run for publication in before}}
    rivals = {f"run {name}": name for name in beside}
    newest: dict[str, str] = {}  # of each command the last run that published or confirmed anything
    for publication in before:  # oldest first
        newest[commands[publication.run]] = publication.run
    own, others = [], {}
    for publication in before:
        command = commands[publication.run]
        if command == f"run {job.name}":
            own.append(publication)
        elif command in rivals and newest[command] == publication.run:  # else that job has let go of it since
            others[publication.dataset_name, publication.file_name] = (
                rivals[command],
                publication.content_sha256,
            )
    return Claims(own, others)


def _command(book: Ledger, run: str) -> str:
    return next((found.command for found in book.select(Run, run=run)), "")
