"""Which files a configuration names: journal, log, certificates, boundaries, secrets. Pure; whether
they are there is for others to say."""

from __future__ import annotations

from ..journal.settings import JournalSettings
from ..routing.settings import DEMO
from .crosschecks import Files


def named_paths(files: Files) -> list[str]:
    """Relative or absolute, as they are written; of a gateway.toml that cannot be read, the journal
    where it lies when nothing is said."""
    paths: list[str] = [] if files.gateway is not None else [str(JournalSettings().path)]
    if files.gateway is not None:
        console = files.gateway.console
        paths.append(str(files.gateway.journal.path))
        paths.append(files.gateway.operations.health_log)
        paths += [str(path) for path in (console.tls_certificate, console.tls_key) if path]
        for door in files.gateway.smpp.tls:
            paths.append(door.certificate)
            kind, _, rest = door.key.partition(":")
            if kind == "file":
                paths.append(rest)
    if files.routing is not None and files.routing.boundaries != DEMO:
        paths.append(files.routing.boundaries)
    for carrier in files.carriers.values():
        connected = (*carrier.connect, *carrier.outbind)
        reached = (*connected, *carrier.await_outbind)
        for reference in (
            *carrier.account.passwords,
            *(one.password for one in reached),
            *(one.asks_with for one in carrier.await_outbind),
            *(one.tls_key for one in connected),
        ):
            kind, _, rest = reference.partition(":")
            if kind == "file":
                paths.append(rest)
        paths += [one.tls_certificate for one in connected if one.tls_certificate]
    for psap in files.psaps.values():
        if psap.tty is not None and psap.tty.password.startswith("file:"):
            paths.append(psap.tty.password.removeprefix("file:"))
        if psap.tty is not None:
            paths += [psap.tty.tls_authorities, psap.tty.tls_certificate]
    for line in files.lines.values():
        if line.sip is not None:
            paths += [line.sip.tls_authorities, *(door.certificate for door in line.sip.listen)]
        if line.wav is not None:
            paths += [line.wav.file, line.wav.answer]
    return paths
