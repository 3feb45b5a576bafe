"""Fetches speech models, verifies them, and puts them where the recogniser looks.

A model comes from the Vosk project's site, from a mirror (any URL of a zip), from a zip or from an
unpacked folder. It is downloaded beside its place, resumed where it broke off, checked against what
the manifest knows, unpacked without trust, tried in a process that may die, and only then renamed
into its place: whoever looks there finds a whole model or none. Its `doorvani.json` says where it
came from and keeps a SHA-256 of every file, so that `verify` can tell later what has changed.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import stat
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Final, TypeAlias

import requests

from speech.errors import SpeechError
from speech.models import ACOUSTIC_MODEL, ModelSpec

RECORD: Final = "doorvani.json"
# Zips of speech models shrink to a half or a third; a bomb shrinks to a thousandth.
MOST_UNPACKED: Final = 20
MOST_FILES: Final = 2000
_CHUNK: Final = 1 << 20
_TIMEOUT_S: Final = (10.0, 60.0)
# Zip and unpacked files lie side by side for a while.
_ROOM: Final = 4

Progress: TypeAlias = Callable[[int, int | None], None]
Trial: TypeAlias = Callable[[Path], None]


class FetchError(SpeechError):
    """The model could not be had; the message says what to do, and nothing was changed."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A model in its place. sha256: of the zip, empty where it came as a folder."""

    path: Path
    sha256: str


def address_of(spec: ModelSpec, mirror: str = "") -> str:
    """Return the URL of the model's zip, on the project's own site or on a mirror of it."""
    base = mirror or spec.source
    return base if base.endswith(".zip") else f"{base.rstrip('/')}/{spec.name}.zip"


def fetch(
    spec: ModelSpec,
    models_dir: Path,
    *,
    origin: str = "",
    trial: Trial,
    progress: Progress = lambda _done, _size: None,
) -> Fetched:
    """Put the model into `models_dir`; one that is there is replaced only by a whole new one.

    origin: a folder, a zip, or the URL of a mirror; by default the manifest's source. trial: tells
    whether the recogniser can load it; it raises a SpeechError where not.
    Errors: FetchError; the trial's SpeechError.
    """
    models_dir.mkdir(parents=True, exist_ok=True)
    local = Path(origin) if origin and "://" not in origin else None
    with _workshop(models_dir) as shop:
        unpacked = shop / spec.name
        if local is not None and local.is_dir():
            _check_room(models_dir, sum(f.stat().st_size for f in local.rglob("*") if f.is_file()))
            shutil.copytree(local, unpacked, symlinks=False)
            sha256 = ""
        else:
            archive = local or _download(spec, models_dir, address_of(spec, origin), progress)
            sha256 = _checked(archive, spec)
            _unpack(archive, unpacked)
            if local is None:
                archive.unlink()
        _check_shape(unpacked, spec)
        trial(unpacked)
        _write_record(unpacked, origin or address_of(spec), sha256)
        _replace(unpacked, models_dir / spec.name)
    return Fetched(models_dir / spec.name, sha256)


