"""The laws of G.711 in files: what goes through them comes back as near as they allow."""

from __future__ import annotations

import numpy as np
import pytest

from text911.gateway.edges.lines.laws import audio_of, samples_of
from text911.tty.pace import Pace
from text911.tty.recording import recording
from text911.tty.wav import Law


@pytest.mark.parametrize("law", Law)
def test_samples_come_back_as_near_as_the_law_allows(law: Law) -> None:
    samples = recording("HELLO", Pace())
    audio = audio_of(samples, law)
    assert len(audio.octets) == len(samples) * law.octets
    error = np.abs(samples_of(audio).astype(int) - samples)
    assert error.max() <= (0 if law is Law.PCM16 else 512)
