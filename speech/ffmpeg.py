"""The one way to ffmpeg: bytes in, bytes out, bounded in time."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from typing import Final

import imageio_ffmpeg

from speech.errors import SpeechError

# How a prompt is kept in the repository: speech of a telephone's band, a few kilobytes each.
TO_OPUS: Final = ("-c:a", "libopus", "-b:a", "14k", "-application", "voip", "-f", "ogg", "pipe:1")

# Noise, banners and a terminal are all unwanted in a worker.
_QUIET = ("-hide_banner", "-nostdin", "-loglevel", "error")


class ConversionError(SpeechError):
    """Ffmpeg refused the input or ran out of time."""


def convert(data: bytes, arguments: Sequence[str], *, timeout_s: float) -> bytes:
    """Return what ffmpeg makes of `data`; `arguments` name input and output (pipe:0, pipe:1).

    Errors: ConversionError when ffmpeg ends with an error or outlives `timeout_s`.
    """
    command = [imageio_ffmpeg.get_ffmpeg_exe(), *_QUIET, *arguments]
    try:
        # The command is ours, and the untrusted audio only ever enters by the pipe.
        done = subprocess.run(  # noqa: S603
            command, input=data, capture_output=True, timeout=timeout_s, check=True
        )
    except subprocess.TimeoutExpired as slow:
        raise ConversionError(f"ffmpeg took longer than {timeout_s:g} s") from slow
    except subprocess.CalledProcessError as refused:
        raise ConversionError(f"ffmpeg ended with {refused.returncode}") from refused
    return done.stdout
