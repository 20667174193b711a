"""Which journal a command's argument names. Only reads."""

from __future__ import annotations

import tomllib
from pathlib import Path

from pydantic import ValidationError

from ..journal.contract import JournalBroken
from ..journal.settings import JournalSettings

CONFIGURATION = "gateway.toml"


def journal_path(where: Path) -> Path:
    """The journal's file: `where` itself, or what the configuration directory `where` says.

    Raises JournalBroken in words when the directory does not say.
    """
    if not where.exists():
        raise JournalBroken(
            f"there is no {where}: name a configuration directory or a journal file"
        )
    if not where.is_dir():
        return where
    file = where / CONFIGURATION
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8")).get("journal", {})
        return where / JournalSettings.model_validate(table).path
    except FileNotFoundError as error:
        raise JournalBroken(
            f"{where} has no {CONFIGURATION}: name a journal file or a configuration directory"
        ) from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise JournalBroken(f"{file} cannot be read: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in ("journal", *first["loc"]))
        raise JournalBroken(f"{file}: {key}: {first['msg']}") from error
