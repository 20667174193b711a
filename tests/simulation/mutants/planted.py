"""All planted bugs, in the order of the table in docs/reliability.md."""

from __future__ import annotations

from .at_the_edges import AT_THE_EDGES
from .in_the_core import IN_THE_CORE
from .mutant import Mutant
from .on_our_binds import ON_OUR_BINDS
from .on_the_lines import ON_THE_LINES

MUTANTS: tuple[Mutant, ...] = (*IN_THE_CORE, *AT_THE_EDGES, *ON_OUR_BINDS, *ON_THE_LINES)
