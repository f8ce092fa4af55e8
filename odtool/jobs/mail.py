"""A digest as a mail, over TLS unless the settings say otherwise."""

import smtplib
import ssl
from collections.abc import Mapping, Sequence
from email.message import EmailMessage
from email.utils import formatdate, make_msgid

from odtool import __version__, trust
from odtool.errors import PortalError, UsageError
from odtool.jobs import credential, message
from odtool.jobs.part import Part
from odtool.jobs.settings import Reader
from odtool.text import visible

SILENCE = 30  # seconds without an answer


class PartlyError(PortalError):
    """The mail was sent, but not to some of the recipients, whom the server refuses for good."""


def made(reader: Reader, parts: Sequence[Part]) -> EmailMessage:
    mail = EmailMessage()
    mail["Subject"] = message.subject(parts, reader.lang)
    mail["From"] = reader.sender
    mail["To"] = ", ".join(reader.to)
    mail["Date"] = formatdate(localtime=True)
    mail["Message-ID"] = make_msgid(domain=reader.sender.rpartition("@")[2].rstrip(">") or None)
    mail["Auto-Submitted"] = (
        "auto-generated"  # https://www.rfc-editor.org/rfc/rfc3834: nobody's holiday answers this
    )
    mail["X-Mailer"] = f"odtool {__version__}"
    mail.set_content(message.text(parts, reader.lang), charset="utf-8", cte="base64")
    return mail


def send(reader: Reader, parts: Sequence[Part], environment: Mapping[str, str]) -> None:
    """Raises UsageError where the password is missing, PortalError where the mail could not be handed over. No sentence
    holds anything of the password or of what the server said."""
    password = credential.credential(reader, environment) if reader.user else ""
    if reader.user and not password:
        raise credential.needed(reader)
    mail, server = made(reader, parts), f"{visible(reader.host)}:{reader.port}"
    try:
        with _connected(reader) as smtp:
            if reader.user:
                smtp.login(reader.user, password)
            smtp.ehlo_or_helo_if_needed()
            beyond = [each for each in (reader.sender, *reader.to) if not each.isascii()]
            if beyond and not smtp.has_extn("smtputf8"):
                shown = visible("、".join(beyond), 300), visible(", ".join(beyond), 300)
                raise UsageError(
                    f"メールサーバー {server} は、英数字でない文字のあるアドレス（{shown[0]}）を扱えません。to と from を英数字のアドレスにしてください。",
                    f"The mail server {server} takes no addresses with letters beyond ASCII ({shown[1]}). Write others into to and from.",
                )
            refused = smtp.send_message(mail)
    except smtplib.SMTPAuthenticationError:
        raise UsageError(
            f"メールサーバー {server} がユーザー名かパスワードを受け付けません。",
            f"The mail server {server} does not accept the user or the password.",
        ) from None
    except smtplib.SMTPNotSupportedError:
        raise PortalError(
            f'メールサーバー {server} は TLS か認証に対応していません。平文で送るなら tls = "none" と書いてください（庁内だけにしてください）。',
            f'The mail server {server} has no TLS or no login. Write tls = "none" to send in the open, inside the office only.',
        ) from None
    except ssl.SSLError as error:
        raise PortalError(
            *trust.refusal(error, f"メールサーバー {server}", f"the mail server {server}")
        ) from None
    except smtplib.SMTPRecipientsRefused:
        raise PortalError(
            f"メールサーバー {server} がどの宛先も受け付けません。to を確かめてください。",
            f"The mail server {server} accepts none of the recipients. Check to.",
        ) from None
    except (smtplib.SMTPException, OSError, ValueError) as error:
        code = getattr(error, "smtp_code", "")
        raise PortalError(
            f"メールサーバー {server} に送れません（{code or type(error).__name__}）。",
            f"The mail could not be handed to {server} ({code or type(error).__name__}).",
        ) from None
    if refused and all(code >= 500 for code, _ in refused.values()):
        raise PartlyError(
            f"{reader.name} に知らせを送りましたが、メールサーバー {server} が一部の宛先を受け付けません: {visible('、'.join(refused), 300)}。to を直してください。",
            f"{reader.name} was told, but the mail server {server} does not accept some recipients: {visible(', '.join(refused), 300)}. Correct to.",
        )
    if refused:
        raise PortalError(
            f"メールサーバー {server} が一部の宛先を受け付けません: {visible('、'.join(refused), 300)}",
            f"The mail server {server} does not accept some recipients: {visible(', '.join(refused), 300)}",
        )


def _connected(reader: Reader) -> smtplib.SMTP:
    if reader.tls == "implicit":
        return smtplib.SMTP_SSL(reader.host, reader.port, timeout=SILENCE, context=trust.context())
    smtp = smtplib.SMTP(reader.host, reader.port, timeout=SILENCE)
    if reader.tls == "starttls":
        try:
            smtp.starttls(context=trust.context())
        except BaseException:
            smtp.close()
            raise
    return smtp
