"""The action API of a CKAN: one call at a time, carefully repeated, and one sentence for whatever goes wrong.

What reads is repeated where the network fails; what writes is not: after an unknown outcome `surely` looks
before it tries again. The token goes to this portal alone, never to where it redirects.
"""

import io
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Any, BinaryIO, Literal

import requests
from ckanapi import NotAuthorized, NotFound, RemoteCKAN, ValidationError
from ckanapi.errors import CKANAPIError, ServerIncompatibleError

from odtool import __version__, clock
from odtool.errors import PortalError
from odtool.ledger.journal import Call, Tell, digest, excerpt, nobody
from odtool.portal import PortalStopError, web
from odtool.portal.shape import sound

__all__ = ["ActionApi", "DeniedError", "GoneError", "InvalidError", "NotFound", "Upload", "WrongCallError"]

Upload = tuple[str, BinaryIO, str]
"""A file on its way: its name, what it is read from, its media type."""
Ending = Literal["ok", "absent", "refused", "unknown"]


class DeniedError(PortalStopError):
    """The portal does not let this token do that."""


class InvalidError(PortalError):
    """The portal does not take what was sent. `fields` are its complaints, in its own language."""

    def __init__(self, ja: str, en: str, fields: Mapping[str, Any]) -> None:
        super().__init__(ja, en)
        self.fields = fields

    @property
    def conflict(self) -> bool:
        """Whether it would have been taken a moment ago: the name is in use by now, the dataset has changed."""
        return "name" in self.fields or '"match"' in json.dumps(self.fields, default=str)


class GoneError(PortalError):
    """What was to be written to is not there any more."""


class WrongCallError(PortalError):
    """The portal does not know this action, or not in this form."""


