"""What our pipeline costs over Vosk alone, and what a second speech process costs in memory.

Time: audio → words → symptoms as a worker does it, against raw Vosk decoding of the same samples,
clip by clip in turn, so that the ratio holds where the machine's speed drifts. Memory: the
proportional set size (Linux, /proc/<pid>/smaps_rollup) of whole `doorvani worker speech` trees,
one process and two, each after it has heard a clip, so that shared pages count once.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

import vosk

from config.settings import REPOSITORY
from speech.audio import Pcm, prepare
from speech.hearing import hear
from speech.lexicon import load_lexicon
from speech.models import InstalledModel, Manifest, Mode, ModelSpec, NoModel, find_model
from speech.synthesis import synthesise

SHARED: Final = REPOSITORY.parent / "shared" / "data" / "speech"
ROUNDS: Final = 7
SENTENCES: Final = (
    "मुझे तीन दिन से बुखार है और सिर में दर्द हो रहा है",
    "बच्चे को दस्त लग रहे हैं और उल्टी हो रही है",
    "सीने में बहुत दर्द है और साँस फूल रही है",
)
LIMIT: Final = 1.15
MEMORY_LIMIT: Final = 1.4


def clips() -> list[bytes]:
    """Return telephone recordings: those at hand, or sentences that we synthesise."""
    folder = SHARED / "spoken-symptoms"
    if folder.is_dir():
        return [path.read_bytes() for path in sorted(folder.glob("*.wav"))]
    return [synthesise(text, "hi") for text in SENTENCES]


def models() -> list[tuple[InstalledModel, Path | None, Manifest | None]]:
    """Return the shipped model, and the larger one for tests where it is at hand."""
    shipped = find_model("hi", None)
    if isinstance(shipped, NoModel):
        raise RuntimeError("the Hindi model that ships is not there")
    found: list[tuple[InstalledModel, Path | None, Manifest | None]] = [(shipped, None, None)]
    if (SHARED / "models" / "vosk-hi-closed-set").is_dir():
        spec = ModelSpec(
            name="vosk-hi-closed-set", language="hi", mode=Mode.CLOSED, rate_hz=16000,
            offer_from=0.5, sure_share=0.5, licence="tests only", source="../shared",
        )  # fmt: skip
        folder = SHARED / "models"
        found.append((InstalledModel(spec, folder / spec.name), folder,
                      Manifest(version=1, models=(spec,))))  # fmt: skip
    return found


def cpu_s() -> float:
    """Return the CPU seconds of this process and of those that it has waited for."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in used)


def raw(model: vosk.Model, pcm: Pcm) -> str:
    recogniser = vosk.KaldiRecognizer(model, pcm.rate_hz)
    recogniser.SetWords(True)
    recogniser.AcceptWaveform(pcm.samples)
    return str(recogniser.FinalResult())


def measure_time() -> bool:
    # Each is measured and printed, also after one that does not hold.
    held = [_pipeline_over_raw(*chosen) for chosen in models()]
    return all(held)


def _pipeline_over_raw(
    model: InstalledModel, folder: Path | None, manifest: Manifest | None
) -> bool:
    lexicon, plain = load_lexicon(), vosk.Model(str(model.path))
    prepared = [(clip, prepare(clip, rate_hz=model.spec.rate_hz)) for clip in clips()]
    pairs = [(clip, pcm) for clip, pcm in prepared if isinstance(pcm, Pcm)]
    seconds = sum(pcm.seconds for _, pcm in pairs)
    ratios, ours = [], 0.0
    for _ in range(ROUNDS):
        ours = bare = 0.0
        for clip, pcm in pairs:
            before = cpu_s()
            hear(clip, language="hi", models_dir=folder, lexicon=lexicon, manifest=manifest)
            between = cpu_s()
            raw(plain, pcm)
            ours += between - before
            bare += cpu_s() - between
        ratios.append(ours / bare)
    ratio = statistics.median(ratios)
    print(
        f"{model.spec.name:26} pipeline / raw Vosk: median {ratio:.3f} "
        f"(min {min(ratios):.3f}, max {max(ratios):.3f}; wanted <= {LIMIT}), "
        f"CPU time {ours / seconds:.3f} x audio, {len(pairs)} clips, {seconds:.0f} s"
    )
    return ratio <= LIMIT


def tree(pid: int) -> list[int]:
    """Return the process and its descendants."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(below for child in children for below in tree(int(child)))]


def proportional_mb(pids: list[int]) -> float:
    total = 0
    for pid in pids:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1])
    return total / 1024


def worker_memory(processes: int, folder: Path) -> float:
    """Return the megabytes of a speech worker whose processes have each heard a clip."""
    program = "import bench.speech as b, sys; b.hear_and_wait(int(sys.argv[1]))"
    command = [sys.executable, "-c", program, str(processes)]
    environment = {**os.environ, "DATA_DIR": str(folder), "DOORVANI_ENV": "development"}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, cwd=REPOSITORY, env=environment
    ) as worker:
        if worker.stdout is None:
            raise RuntimeError("no pipe to the worker")
        for _ in range(processes):
            worker.stdout.readline()
        megabytes = proportional_mb(tree(worker.pid))
        for pid in reversed(tree(worker.pid)):
            os.kill(pid, 9)
    return megabytes


def hear_and_wait(processes: int) -> None:
    """Run a worker's parent: the parts, the models, the fork; each child hears one clip."""
    from config.settings import load_settings
    from gateway.container import Container

    parts = Container(load_settings())
    parts.job_parts()
    clip = clips()[0]

    def listen() -> None:
        parts.ear.hear(clip, language="hi")
        print("heard", flush=True)

    if processes == 1:
        listen()
    else:
        parts.ear.preload()
        for _ in range(processes):
            if os.fork() == 0:
                listen()
                break
    time.sleep(60)


def measure_memory() -> bool:
    with tempfile.TemporaryDirectory() as folder:
        one, two = (worker_memory(count, Path(folder)) for count in (1, 2))
    ratio = two / one
    print(f"memory: one process {one:.0f} MB, two {two:.0f} MB: {ratio:.2f} x "
          f"(wanted <= {MEMORY_LIMIT})")  # fmt: skip
    return ratio <= MEMORY_LIMIT


def main() -> None:
    """Print both measurements; end with an error where one does not hold."""
    holds = measure_time()
    holds = measure_memory() and holds
    if not holds:
        raise SystemExit("a figure is beyond what is wanted")


if __name__ == "__main__":
    main()
