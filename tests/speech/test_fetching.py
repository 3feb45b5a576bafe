"""Fetching models: over real HTTP, from real zips, and with what goes wrong on the way."""

from __future__ import annotations

import hashlib
import shutil
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from speech import fetching
from speech.errors import SpeechError
from speech.fetching import FetchError, fetch, verify
from speech.models import SHIPPED_DIR, Mode, ModelSpec, find_model, load_manifest
from speech.recogniser import BrokenModelError, try_in_child

SHIPPED = SHIPPED_DIR / "vosk-hi-doorvani-3"


def spec_of(**changes: object) -> ModelSpec:
    base = {
        "name": "a-model", "language": "hi", "mode": Mode.FREE, "rate_hz": 8000,
        "offer_from": 0.8, "sure_share": 0.4, "licence": "none", "source": "http://nowhere.invalid",
    }  # fmt: skip
    return ModelSpec.model_validate({**base, **changes})


def accept(_path: Path) -> None:
    """A trial that every model passes."""


@pytest.fixture(scope="module")
def model_zip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Our own model, zipped as the Vosk project zips its models."""
    path = tmp_path_factory.mktemp("zips") / "a-model.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for part in sorted(SHIPPED.rglob("*")):
            if part.is_file() and part.name != fetching.RECORD:
                file.write(part, Path("a-model") / part.relative_to(SHIPPED))
    return path


class Site(ThreadingHTTPServer):
    """A web server of one file, which understands ranges, and can break off."""

    def __init__(self, body: bytes) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.body = body
        self.etag = '"one"'
        self.breaks_after: int | None = None
        self.ranges: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Site

    def do_GET(self) -> None:
        site = self.server
        if self.path != "/a-model.zip":
            self.send_error(404)
            return
        wanted = self.headers.get("Range", "")
        site.ranges.append(wanted)
        same = self.headers.get("If-Range") == site.etag
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and same else 0
        self.send_response(206 if start else 200)
        self.send_header("ETag", site.etag)
        self.send_header("Content-Length", str(len(site.body) - start))
        self.end_headers()
        rest = site.body[start:]
        if site.breaks_after is not None:
            self.wfile.write(rest[: site.breaks_after])
            site.breaks_after = None
            self.connection.close()
            return
        self.wfile.write(rest)

    def log_message(self, *_args: object) -> None:
        """Say nothing."""


@pytest.fixture
def site(model_zip: Path) -> Iterator[Site]:
    server = Site(model_zip.read_bytes())
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


def test_a_fetched_model_is_found_loads_and_verifies(site: Site, tmp_path: Path) -> None:
    spec = spec_of(source=site.url)
    seen: list[int] = []
    done = fetch(spec, tmp_path, trial=try_in_child, progress=lambda now, _size: seen.append(now))
    assert done.path == tmp_path / "a-model"
    assert done.sha256 == hashlib.sha256(site.body).hexdigest()
    assert seen[-1] == len(site.body)
    assert verify(done.path) == []
    assert sorted(p.name for p in tmp_path.iterdir() if p.name != ".partial") == ["a-model"]
    assert list((tmp_path / ".partial").iterdir()) == []


def test_a_download_that_broke_off_goes_on_where_it_stopped(site: Site, tmp_path: Path) -> None:
    site.breaks_after = 3_000_000
    with pytest.raises(FetchError, match="run it again to go on"):
        fetch(spec_of(source=site.url), tmp_path, trial=accept)
    kept = (tmp_path / ".partial" / "a-model.zip").stat().st_size
    assert kept > 0
    done = fetch(spec_of(source=site.url), tmp_path, trial=accept)
    assert site.ranges == ["", f"bytes={kept}-"]
    assert done.sha256 == hashlib.sha256(site.body).hexdigest()


def test_a_file_that_changed_meanwhile_is_fetched_from_its_start(
    site: Site, tmp_path: Path
) -> None:
    site.breaks_after = 3_000_000
    with pytest.raises(FetchError):
        fetch(spec_of(source=site.url), tmp_path, trial=accept)
    site.etag = '"two"'
    done = fetch(spec_of(source=site.url), tmp_path, trial=accept)
    assert done.sha256 == hashlib.sha256(site.body).hexdigest()


@pytest.mark.parametrize(
    ("field", "value"), [("sha256", "0" * 64), ("md5", "0" * 32), ("size_bytes", 7)]
)
def test_a_zip_that_is_not_the_known_one_is_refused_and_thrown_away(
    site: Site, tmp_path: Path, field: str, value: object
) -> None:
    with pytest.raises(FetchError, match="manifest"):
        fetch(spec_of(source=site.url, **{field: value}), tmp_path, trial=accept)
    assert not (tmp_path / "a-model").exists()
    assert not (tmp_path / ".partial" / "a-model.zip").exists()


def test_a_known_sha256_outranks_a_listed_md5(site: Site, tmp_path: Path) -> None:
    right = hashlib.sha256(site.body).hexdigest()
    spec = spec_of(source=site.url, sha256=right, md5="0" * 32)
    assert fetch(spec, tmp_path, trial=accept).sha256 == right


def test_a_wrong_address_says_so(site: Site, tmp_path: Path) -> None:
    with pytest.raises(FetchError, match="answered 404"):
        fetch(spec_of(source=f"{site.url}/elsewhere"), tmp_path, trial=accept)


def test_a_site_that_cannot_be_reached_tells_the_other_ways(tmp_path: Path) -> None:
    with pytest.raises(FetchError, match="a folder, a zip or a mirror"):
        fetch(spec_of(source="http://127.0.0.1:9"), tmp_path, trial=accept)


def test_a_zip_and_a_folder_on_the_disk_will_do(model_zip: Path, tmp_path: Path) -> None:
    fetch(spec_of(), tmp_path / "one", origin=str(model_zip), trial=accept)
    assert model_zip.exists()
    fetch(spec_of(), tmp_path / "two", origin=str(SHIPPED), trial=accept)
    one, two = tmp_path / "one" / "a-model", tmp_path / "two" / "a-model"
    assert verify(one) == verify(two) == []
    assert (one / "am" / "final.mdl").read_bytes() == (two / "am" / "final.mdl").read_bytes()


@pytest.mark.parametrize(
    "name", ["../outside.txt", "/etc/outside", "a-model/../../outside.txt", "a-model\\..\\..\\x",
             "C:/outside"],
    ids=["up", "absolute", "up-again", "backslashes", "drive"],
)  # fmt: skip
def test_a_zip_that_points_outside_is_refused(tmp_path: Path, name: str) -> None:
    evil = tmp_path / "evil.zip"
    with zipfile.ZipFile(evil, "w") as file:
        file.writestr("a-model/am/final.mdl", b"x")
        file.writestr(name, b"outside")
    with pytest.raises(FetchError, match="points out of"):
        fetch(spec_of(), tmp_path / "models", origin=str(evil), trial=accept)
    assert not (tmp_path / "outside.txt").exists()
    assert list((tmp_path / "models").iterdir()) == []


def test_a_link_in_a_zip_is_refused(tmp_path: Path) -> None:
    evil = tmp_path / "evil.zip"
    link = zipfile.ZipInfo("a-model/am/final.mdl")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(evil, "w") as file:
        file.writestr(link, "/etc/passwd")
    with pytest.raises(FetchError, match="points out of"):
        fetch(spec_of(), tmp_path / "models", origin=str(evil), trial=accept)


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("a-model/am/final.mdl", bytes(50_000_000))
    with pytest.raises(FetchError, match="unpack to"):
        fetch(spec_of(), tmp_path / "models", origin=str(bomb), trial=accept)


@pytest.mark.parametrize("body", [b"", b"PK\x03\x04 cut", b"<html>sorry</html>"])
def test_what_is_no_zip_is_refused(tmp_path: Path, body: bytes) -> None:
    path = tmp_path / "page.zip"
    path.write_bytes(body)
    with pytest.raises(FetchError, match=r"not a zip|files"):
        fetch(spec_of(), tmp_path / "models", origin=str(path), trial=accept)


def test_a_zip_of_something_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "photos.zip"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("photos/one.jpg", b"x")
    with pytest.raises(FetchError, match="no acoustic model"):
        fetch(spec_of(), tmp_path / "models", origin=str(path), trial=accept)


def test_a_model_that_kills_the_process_leaves_the_old_one_in_its_place(tmp_path: Path) -> None:
    """Vosk dies by a signal on an empty model.conf: the trial dies, and nothing else."""
    broken = tmp_path / "broken"
    shutil.copytree(SHIPPED, broken)
    (broken / "conf" / "model.conf").write_bytes(b"")
    (broken / "graph" / "disambig_tid.int").write_bytes(b"")
    models = tmp_path / "models"
    fetch(spec_of(), models, origin=str(SHIPPED), trial=try_in_child)
    with pytest.raises(BrokenModelError):
        fetch(spec_of(), models, origin=str(broken), trial=try_in_child)
    assert verify(models / "a-model") == []


def test_a_disk_without_room_is_told_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)._replace(free=1000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage)
    with pytest.raises(FetchError, match="GB free"):
        fetch(spec_of(), tmp_path, origin=str(SHIPPED), trial=accept)


def test_verify_names_each_file_that_changed_is_missing_or_was_added(tmp_path: Path) -> None:
    path = fetch(spec_of(), tmp_path, origin=str(SHIPPED), trial=accept).path
    (path / "am" / "final.mdl").write_bytes(b"another")
    (path / "graph" / "words.txt").unlink()
    (path / "virus.exe").write_bytes(b"x")
    assert verify(path) == [
        "graph/words.txt: missing",
        "virus.exe: not part of the model",
        "am/final.mdl: changed",
    ]


def test_a_model_without_a_record_cannot_be_verified(tmp_path: Path) -> None:
    with pytest.raises(SpeechError, match="fetch it again"):
        verify(tmp_path)


def test_the_shipped_model_is_as_it_was_made() -> None:
    assert verify(SHIPPED) == []


def test_a_fetched_larger_model_is_chosen_before_the_shipped_one(
    model_zip: Path, tmp_path: Path
) -> None:
    small = next(s for s in load_manifest().models if s.name == "vosk-model-small-hi-0.22")
    # The real one cannot be had here; ours stands in for its files, not for what it hears.
    stand_in = small.model_copy(update={"size_bytes": None, "md5": None})
    fetch(stand_in, tmp_path, origin=str(model_zip), trial=try_in_child)
    found = find_model("hi", tmp_path)
    assert getattr(found, "path", None) == tmp_path / small.name