def verify(path: Path) -> list[str]:
    """Return what is wrong with an installed model, file by file; empty when nothing is.

    Errors: FetchError where it carries no record to compare with.
    """
    record = path / RECORD
    try:
        known: dict[str, str] = json.loads(record.read_text(encoding="utf-8"))["files"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise FetchError(
            f"{path.name}: no readable {RECORD}; fetch it again, so that there is one"
        ) from error
    there = dict(_hashes(path))
    missing = [f"{name}: missing" for name in sorted(known.keys() - there.keys())]
    added = [f"{name}: not part of the model" for name in sorted(there.keys() - known.keys())]
    changed = [
        f"{name}: changed"
        for name in sorted(known.keys() & there.keys())
        if known[name] != there[name]
    ]
    return missing + added + changed


def write_record(path: Path, *, source: str) -> None:
    """Write down every file's hash, for a model that was made here."""
    _write_record(path, source, "")


@contextmanager
def _workshop(models_dir: Path) -> Iterator[Path]:
    """A folder beside the models, so that the last step is a rename on one disk."""
    with tempfile.TemporaryDirectory(prefix=".making-", dir=models_dir) as folder:
        yield Path(folder)


def _download(spec: ModelSpec, models_dir: Path, url: str, progress: Progress) -> Path:
    """Download into `.partial`, going on where an earlier try broke off."""
    part = models_dir / ".partial" / f"{spec.name}.zip"
    part.parent.mkdir(exist_ok=True)
    mark = part.with_suffix(".etag")
    have = part.stat().st_size if part.exists() else 0
    etag = mark.read_text() if mark.exists() else ""
    # Without the server's own mark of the file, the rest might be the rest of another.
    headers = {"Range": f"bytes={have}-", "If-Range": etag} if have and etag else {}
    try:
        with requests.get(url, headers=headers, stream=True, timeout=_TIMEOUT_S) as response:
            if response.status_code == requests.codes.requested_range_not_satisfiable:
                return part  # all of it is there; the checks that follow will tell
            if response.status_code not in (requests.codes.ok, requests.codes.partial_content):
                raise FetchError(f"{url} answered {response.status_code}; is the address right?")
            resumed = response.status_code == requests.codes.partial_content
            rest = _length(response)
            done = have if resumed else 0
            _check_room(models_dir, rest)
            mark.write_text(_strong_etag(response))
            size = done + rest if rest is not None else spec.size_bytes
            with part.open("ab" if resumed else "wb") as file:
                for chunk in response.iter_content(_CHUNK):
                    file.write(chunk)
                    done += len(chunk)
                    progress(done, size)
    except requests.RequestException as error:
        raise FetchError(
            f"{url} cannot be reached or broke off ({type(error).__name__}); run it again to go "
            "on, or give a folder, a zip or a mirror with --from"
        ) from error
    mark.unlink(missing_ok=True)
    return part


def _length(response: requests.Response) -> int | None:
    length = response.headers.get("Content-Length", "")
    return int(length) if length.isdecimal() else None


def _strong_etag(response: requests.Response) -> str:
    etag = response.headers.get("ETag", "")
    return "" if etag.startswith("W/") else etag


def _check_room(models_dir: Path, size: int | None) -> None:
    free = shutil.disk_usage(models_dir).free
    if size is not None and size * _ROOM > free:
        raise FetchError(
            f"{models_dir} has {free / 1e9:.1f} GB free; this model wants {size * _ROOM / 1e9:.1f}"
        )


def _checked(archive: Path, spec: ModelSpec) -> str:
    """Return the SHA-256 of the zip. Errors: FetchError where it is not the one that is known."""
    md5, sha256, size = hashlib.md5(usedforsecurity=False), hashlib.sha256(), 0
    try:
        with archive.open("rb") as file:
            while chunk := file.read(_CHUNK):
                size += len(chunk)
                md5.update(chunk)
                sha256.update(chunk)
    except OSError as error:
        raise FetchError(f"{archive} cannot be read: {error.strerror}") from error
    known = (("SHA-256", spec.sha256, sha256.hexdigest()), ("MD5", spec.md5, md5.hexdigest()))
    wrong = [name for name, wanted, found in known if wanted and wanted != found]
    if spec.size_bytes is not None and spec.size_bytes != size:
        wrong.insert(0, "size")
    # An MD5 alone came from a public listing that nobody has checked; a SHA-256 outranks it.
    if wrong and not (spec.sha256 and "SHA-256" not in wrong):
        if archive.parent.name == ".partial":
            archive.unlink()
        raise FetchError(f"{archive.name}: {' and '.join(wrong)} differ from the manifest's")
    return sha256.hexdigest()


def _unpack(archive: Path, into: Path) -> None:
    """Unpack the single folder of the zip as `into`, trusting nothing that it names."""
    try:
        with zipfile.ZipFile(archive) as file:
            members = _safe_members(file, archive)
            for info, inside in members:
                target = into / inside
                target.parent.mkdir(parents=True, exist_ok=True)
                with file.open(info) as source, target.open("wb") as out:
                    shutil.copyfileobj(source, out, _CHUNK)
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError) as error:
        raise FetchError(f"{archive.name}: not a zip that can be unpacked") from error


def _safe_members(
    file: zipfile.ZipFile, archive: Path
) -> list[tuple[zipfile.ZipInfo, PurePosixPath]]:
    files = [info for info in file.infolist() if not info.is_dir()]
    if not files or len(files) > MOST_FILES:
        raise FetchError(f"{archive.name}: {len(files)} files; no speech model has so many")
    unpacked = sum(info.file_size for info in files)
    if unpacked > MOST_UNPACKED * max(archive.stat().st_size, 1):
        raise FetchError(f"{archive.name}: it would unpack to {unpacked / 1e9:.0f} GB")
    members = []
    for info in files:
        path = PurePosixPath(info.filename.replace("\\", "/"))
        is_link = stat.S_ISLNK(info.external_attr >> 16)
        if path.is_absolute() or ".." in path.parts or ":" in info.filename or is_link:
            raise FetchError(f"{archive.name}: {info.filename!r} points out of the model's folder")
        members.append((info, path))
    tops = {path.parts[0] for _, path in members}
    single = len(tops) == 1 and all(len(path.parts) > 1 for _, path in members)
    return [(i, PurePosixPath(*p.parts[1:]) if single else p) for i, p in members]


def _check_shape(folder: Path, spec: ModelSpec) -> None:
    if not any((folder / part).is_file() for part in ACOUSTIC_MODEL):
        raise FetchError(f"{spec.name}: there is no acoustic model in it; is it Vosk's?")


def _write_record(folder: Path, source: str, sha256: str) -> None:
    record: dict[str, Any] = {"source": source, "sha256": sha256, "files": dict(_hashes(folder))}
    text = json.dumps(record, indent=1, sort_keys=True) + "\n"
    (folder / RECORD).write_text(text, encoding="utf-8")


def _hashes(folder: Path) -> Iterator[tuple[str, str]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name != RECORD:
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            yield path.relative_to(folder).as_posix(), digest


def _replace(new: Path, place: Path) -> None:
    """Put the new folder into its place; an old one is moved aside first and then removed."""
    old = new.with_name(f"{new.name}.old")
    if place.exists():
        place.rename(old)
    new.rename(place)
    shutil.rmtree(old, ignore_errors=True)
