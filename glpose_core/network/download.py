"""Fetching one file over HTTP: resumed where it broke off, checked by its SHA-256, never executed.

What has arrived lies beside the wanted file as ``NAME.part``, with ``NAME.part.json`` saying where it came
from, and becomes the file only when it is whole and its hash is right.
"""

from __future__ import annotations

import hashlib
import http.client
import ipaddress
import json
import re
import shutil
import socket
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from .. import __version__
from ..errors import Cancelled, UsageError, WeightsError

TIMEOUT = 30.0
"""Seconds of silence after which a connection counts as broken."""
RETRIES = 5
"""How often a broken download is resumed without anything new arriving."""
LARGEST = 8_000_000_000
"""Bytes. No pose network is near it; a server that sends more than this sends rubbish."""

_CHUNK = 1 << 18
_TEMPORARY = (408, 429, 500, 502, 503, 504)
_HEX = re.compile(r"[0-9a-f]{8,64}")
_BY_HAND = "download it in a browser and say 'glpose weights import FILE'"

Progress = Callable[[int, int | None], None]
"""Told (bytes there, bytes in all or None)."""


class _Broken(Exception):
    """The connection failed in a way that another try may mend. Carries the reason in words."""


@dataclass(frozen=True)
class Part:
    """What has arrived of a file so far."""

    target: Path

    @property
    def path(self) -> Path:
        """The unfinished file."""
        return self.target.with_name(f"{self.target.name}.part")

    @property
    def note(self) -> Path:
        """Where the unfinished file came from, and which version of it."""
        return self.target.with_name(f"{self.target.name}.part.json")

    @property
    def size(self) -> int:
        """Bytes that are there."""
        return self.path.stat().st_size if self.path.exists() else 0

    def begin(self, url: str, validator: str) -> None:
        """Start afresh."""
        self.path.write_bytes(b"")
        self.note.write_text(json.dumps({"url": url, "validator": validator}), encoding="utf-8")

    def validator(self, url: str) -> str | None:
        """The ETag or date of the version that began; None if it came from another address."""
        try:
            note = json.loads(self.note.read_text(encoding="utf-8"))
            return str(note["validator"]) if note["url"] == url else None
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def discard(self) -> None:
        """Forget what has arrived."""
        self.path.unlink(missing_ok=True)
        self.note.unlink(missing_ok=True)


def check_address(url: str, sha256: str = "") -> None:
    """Refuse what is no web address, and unencrypted ones unless the whole SHA-256 is known.

    Raises:
        UsageError: with the remedy.
    """
    try:
        parts = urlsplit(url)
        host = parts.hostname
        odd = not url.isascii() or any(c.isspace() or not c.isprintable() for c in url)
        _ = parts.port
    except ValueError:
        host, odd = None, True
    if odd or not host or parts.scheme not in ("http", "https"):
        raise UsageError(f"{url[:200]!r} is no web address", remedy="give one that begins https://")
    if parts.scheme == "http" and len(sha256) < 64 and not _is_this_computer(host):
        raise UsageError(
            f"{url[:200]!r} is not encrypted, so anybody on the way could change the file",
            remedy="give an address that begins https://, or the whole hash with --sha256",
        )


