"""baresip as the telephone of a TTY: SIP over TLS or UDP, SRTP by SDES, by other people's code.

Its sound is a recording that it plays once the call stands; what it hears it writes into a file.
"""

from __future__ import annotations

import subprocess
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from load_tests.processes import until
from tests.certificates import Paper
from tests.tty.clean_receiver import CleanReceiver
from text911.tty import wav
from text911.tty.modulator import RATE
from text911.tty.pace import Pace
from text911.tty.recording import recording
from text911.tty.transcript import transcript

from .sipp import HOST
from .tools import program

NUMBER = "+18605550142"
WAV_HEADER = 44  # octets, of 16-bit samples; its lengths are right only once the call is over
SILENT_S = 40  # behind the tones: where its recording ends, baresip hangs up
SEEN_WITHIN = 15.0  # s
STOPS_WITHIN = 10.0  # s
CONFIG = """
poll_method epoll
sip_listen {host}:{port}
sip_certificate {folder}/mine.pem
sip_cafile {folder}/theirs.pem
audio_player aubridge,nobody
audio_source aufile,{folder}/says.wav
audio_alert aubridge,nobody
ausrc_srate 8000
auplay_srate 8000
ausrc_channels 1
auplay_channels 1
rtp_ports {rtp}-{last}
net_interface {host}
module_path {modules}
module g711.so
module aufile.so
module aubridge.so
module sndfile.so
module srtp.so
module_app account.so
module_app menu.so
snd_path {folder}
"""


class Baresip:
    """One telephone. A context. `says`: what it types, behind `after` seconds of silence. `mine`:
    what it shows as a server; `theirs`: whom it believes. `answers`: by itself."""

    def __init__(
        self,
        folder: Path,
        port: int,
        rtp: int,
        says: str,
        *,
        mine: Paper,
        theirs: Paper,
        after: float = 1.0,
        number: str = NUMBER,
        transport: str = "tls",
        answers: bool = False,
    ) -> None:
        self.folder = folder
        folder.mkdir()
        (folder / "mine.pem").write_bytes(mine.chain + mine.secret)
        (folder / "theirs.pem").write_bytes(theirs.chain)
        tones = recording(says, Pace()).tobytes()
        still = bytes(2 * int(RATE * after))
        octets = still + tones + bytes(2 * RATE * SILENT_S)
        (folder / "says.wav").write_bytes(wav.write(wav.Audio(wav.Law.PCM16, octets)))
        (folder / "config").write_text(
            CONFIG.format(
                host=HOST, port=port, folder=folder, rtp=rtp, last=rtp + 98, modules=modules()
            )
        )
        mode = "auto" if answers else "manual"
        (folder / "accounts").write_text(
            f"<sip:{number}@{HOST}:{port};transport={transport}>;regint=0;mediaenc=srtp-mand;"
            f"audio_codecs=PCMU/8000/1;answermode={mode}\n"
        )
        self._process: subprocess.Popen[bytes] | None = None

    def starts(self, *commands: str) -> None:
        """`commands`: of its menu, such as "/dial sip:911@127.0.0.1"."""
        arguments = [word for one in commands for word in ("-e", one)]
        with (self.folder / "out").open("wb") as out:
            self._process = subprocess.Popen(
                [program("baresip"), "-f", str(self.folder), "-v", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
            )

    @property
    def printed(self) -> str:
        """All that it said about itself."""
        return (self.folder / "out").read_text(errors="replace")

    def sees(self, words: str) -> None:
        until(f"{words!r} of baresip", lambda: words in self.printed, SEEN_WITHIN)

    def reads(self) -> str:
        """What a TTY prints of the sound that came to it."""
        (found,) = self.folder.glob("dump-*-dec.wav")
        octets = found.read_bytes()[WAV_HEADER:]
        samples = np.frombuffer(octets[: len(octets) // 2 * 2], np.int16)
        return transcript(samples, CleanReceiver()).text

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(STOPS_WITHIN)


def modules() -> Path:
    """Where Debian has its modules."""
    (found,) = Path("/usr/lib").glob("**/baresip/modules")
    return found
