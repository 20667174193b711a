"""`text911 ...` and `python -m text911 ...`: one door for both."""

from __future__ import annotations

import sys


def main() -> None:
    """Hand over to the command line; only the commands that run a loop install the reactor."""
    from .gateway.cli.quick import run, understood

    asked = understood(sys.argv[1:])
    if asked is not None:
        sys.exit(run(asked))
    from .gateway.cli.app import app

    app(prog_name="text911")


if __name__ == "__main__":
    main()
