"""Plants one bug after another and says which promise notices it, and at which seed:

    python -m tests.simulation.mutants                  all of them, up to 10,000 seeds each
    python -m tests.simulation.mutants --only ack_early
    python -m tests.simulation.mutants --json           one object a line

Exit 1 when one survives, 2 when one cannot be planted any more.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict

from .hunting import Caught, hunt
from .planted import MUTANTS

SEEDS = 10_000
WIDTH = max(len(one.name) for one in MUTANTS)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation.mutants")
    parser.add_argument("--only", action="append", metavar="NAME", help="may be said again")
    parser.add_argument("--seeds", type=int, default=SEEDS, help="until a mutant has survived")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    known = {one.name: one for one in MUTANTS}
    for name in asked.only or ():
        if name not in known:
            parser.error(f"there is no mutant {name!r}; there are {', '.join(known)}")
    survived = 0
    for name in asked.only or known:
        try:
            caught = hunt(known[name], asked.seeds)
        except ValueError as fault:
            sys.stderr.write(f"{fault}\n")
            return 2
        survived += not caught.promise
        sys.stdout.write((json.dumps(asdict(caught)) if asked.json else row(caught)) + "\n")
        sys.stdout.flush()
    return 1 if survived else 0


def row(caught: Caught) -> str:
    """One line of the table."""
    said = caught.promise or f"SURVIVED: {caught.instead}"
    return f"{caught.mutant:<{WIDTH}}  {caught.seed:>6}  {caught.seconds:>7.1f} s  {said}"


if __name__ == "__main__":
    sys.exit(main())