def _is_this_computer(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def check_hash(sha256: str) -> str:
    """The first digits of a SHA-256 in small letters. Raises UsageError unless 8 to 64 hex digits."""
    if not _HEX.fullmatch(sha256.lower()):
        raise UsageError(
            f"{sha256[:80]!r} is no SHA-256", remedy="give its first 8 to 64 hexadecimal digits"
        )
    return sha256.lower()


def download(
    url: str,
    target: Path,
    *,
    sha256: str = "",
    progress: Progress = lambda _there, _total: None,
    cancelled: Callable[[], bool] = lambda: False,
    timeout: float = TIMEOUT,
    pause: Callable[[float], None] = time.sleep,
) -> str:
    """Fetch a file to ``target``, going on where an earlier download of it broke off.

    Args:
        url: https, or http where :func:`check_address` lets it pass.
        target: the file; its folder exists. It appears whole and checked, or not at all.
        sha256: the first digits of the hash that the file must have; "" if it is not known.
        progress: told as bytes arrive.
        cancelled: asked as bytes arrive; what is there stays for the next time.
        timeout: seconds of silence after which the connection counts as broken.
        pause: waits between two tries (seconds).

    Returns:
        The file's whole SHA-256, in hex.

    Raises:
        UsageError: if the address or the hash is none.
        WeightsError: if the server cannot be reached, has no such file, sends another one, or the disk
            is full.
        Cancelled: soon after ``cancelled()`` says so.
    """
    check_address(url, sha256)
    part = Part(target)
    failures, reached = 0, False
    while True:
        before = part.size
        try:
            _fetch(url, part, sha256, progress, cancelled, timeout)
            break
        except _Broken as broken:
            # A piece that was of no use has been thrown away: the next try begins anew.
            reached = reached or part.size != before
            failures = 0 if part.size > before else failures + 1
            if not reached or failures > RETRIES:
                raise _unreachable(url, part, broken) from broken
            pause(min(2.0**failures, 30.0))
    return _finish(url, part, sha256)


def _fetch(
    url: str,
    part: Part,
    sha256: str,
    progress: Progress,
    cancelled: Callable[[], bool],
    timeout: float,
) -> None:
    """One connection: returns when the file is whole, raises ``_Broken`` where it broke off."""
    headers = {"User-Agent": f"glpose-studio/{__version__}", "Accept-Encoding": "identity"}
    validator = part.validator(url)
    # Where the server names no version, only the hash can tell whether the pieces fit together.
    if part.size and (validator or (validator == "" and sha256)):
        headers["Range"] = f"bytes={part.size}-"
        if validator:
            headers["If-Range"] = validator
    else:
        part.discard()
    opener = urllib.request.build_opener(_Redirects(sha256))
    try:
        request = urllib.request.Request(url, headers=headers)  # noqa: S310 (check_address)
        response = opener.open(request, timeout=timeout)
    except urllib.error.HTTPError as error:
        with error:
            if error.code == 416 and _whole(error, part):
                return
            raise _refused(url, part, error) from error
    except (OSError, http.client.HTTPException) as error:
        raise _no_connection(url, error) from error
    with response:
        total = _begin(response, url, part)
        _check_room(part, total)
        _receive(response, part, total, progress, cancelled)


def _begin(response: Any, url: str, part: Part) -> int | None:
    """Read the head of an answer; returns the size of the whole file, if told."""
    head = response.headers
    if head.get_content_type() == "text/html":
        raise WeightsError("is a web page, not a file", file=url, remedy=_BY_HAND)
    if response.status == 206:
        at = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", head.get("Content-Range", "").strip())
        if at is None or int(at[1]) != part.size:
            part.discard()
            raise _Broken("the server sent another piece than was asked for")
        return None if at[2] == "*" else int(at[2])
    strong = head.get("ETag", "")
    part_of = "" if strong.startswith("W/") else strong
    with _writing(part):
        part.begin(url, part_of or head.get("Last-Modified", ""))
    length = head.get("Content-Length", "")
    return int(length) if length.isdigit() else None


def _receive(
    response: Any,
    part: Part,
    total: int | None,
    progress: Progress,
    cancelled: Callable[[], bool],
) -> None:
    there = part.size
    progress(there, total)
    with part.path.open("ab", buffering=0) as file:  # unbuffered: what is counted is on the disk
        while True:
            if cancelled():
                raise Cancelled
            try:
                chunk = response.read1(_CHUNK)
            except (OSError, http.client.HTTPException) as error:
                raise _Broken(_reason(error)) from error
            if not chunk:
                break
            with _writing(part):
                rest = memoryview(chunk)
                while rest:
                    rest = rest[file.write(rest) :]
            there += len(chunk)
            if there > LARGEST:
                part.discard()
                raise WeightsError(
                    f"sends more than {LARGEST / 1e9:.0f} GB",
                    file=response.url,
                    remedy="check the address",
                )
            progress(there, total)
    if total is not None and there < total:
        raise _Broken("the connection was closed too early")


@contextmanager
def _writing(part: Part) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise WeightsError(
            f"cannot be written ({error.strerror})",
            file=part.path,
            remedy="make room on the disk and say the same again: what is there is kept",
        ) from error


def _check_room(part: Part, total: int | None) -> None:
    """Ask before a gigabyte has arrived for nothing. The import needs as much again at most."""
    needed = 2 * (total or 0) - part.size
    free = shutil.disk_usage(part.path.parent).free
    if total is not None and total > LARGEST:
        raise WeightsError(
            f"would be {total / 1e9:.0f} GB large", file=part.target, remedy="check the address"
        )
    if needed > free:
        raise WeightsError(
            f"needs {needed / 1e6:.0f} MB, and the disk has only {free / 1e6:.0f} MB free",
            file=part.target,
            remedy="make room, or set GLPOSE_HOME to a folder on another disk",
        )


def _finish(url: str, part: Part, sha256: str) -> str:
    with part.path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if not digest.startswith(sha256):
        part.discard()
        raise WeightsError(
            f"is not the file that was expected: its SHA-256 begins {digest[:8]}, not {sha256[:8]}",
            file=url,
            remedy="try again; if it stays so, the file was changed there or on the way",
        )
    with _writing(part):
        part.path.replace(part.target)
        part.note.unlink(missing_ok=True)
    return digest


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows redirections, but only to addresses that could have been given in the first place."""

    def __init__(self, sha256: str) -> None:
        self._sha256 = sha256

    def redirect_request(
        self, req: urllib.request.Request, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> urllib.request.Request | None:
        """Raise WeightsError for a redirection that leads off the web or drops the encryption."""
        try:
            check_address(newurl, self._sha256)
            if len(self._sha256) < 64 and urlsplit(req.full_url).scheme > urlsplit(newurl).scheme:
                raise UsageError("is not encrypted")
        except UsageError as error:
            raise WeightsError(
                f"leads to an address that is not followed ({newurl[:120]!r})",
                file=req.full_url,
                remedy=_BY_HAND,
            ) from error
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _whole(error: urllib.error.HTTPError, part: Part) -> bool:
    """Whether "range not satisfiable" means that everything is there already."""
    if error.headers.get("Content-Range", "").strip() == f"bytes */{part.size}":
        return True
    part.discard()
    return False


def _refused(url: str, part: Part, error: urllib.error.HTTPError) -> Exception:
    code = error.code
    if code in _TEMPORARY or (code == 416 and part.size == 0):
        return _Broken(f"the server answers {code} {error.reason}".strip())
    if code in (301, 302, 303, 307, 308):  # urllib follows the others
        return WeightsError(
            "leads round in circles, or to what is no web address", file=url, remedy=_BY_HAND
        )
    what, remedy = {
        401: ("the server wants a password", _BY_HAND),
        403: ("the server refuses to give the file away", _BY_HAND),
        404: ("the server has no such file", f"check the address, or {_BY_HAND}"),
        410: ("the server has no such file any more", _BY_HAND),
    }.get(code, (f"the server answers {code} {error.reason}"[:120].splitlines()[0], _BY_HAND))
    return WeightsError(f"{what} (HTTP {code})", file=url, remedy=remedy)


def _no_connection(url: str, error: OSError | http.client.HTTPException) -> Exception:
    reason = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(reason, ssl.SSLCertVerificationError):
        return WeightsError(
            f"the server cannot prove that it is the right one ({reason.verify_message})",
            file=url,
            remedy="check this computer’s clock and its certificates, or ask who runs the network",
        )
    return _Broken(_reason(reason))


def _reason(error: object) -> str:
    """Why, in words and in one line."""
    if isinstance(error, socket.gaierror):
        return "no such server is found"
    if isinstance(error, TimeoutError):
        return "no answer in time"
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return " ".join(str(text).split())[:120]


def _unreachable(url: str, part: Part, broken: _Broken) -> WeightsError:
    if part.size:
        return WeightsError(
            f"the download broke off after {part.size / 1e6:.1f} MB ({broken})",
            file=url,
            remedy="say the same again later to go on from there",
        )
    return WeightsError(
        f"cannot be reached ({broken})",
        file=url,
        remedy=f"check the network; or, on a computer that has one, {_BY_HAND}",
    )
