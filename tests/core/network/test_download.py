"""Downloads from a server on this computer: slow, broken off, resumed, wrong, refused, cancelled."""

from __future__ import annotations

import hashlib
import random
import shutil
import socket
import ssl
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from glpose_core.errors import Cancelled, UsageError, WeightsError
from glpose_core.network import download as module
from glpose_core.network.download import Part, check_address, check_hash, download
from tests.core.network.web import Site, serving

pytestmark = pytest.mark.quick

CONTENT = random.Random(3).randbytes(300_000)
HASH = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "*")


@pytest.fixture
def site() -> Iterator[Site]:
    with serving(Site(CONTENT)) as one:
        yield one


def fetch(site: Site, target: Path, path: str = "/file.pth", **options: Any) -> str:
    return download(site.url + path, target, pause=lambda _: None, timeout=5, **options)


def nothing_else(target: Path) -> bool:
    return [path.name for path in target.parent.iterdir()] == [target.name]


def test_a_file_arrives_whole_with_progress(site: Site, tmp_path: Path) -> None:
    told: list[tuple[int, int | None]] = []
    target = tmp_path / "file.pth"
    assert fetch(site, target, sha256=HASH[:8], progress=lambda *how: told.append(how)) == HASH
    assert target.read_bytes() == CONTENT
    assert nothing_else(target)
    assert told[0] == (0, len(CONTENT))
    assert told[-1] == (len(CONTENT), len(CONTENT))
    assert sorted(told) == told


def test_a_slow_link_only_takes_longer(site: Site, tmp_path: Path) -> None:
    site.pause, site.content = 0.02, CONTENT[:40_000]
    steps: list[int] = []
    fetch(site, tmp_path / "f", progress=lambda there, _: steps.append(there))
    assert (tmp_path / "f").read_bytes() == CONTENT[:40_000]
    assert len(steps) > 3


def test_what_breaks_off_goes_on_by_itself(site: Site, tmp_path: Path) -> None:
    site.breaks = [100_000, 50_000]
    fetch(site, tmp_path / "f", sha256=HASH)
    assert (tmp_path / "f").read_bytes() == CONTENT
    assert [piece for _, piece in site.asked] == [None, "bytes=100000-", "bytes=150000-"]


def test_a_later_download_goes_on_where_the_first_gave_up(site: Site, tmp_path: Path) -> None:
    target = tmp_path / "f"
    site.breaks = [100_000, *[0] * (module.RETRIES + 1)]
    with pytest.raises(WeightsError, match=r"broke off after 0\.1 MB") as caught:
        fetch(site, target)
    assert "say the same again" in str(caught.value)
    assert not target.exists()
    assert Part(target).size == 100_000
    site.asked.clear()
    assert fetch(site, target) == HASH
    assert site.asked == [("/file.pth", "bytes=100000-")]
    assert nothing_else(target)


def test_a_file_that_changed_meanwhile_is_fetched_anew(site: Site, tmp_path: Path) -> None:
    target = tmp_path / "f"
    Part(target).begin(site.url + "/file.pth", '"zero"')
    Part(target).path.write_bytes(b"old" * 100)
    fetch(site, target)
    assert target.read_bytes() == CONTENT
    assert site.asked == [("/file.pth", "bytes=300-")]


@pytest.mark.parametrize("sha256", ["", HASH])
def test_pieces_without_a_version_are_joined_only_where_the_hash_can_tell(
    site: Site, tmp_path: Path, sha256: str
) -> None:
    site.etag, site.breaks = "", [1000]
    assert fetch(site, tmp_path / "f", sha256=sha256) == HASH
    assert site.asked[1][1] == ("bytes=1000-" if sha256 else None)


def test_pieces_from_another_address_are_not_joined(site: Site, tmp_path: Path) -> None:
    Part(tmp_path / "f").begin("https://elsewhere.example/f", '"one"')
    Part(tmp_path / "f").path.write_bytes(b"other")
    fetch(site, tmp_path / "f")
    assert site.asked == [("/file.pth", None)]


