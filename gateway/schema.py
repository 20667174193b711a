"""JSON Schema of every kind of configuration file, generated from the models and committed under
configs/schema/, so that an editor can help while somebody fills a file in."""

from __future__ import annotations

import json
from pathlib import Path

from .configuration.files import CarrierFile, GatewayFile, PsapFile
from .configuration.line_files import LineFile
from .routing.settings import RoutingSettings

FileKind = (
    type[GatewayFile] | type[CarrierFile] | type[PsapFile] | type[LineFile] | type[RoutingSettings]
)

# schema file name -> model
KINDS: dict[str, FileKind] = {
    "gateway": GatewayFile,
    "carrier": CarrierFile,
    "psap": PsapFile,
    "line": LineFile,
    "routing": RoutingSettings,
}
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def generate() -> dict[str, str]:
    """File name -> the text of the schema."""
    return {
        f"{kind}.json": json.dumps(
            {"$schema": DIALECT, **model.model_json_schema(mode="validation")},
            indent=2,
            ensure_ascii=False,
        )
        + "\n"
        for kind, model in KINDS.items()
    }


def write(directory: Path) -> list[str]:
    """Write them all; answers with the file names. Raises OSError."""
    directory.mkdir(parents=True, exist_ok=True)
    schemas = generate()
    for name, text in schemas.items():
        (directory / name).write_text(text, encoding="utf-8")
    return list(schemas)
