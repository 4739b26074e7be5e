"""A web server on this computer that behaves as badly as a test asks."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Site:
    """What the server gives away, and how.

    Attributes:
        content: the file that every address gives.
        breaks: after how many bytes of an answer each of the first connections is cut.
        ranges: whether pieces can be asked for.
        etag: names the version of the file; "" for none.
        length: whether the size is told.
        status: answered instead of the file, if not 200.
        redirect: where ``/moved…`` leads.
        kind: the Content-Type.
        pause: seconds between two pieces of 4,096 bytes: a slow link.
        shift: by how many bytes the pieces are off.
        asked: the (path, Range) of each request.
    """

    content: bytes = b""
    breaks: list[int] = field(default_factory=list)
    ranges: bool = True
    etag: str = '"one"'
    length: bool = True
    status: int = 200
    redirect: str = ""
    kind: str = "application/octet-stream"
    pause: float = 0.0
    shift: int = 0
    asked: list[tuple[str, str | None]] = field(default_factory=list)
    url: str = ""


@contextmanager
def serving(site: Site) -> Iterator[Site]:
    """Serve a site on 127.0.0.1; its ``url`` says where."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            _answer(self, site)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = False
    site.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _answer(request: BaseHTTPRequestHandler, site: Site) -> None:
    wanted = request.headers.get("Range")
    site.asked.append((request.path, wanted))
    if request.path.startswith("/moved"):
        request.send_response(302)
        request.send_header("Location", site.redirect)
        request.end_headers()
        return
    if site.status != 200:
        request.send_error(site.status)
        return
    start = _start(request, site, wanted)
    if start is None:
        return
    if site.kind:
        request.send_header("Content-Type", site.kind)
    if site.etag:
        request.send_header("ETag", site.etag)
    if site.length:
        request.send_header("Content-Length", str(len(site.content) - start))
    request.end_headers()
    rest = site.content[start:]
    if site.breaks:
        rest = rest[: site.breaks.pop(0)]
    try:
        for at in range(0, len(rest), 4096):
            request.wfile.write(rest[at : at + 4096])
            time.sleep(site.pause)
    except OSError:
        pass  # the other side has gone: some tests do that


def _start(request: BaseHTTPRequestHandler, site: Site, wanted: str | None) -> int | None:
    """Where the answer begins; the status line is sent. None where there is nothing to give."""
    version = request.headers.get("If-Range")
    found = re.fullmatch(r"bytes=(\d+)-", wanted or "")
    if found is None or not site.ranges or (version is not None and version != site.etag):
        request.send_response(200)
        return 0
    start, total = int(found[1]) + site.shift, len(site.content)
    if start >= total:
        request.send_response(416)
        request.send_header("Content-Range", f"bytes */{total}")
        request.end_headers()
        return None
    request.send_response(206)
    request.send_header("Content-Range", f"bytes {start}-{total - 1}/{total}")
    return start
