"""The `[journal]` table of gateway.toml. A model and nothing else: it opens no file."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field


class JournalSettings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    path: Path = Field(
        default=Path("journal/text911.journal"),
        description="The journal's file; relative to the configuration directory. It must lie on a "
        "local disk: advisory locks and write-ahead logging do not work over a network share.",
    )
    snapshot_every_records: int = Field(
        default=50_000,
        ge=1_000,
        description="Records between two snapshots of the state. More makes a restart slower "
        "(half a second or so per 50,000), fewer makes the daemon write more.",
    )
    disk_free_min_mb: int = Field(
        default=500,
        ge=50,
        description="Free space on the journal's disk, in MB, below which the operators are "
        "alarmed. A full disk stops every positive answer to carriers.",
    )
