"""Samples of WAV files: between the octets of a law and 16-bit linear. Pure."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ....sip import g711
from ....tty.wav import Audio, Law

_LAWS = {Law.MU_LAW: g711.Law.PCMU, Law.A_LAW: g711.Law.PCMA}


def samples_of(audio: Audio) -> NDArray[np.int16]:
    if audio.law is Law.PCM16:
        return np.frombuffer(audio.octets, "<i2").astype(np.int16)
    return g711.decode(audio.octets, _LAWS[audio.law])


def audio_of(samples: NDArray[np.int16], law: Law) -> Audio:
    if law is Law.PCM16:
        return Audio(law, samples.astype("<i2").tobytes())
    return Audio(law, g711.encode(samples, _LAWS[law]))