def test_a_server_without_ranges_begins_anew(site: Site, tmp_path: Path) -> None:
    site.ranges, site.breaks = False, [100_000]
    fetch(site, tmp_path / "f", sha256=HASH)
    assert (tmp_path / "f").read_bytes() == CONTENT


def test_more_than_the_file_has_is_thrown_away(site: Site, tmp_path: Path) -> None:
    part = Part(tmp_path / "f")
    part.begin(site.url + "/file.pth", '"one"')
    part.path.write_bytes(CONTENT + b"too much")
    fetch(site, tmp_path / "f")
    assert (tmp_path / "f").read_bytes() == CONTENT
    assert [piece for _, piece in site.asked] == [f"bytes={len(CONTENT) + 8}-", None]


def test_another_piece_than_was_asked_for_is_thrown_away(site: Site, tmp_path: Path) -> None:
    site.breaks, site.shift = [1000], 5
    assert fetch(site, tmp_path / "f") == HASH
    assert [piece for _, piece in site.asked] == [None, "bytes=1000-", None]


def test_what_is_there_already_is_not_fetched_again(site: Site, tmp_path: Path) -> None:
    part = Part(tmp_path / "f")
    part.begin(site.url + "/file.pth", '"one"')
    part.path.write_bytes(CONTENT)
    assert fetch(site, tmp_path / "f", sha256=HASH) == HASH
    assert len(site.asked) == 1


def test_a_wrong_hash_leaves_nothing(site: Site, tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=f"begins {HASH[:8]}, not 00000000"):
        fetch(site, tmp_path / "f", sha256="0" * 8)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (401, "wants a password"),
        (403, "refuses"),
        (404, r"has no such file \(HTTP 404\)"),
        (410, "any more"),
        (418, "answers 418"),
        (503, r"cannot be reached \(the server answers 503"),
    ],
)
def test_refusals_are_said(site: Site, tmp_path: Path, status: int, sentence: str) -> None:
    site.status = status
    with pytest.raises(WeightsError, match=sentence) as caught:
        fetch(site, tmp_path / "f")
    assert "\n" not in str(caught.value)
    assert caught.value.remedy
    assert len(site.asked) == 1
    assert list(tmp_path.iterdir()) == []


def test_a_web_page_is_no_file(site: Site, tmp_path: Path) -> None:
    site.kind = "text/html; charset=utf-8"
    with pytest.raises(WeightsError, match="is a web page, not a file"):
        fetch(site, tmp_path / "f")