class ActionApi:
    """The API at `address`. `pause` is the unit of waiting between tries, in seconds; `pace` the least time between two
    requests; `timeout` the longest to
    connect and to go without a byte. `tell` is told of every call."""

    def __init__(
        self,
        address: str,
        token: str,
        *,
        contact: str = "",
        pause: float = 1.0,
        pace: float = 0,
        timeout: tuple[float, float] = web.TIMEOUT,
        tell: Tell = nobody,
    ) -> None:
        self.address = address
        self._token = token
        self._pause = pause
        self._timeout = timeout
        self._tell = tell
        agent = f"odtool/{__version__}" + (f" (+{contact})" if contact else "")
        paced = web.Pace(pace)
        self._session = web.session(agent, pause, paced)
        self._session.hooks["response"] = [self._keep]
        # No token: what is published must be there for everybody.
        self.public = web.session(agent, pause, paced)
        self._answer: requests.Response | None = None
        self._reader = RemoteCKAN(address, token or None, agent, get_only=True, session=self._session)
        self._writer = RemoteCKAN(address, token or None, agent, session=self._session)

    def read(self, action: str, **parameters: Any) -> Any:
        """What the action answers. Raises NotFound, or PortalError in one of its kinds."""
        # A redirect is not followed: the token would travel with it.
        found = web.whole(lambda: self._call(self._reader, action, parameters, {"allow_redirects": False}))
        if not sound(action, found):
            raise web.no_ckan(self.address, HTTPStatus.OK)
        return found

    def write(self, action: str, /, files: Mapping[str, Upload] | None = None, **parameters: Any) -> Any:
        """What the action answers. Beside files every parameter must be a string. Raises PortalError in one of its
        kinds, web.UncertainError where nobody knows whether it happened."""
        try:
            return self._call(self._writer, action, parameters, {}, files)
        except NotFound:
            raise GoneError(
                "ポータルのデータセットが途中でなくなりました。もう一度実行してください。",
                "The dataset vanished from the portal. Run this again.",
            ) from None

    def knows(self, action: str) -> bool:
        """Whether the portal has that action."""
        try:
            self.read("help_show", name=action)
        except (NotFound, WrongCallError):
            return False
        return True

    def surely(self, do: Callable[[], Any], done: Callable[[], bool]) -> Any:
        """Do it, and after an unknown outcome look whether it is done before trying again."""
        for attempt in range(1, web.TRIES + 1):
            try:
                return do()
            except InvalidError as error:
                if not error.conflict:
                    raise
                if done():  # somebody else was quicker, or our own lost call arrived after all
                    return None
                if attempt == web.TRIES:
                    raise
            except web.UncertainError as error:
                time.sleep(max(error.wait, self._pause * 2 ** (attempt - 1)))
                if done():
                    return None
                if attempt == web.TRIES:
                    raise (PortalStopError(error.ja, error.en) if error.down else error) from None
        return None

    def close(self) -> None:
        self._session.close()
        self.public.close()

    # --- one call ------------------------------------------------------------------------------

    def _call(
        self,
        api: RemoteCKAN,
        action: str,
        parameters: Mapping[str, Any],
        how: dict[str, Any],
        files: Mapping[str, Upload] | None = None,
    ) -> Any:
        self._answer = None
        started = time.monotonic()
        writing = api is self._writer
        call = Call(
            at=clock.now(),
            method="POST" if writing else "GET",
            action=action,
            target=_target(parameters),
            outcome="begun",
            sent=sum(_length(stream) for _, stream, _ in (files or {}).values()),
        )
        if writing:
            self._tell(call)
        ending: Ending = "refused"
        try:
            answer = api.call_action(
                action, dict(parameters), files=files, requests_kwargs={"timeout": self._timeout, **how}
            )
            ending = "ok"
        except NotFound:
            ending = "absent"
            raise
        except NotAuthorized:
            raise DeniedError(
                "ポータルがこのトークンでの操作を断りました（403）。トークンの期限と権限を確かめてください。",
                "The portal refuses this token (403). Check whether it has expired and what it may do.",
            ) from None
        except ValidationError as error:
            raise self._invalid(error.error_dict) from None
        except requests.RequestException as error:
            ending, self._answer = "unknown", None  # what came of it cannot be read
            raise web.failure(error, self.address, writing=writing) from None
        except (CKANAPIError, ServerIncompatibleError):
            found = self._refused(action, writing=writing)
            ending = "unknown" if isinstance(found, web.UncertainError) else "refused"
            raise found from None
        except (AttributeError, KeyError, RecursionError):
            if self._answer is None:
                raise
            raise self._refused(action, writing=writing) from None  # JSON, but of no shape that CKAN has
        finally:
            self._tell(self._ended(call, ending, started))
        return answer

    def _ended(self, call: Call, outcome: Ending, started: float) -> Call:
        answer: requests.Response | None = self._answer
        call = replace(call, outcome=outcome, milliseconds=round((time.monotonic() - started) * 1000))
        if answer is None:
            return call
        return replace(
            call,
            status=answer.status_code,
            received=len(answer.content),
            digest=digest(answer.content),
            told="" if outcome == "ok" else excerpt(answer.content, (self._token,)),
        )

    def _refused(self, action: str, *, writing: bool) -> PortalError:
        assert self._answer is not None
        if _unknown_action(self._answer):
            return WrongCallError(
                f"{self.address} は「{action}」を受け付けません。ポータルの版を確かめてください。",
                f"{self.address} does not take “{action}”. Check the portal's version.",
            )
        return web.refused(self._answer, self.address, writing=writing)

    def _invalid(self, fields: Mapping[str, Any]) -> PortalError:
        """CKAN's words are in the portal's language; they are shown, never judged."""
        if '"upload"' in json.dumps(fields, default=str):  # package_revise nests it
            return web.too_large()
        said = "; ".join(f"{key}: {value}" for key, value in fields.items() if not key.startswith("__"))
        said = excerpt(said, (self._token,))
        return InvalidError(
            f"ポータルが内容を受け付けませんでした（{said}）。ポータルの担当者に確かめてください。",
            f"The portal did not accept it ({said}). Ask those in charge of the portal.",
            fields,
        )

    def _keep(self, answer: requests.Response, *_: Any, **__: Any) -> None:
        self._answer = answer


def _target(parameters: Mapping[str, Any]) -> str:
    """What a call is about: a dataset's name, or an id."""
    if "match" in parameters:
        match = parameters["match"]
        return str((json.loads(match) if isinstance(match, str) else match)["id"])
    found = (parameters.get(key) for key in ("package_id", "id", "name", "resource_id"))
    return str(next(filter(None, found), ""))


def _length(stream: BinaryIO) -> int:
    """The bytes of a stream, which stays where it is."""
    if not stream.seekable():
        return 0
    here = stream.tell()
    end = stream.seek(0, io.SEEK_END)
    stream.seek(here)
    return end - here


def _unknown_action(answer: requests.Response) -> bool:
    """CKAN answers a call it cannot read with 400 and a bare JSON string, not with its usual object."""
    if answer.status_code != HTTPStatus.BAD_REQUEST:
        return False
    try:
        return isinstance(answer.json(), str)
    except (ValueError, RecursionError):
        return False
