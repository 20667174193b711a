"""What holds of the model's disk whatever a program does."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.crash.contents import SECTOR

from .programs import Program

NAMES = ("a", "b", "c")
steps = st.one_of(
    st.tuples(
        st.just("write"),
        st.sampled_from(NAMES),
        st.integers(0, 3 * SECTOR),
        st.binary(min_size=1, max_size=2 * SECTOR),
    ),
    st.tuples(st.just("truncate"), st.sampled_from(NAMES), st.integers(0, 3 * SECTOR)),
    st.tuples(st.just("rename"), st.sampled_from(NAMES), st.sampled_from(NAMES)),
    st.tuples(st.just("unlink"), st.sampled_from(NAMES)),
    st.tuples(st.just("sync"), st.sampled_from(NAMES)),
    st.tuples(st.just("fail"), st.sampled_from(NAMES)),
    st.tuples(st.just("names")),
)


@dataclass
class Witness:
    """The same program on a disk that is never cut, with all that every sector ever was."""

    program: Program = field(default_factory=Program)
    sectors: dict[int, set[bytes]] = field(default_factory=dict[int, set[bytes]])

    def do(self, step: tuple[object, ...]) -> None:
        program = self.program
        match step:
            case ("names",):
                program.sync("")
            case ("rename", str(name), str(other)):
                if name in program.inodes and name != other:
                    program.rename(name, other)
            case (_, str(name), *_) if name not in program.inodes:
                program.create(name)
            case ("write", str(name), int(offset), bytes(data)):
                program.write(name, offset, data)
            case ("truncate", str(name), int(size)):
                program.truncate(name, size)
            case ("unlink", str(name)):
                program.unlink(name)
            case ("sync", str(name)):
                program.sync(name)
            case ("fail", str(name)):
                program.sync(name, error=5)
            case _:
                raise AssertionError(step)
        for octets in program.disk.now().files.values():
            for at in range(0, len(octets), SECTOR):
                self.sectors.setdefault(at, set()).add(octets[at : at + SECTOR])

    def explains(self, octets: bytes) -> bool:
        """Each sector was like that in some file at some moment, cut or filled up with zeros."""
        for at in range(0, len(octets), SECTOR):
            piece = octets[at : at + SECTOR]
            ever = self.sectors.get(at, set())
            if piece.strip(b"\0") and not any(_is_cut_of(piece, one) for one in ever):
                return False
        return True


def _is_cut_of(piece: bytes, one: bytes) -> bool:
    """Whether `piece` is `one`, shorter, or filled up with zeros."""
    kept = piece.rstrip(b"\0")
    return one[: len(kept)] == kept


@settings(deadline=None, max_examples=150)
@given(st.lists(steps, max_size=25), st.integers(0, 1000))
def test_no_image_holds_what_never_was(program: list[tuple[object, ...]], seed: int) -> None:
    witness = Witness()
    for step in program:
        witness.do(step)
    image = witness.program.disk.draw(Random(seed))
    assert image.files.keys() <= set(NAMES)
    for octets in image.files.values():
        assert witness.explains(octets)


@settings(deadline=None, max_examples=150)
@given(st.lists(steps, max_size=25), st.integers(0, 1000))
@example([("unlink", "a"), ("truncate", "a", 0), ("fail", "a")], 0)
def test_when_all_was_written_anew_and_synced_every_image_is_what_the_program_saw(
    program: list[tuple[object, ...]], seed: int
) -> None:
    witness = Witness()
    for step in program:
        witness.do(step)
    whole = witness.program
    for name, octets in whole.disk.now().files.items():
        whole.truncate(name, 0)  # what a sync had failed on is written again
        if octets:
            whole.write(name, 0, octets)
        whole.sync(name)
    whole.sync("")
    image = whole.disk.draw(Random(seed))
    assert image.files == whole.disk.now().files
    assert image.story == ()


@settings(deadline=None, max_examples=50)
@given(st.lists(steps, max_size=25), st.integers(0, 1000))
def test_the_same_seed_gives_the_same_image_and_drawing_changes_nothing(
    program: list[tuple[object, ...]], seed: int
) -> None:
    witness = Witness()
    for step in program:
        witness.do(step)
    disk = witness.program.disk
    before = disk.now()
    assert disk.draw(Random(seed)) == disk.draw(Random(seed))
    assert disk.now() == before