def test_no_server_is_said_at_once_and_keeps_what_is_there(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/f"
    waits: list[float] = []
    with pytest.raises(WeightsError, match=r"cannot be reached \(.*refused\)") as caught:
        download(url, tmp_path / "f", pause=waits.append)
    assert "check the network" in str(caught.value)
    part = Part(tmp_path / "f")
    part.begin(url, '"one"')
    part.path.write_bytes(b"begun")
    with pytest.raises(WeightsError, match="broke off after"):
        download(url, tmp_path / "f", pause=waits.append)
    assert part.path.read_bytes() == b"begun"
    assert waits == []


def test_a_silent_server_is_given_up(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/f"
        with pytest.raises(WeightsError, match="no answer in time"):
            download(url, tmp_path / "f", timeout=0.1, pause=lambda _: None)


def test_without_a_network_the_name_is_not_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(WeightsError, match=r"no such server is found.*check the network"):
        download("https://weights.example/f.pth", tmp_path / "f")


def test_a_server_that_cannot_prove_itself_is_not_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    untrusted = ssl.SSLCertVerificationError(1, "failed")
    untrusted.verify_message = "self-signed certificate"

    def refuse(*_: object, **__: object) -> None:
        raise urllib.error.URLError(untrusted)

    monkeypatch.setattr(urllib.request.OpenerDirector, "open", refuse)
    with pytest.raises(WeightsError, match=r"right one \(self-signed certificate\)"):
        download("https://weights.example/f.pth", tmp_path / "f")


def test_redirections_are_followed_within_the_web(site: Site, tmp_path: Path) -> None:
    site.redirect = site.url + "/there.pth"
    assert fetch(site, tmp_path / "f", "/moved") == HASH
    site.redirect = site.url + "/moved"
    with pytest.raises(WeightsError, match="round in circles"):
        fetch(site, tmp_path / "g", "/moved")
    for bad, why in (
        ("file:///etc/hostname", "no web address"),
        ("ftp://127.0.0.1/f", "is not followed"),
        ("http://weights.example/f", "is not followed"),
    ):
        site.redirect = bad
        with pytest.raises(WeightsError, match=why):
            fetch(site, tmp_path / "g", "/moved")
    assert nothing_else(tmp_path / "f")


def test_a_redirection_never_drops_the_encryption() -> None:
    handler = module._Redirects("")
    request = urllib.request.Request("https://weights.example/f")
    with pytest.raises(WeightsError, match="is not followed"):
        handler.redirect_request(request, None, 302, "", {}, "http://127.0.0.1/f")
    assert handler.redirect_request(request, None, 302, "", {}, "https://other.example/f")


def test_cancelling_keeps_what_is_there(site: Site, tmp_path: Path) -> None:
    site.pause = 0.005
    told: list[int] = []
    with pytest.raises(Cancelled):
        fetch(
            site,
            tmp_path / "f",
            progress=lambda there, _: told.append(there),
            cancelled=lambda: bool(told) and told[-1] > 20_000,
        )
    assert 20_000 < Part(tmp_path / "f").size < len(CONTENT)
    site.pause = 0
    assert fetch(site, tmp_path / "f") == HASH


def test_too_little_room_is_said_before_anything_arrives(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)._replace(free=500_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    with pytest.raises(WeightsError, match="needs 1 MB, and the disk has only 0 MB free"):
        fetch(site, tmp_path / "f")
    assert Part(tmp_path / "f").size == 0


def test_a_disk_that_fills_up_is_said_and_what_is_there_is_kept(site: Site, tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(WeightsError, match="cannot be written") as caught:
            fetch(site, tmp_path / "f")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert "what is there is kept" in str(caught.value)
    assert Part(tmp_path / "f").size == 100_000
    assert fetch(site, tmp_path / "f") == HASH
    assert site.asked[-1][1] == "bytes=100000-"


def test_a_server_that_tells_no_size_or_too_much(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.length = False
    assert fetch(site, tmp_path / "f", sha256=HASH) == HASH
    monkeypatch.setattr(module, "LARGEST", 100_000)
    with pytest.raises(WeightsError, match="sends more than"):
        fetch(site, tmp_path / "g")
    site.length = True
    with pytest.raises(WeightsError, match="GB large"):
        fetch(site, tmp_path / "g")


@pytest.mark.parametrize(
    "url",
    ["file:///etc/passwd", "ftp://a/b", "weights.pth", "https://", "https://a:x/b", "https://a/b c",
     "https://a/\n", "javascript:1", "https://[::1/f", ""],
)  # fmt: skip
def test_what_is_no_web_address_is_refused(url: str) -> None:
    with pytest.raises(UsageError, match="is no web address"):
        check_address(url)


def test_unencrypted_addresses_need_the_whole_hash() -> None:
    with pytest.raises(UsageError, match="is not encrypted"):
        check_address("http://weights.example/f", HASH[:8])
    check_address("http://weights.example/f", HASH)
    check_address("http://localhost:80/f")


def test_hashes_are_checked() -> None:
    assert check_hash("ABCDEF01") == "abcdef01"
    for bad in ("", "abc", "g" * 8, "a" * 65):
        with pytest.raises(UsageError, match="is no SHA-256"):
            check_hash(bad)
