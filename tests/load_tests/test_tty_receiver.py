"""The bench of the TTY receiver: its arithmetic, its signals, its picture."""

from __future__ import annotations

import math
import xml.etree.ElementTree as ElementTree

import numpy as np

from load_tests.tty_picture import picture, theory_raw, theory_text
from load_tests.tty_receiver import at_one_per_cent
from load_tests.tty_signals import Sender, edit_distance, mu_law, sent


def test_edit_distance_counts_what_is_missing_added_and_changed() -> None:
    assert edit_distance([1, 2, 3], [1, 2, 3]) == 0
    assert edit_distance([1, 2, 3], [1, 3]) == 1
    assert edit_distance([1, 2, 3], [1, 9, 3, 4]) == 2
    assert edit_distance([], [1]) == 1


def test_a_character_lasts_as_long_as_it_should() -> None:
    samples, ends = sent([31, 1], Sender(), np.random.default_rng(1))
    assert abs(ends[1] - ends[0] - 8 * 176) <= 1
    assert abs(np.abs(samples).max() - 1) < 0.01


def test_mu_law_keeps_the_sign_and_the_size_within_4_per_cent() -> None:
    loud = np.array([20000.0, -20000.0, 0.0])
    heard = mu_law(loud)
    assert heard[2] == 0
    assert np.abs(heard[:2] / loud[:2] - 1).max() < 0.04


def test_theory_is_what_the_formula_says() -> None:
    assert abs(theory_raw(10.0) - 1.67) < 0.02
    assert theory_text(10.0, 5000) > theory_raw(10.0)


def test_where_a_curve_crosses_one_per_cent_lies_between_its_points() -> None:
    assert 9.0 < at_one_per_cent([8.0, 9.0, 10.0], [5.0, 2.0, 0.5]) < 10.0
    assert math.isnan(at_one_per_cent([8.0, 9.0], [0.5, 0.1]))


def test_the_picture_is_xml_with_a_line_for_everyone() -> None:
    curve = {"points": [8.0, 10.0], "raw": [10.0, 1.0], "text": [20.0, 2.0]}
    shown = picture({"curves": {"ours": curve, "theory": curve}})
    lines = [one for one in ElementTree.fromstring(shown).iter() if one.tag.endswith("polyline")]
    assert len(lines) == 4
