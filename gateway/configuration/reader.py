"""Reads a configuration directory and collects every fault in it. The one place here that opens
files; it writes none."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from pydantic import BaseModel, ValidationError

from ...smpp.connecting import ConnectSettings, OutbindSettings
from ...smpp.pins import Identity
from ...smpp.settings import PASSWORD_MAX, ListenSettings
from ..routing.settings import RoutingSettings
from ..secrets import Secret, SecretProblem, resolve
from .certificates import Certificate, NoCertificate, TlsDoor, authorities_of, certificate_of
from .configuration import Reach
from .crosschecks import GATEWAY, ROUTING, Files, carrier_path, cross_faults, psap_path, undotted
from .faults import ConfigurationErrors, Fault, Place, did_you_mean, faults_of
from .files import NAME_PATTERN, CarrierFile, GatewayFile, PsapFile
from .line_checks import line_path
from .lines import line_of
from .named import named_paths

if TYPE_CHECKING:
    from ...psap_adapters.tty_psap.settings import TtyPsapSettings
    from ..edges.lines.trunk_settings import TrunkSettings
    from .line_files import LineFile

FILE_SIZE_MAX = 1_000_000  # octets; a longer file is not one a person wrote
# Files that belong to people, not to the gateway.
TOLERATED = frozenset({"README.md", "README", "LICENSE", "NOTICE"})
# What editors and package tools leave beside a file, and a person who puts one out of use. A copy
# must not keep a gateway that was killed from coming back.
LEFT_BEHIND = re.compile(r".+(~|\.(bak|orig|old|disabled|dpkg-\w+|rpm(new|orig|save)))")
KNOWN = (GATEWAY, ROUTING, "carriers", "psaps", "lines")
REFERENCE = re.compile(r"""["']file:([^"']+)["']""")  # to a secret
QUOTED = re.compile(r"""["'](?:file:)?([^"'\n]+)["']""")

_Model = TypeVar("_Model", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Read:
    """A directory without a fault. `passwords`: carrier -> its secrets; `reaches`: the binds that
    are ours to bring about. `doors`: [[smpp.tls]]. `accounts` and `line_doors`: of SIP lines.
    `logins`, `line_logins`: PSAP, or line -> with what its exchange may ask us to log in.
    `believed`, `line_believed`: who may have signed what that shows over TLS; `shown`: what we
    show it."""

    gateway: GatewayFile
    routing: RoutingSettings
    files: Files
    passwords: Mapping[str, tuple[Secret, ...]]
    reaches: Mapping[str, tuple[Reach, ...]]
    doors: tuple[TlsDoor, ...]
    accounts: Mapping[str, tuple[tuple[str, Secret], ...]]
    line_doors: Mapping[str, tuple[TlsDoor, ...]]
    logins: Mapping[str, Secret]
    line_logins: Mapping[str, Secret]
    believed: Mapping[str, bytes]
    line_believed: Mapping[str, bytes]
    shown: Mapping[str, Identity]


class Reader:
    """Reads one directory once. `read` raises ConfigurationErrors with everything that is wrong."""

    def __init__(self, directory: Path, environ: Mapping[str, str]) -> None:
        self._directory = directory
        self._environ = environ
        self._faults: list[Fault] = []
        self._texts: dict[str, str] = {}

    def read(self) -> Read:
        if not self._directory.is_dir():
            what = f"there is no such directory; name one that holds {GATEWAY}."
            raise ConfigurationErrors([Fault(str(self._directory), "", what)])
        gateway = self._file(GATEWAY, GatewayFile)
        routing = self._file(ROUTING, RoutingSettings)
        carriers = self._party_files("carriers", carrier_path, CarrierFile)
        psaps = self._party_files("psaps", psap_path, PsapFile)
        lines = self._line_files()
        names = frozenset(psaps)
        files = Files(gateway, routing, _whole(carriers), _whole(psaps), names, _whole(lines))
        for fault in cross_faults(files, self._exists):
            self._found(fault)
        # With a faulty gateway.toml nobody knows whether plain: is allowed; that fault comes first.
        demonstration = gateway is None or gateway.gateway.demonstration
        passwords = {
            name: self._passwords(carrier_path(name), file, demonstration)
            for name, file in files.carriers.items()
        }
        reaches = {
            name: tuple(self._reaches(carrier_path(name), file, passwords[name], demonstration))
            for name, file in files.carriers.items()
        }
        doors = () if gateway is None else tuple(self._doors(gateway.smpp))
        trunks = {name: line.sip for name, line in files.lines.items()}
        accounts = {
            name: tuple(self._accounts(line_path(name), trunk, demonstration))
            for name, trunk in trunks.items()
        }
        line_doors = {
            name: tuple(self._line_doors(line_path(name), trunk)) for name, trunk in trunks.items()
        }
        ttys = {name: psap.tty for name, psap in files.psaps.items()}
        logins = dict(self._logins("tty", psap_path, ttys, demonstration))
        line_logins = dict(self._logins("sip", line_path, trunks, demonstration))
        believed = dict(self._believed("tty", psap_path, ttys))
        line_believed = dict(self._believed("sip", line_path, trunks))
        shown = dict(self._shown_by(ttys))
        self._strangers(files)
        if self._faults or gateway is None or routing is None:
            raise ConfigurationErrors(self._faults)
        return Read(
            gateway, routing, files, passwords, reaches, doors, accounts, line_doors, logins,
            line_logins, believed, line_believed, shown,
        )  # fmt: skip

    def _exists(self, path: str) -> bool:
        return (self._directory / path).is_file()

    def _found(self, fault: Fault, place: Place | None = None) -> None:
        where = undotted(fault.key) if place is None else place
        line = line_of(self._texts.get(fault.file, ""), where) if fault.key else fault.line
        self._faults.append(Fault(fault.file, fault.key, fault.what, line))

    def _line_files(self) -> dict[str, LineFile | None]:
        """There may be no folder, and then nothing that speaks of TTYs and SIP is loaded."""
        if not (self._directory / "lines").exists():
            return {}
        from .line_files import LineFile

        return self._party_files("lines", line_path, LineFile)

    def _party_files(
        self, room: str, path_of: Callable[[str], str], model: type[_Model]
    ) -> dict[str, _Model | None]:
        """Every party by name, None when its file is faulty."""
        return {name: self._file(path_of(name), model) for name in self._names(room)}

    def _names(self, room: str) -> list[str]:
        """The parties under `room`, in order; whatever else is there is a fault."""
        place = self._directory / room
        if not place.is_dir():
            self._found(Fault(room, "", "there is no such directory; create it."))
            return []
        names: list[str] = []
        for entry in sorted(place.iterdir()):
            path = f"{room}/{entry.name}"
            if _is_for_people(entry.name):
                continue
            if entry.suffix != ".toml" or not entry.is_file():
                what = "this is no NAME.toml file; rename it or take it away."
                self._found(Fault(path, "", what))
            elif not NAME_PATTERN.fullmatch(entry.stem):
                what = (
                    "the file's name becomes a name of the gateway: use lower-case letters, digits "
                    "and hyphens only, at most 40."
                )
                self._found(Fault(path, "", what))
            else:
                names.append(entry.stem)
        return names

    def _file(self, path: str, model: type[_Model]) -> _Model | None:
        raw = self._toml(path)
        if raw is None:
            return None
        try:
            return model.model_validate(raw)
        except ValidationError as error:
            seen: set[Place] = set()
            for place, fault in faults_of(path, model, error):
                # A union reports once per member; once is enough.
                if place not in seen:
                    self._found(fault, place)
                seen.add(place)
            return None

    def _toml(self, path: str) -> dict[str, object] | None:
        try:
            with (self._directory / path).open("rb") as file:
                octets = file.read(FILE_SIZE_MAX + 1)
        except FileNotFoundError:
            self._found(Fault(path, "", "this file is missing; text911 new writes one to fill in."))
            return None
        except OSError as cause:
            self._found(Fault(path, "", f"cannot be read ({cause.strerror})."))
            return None
        if len(octets) > FILE_SIZE_MAX:
            self._found(Fault(path, "", f"is longer than {FILE_SIZE_MAX} octets; make it shorter."))
            return None
        try:
            text = octets.decode()
            self._texts[path] = text
            return tomllib.loads(text)
        except UnicodeDecodeError as cause:
            self._found(Fault(path, "", f"is not UTF-8 text at octet {cause.start}; save it so."))
        except tomllib.TOMLDecodeError as cause:
            self._found(Fault(path, "", f"is not TOML: {cause}."))
        return None

    def _passwords(self, path: str, file: CarrierFile, demonstration: bool) -> tuple[Secret, ...]:
        """The carrier's secrets; those that lead nowhere or cannot be sent by SMPP are faults."""
        found = (
            self._password(path, f"account.passwords[{place}]", reference, demonstration)
            for place, reference in enumerate(file.account.passwords, start=1)
        )
        return tuple(secret for secret in found if secret is not None)

    def _password(self, path: str, key: str, reference: str, demonstration: bool) -> Secret | None:
        try:
            secret = resolve(reference, self._directory, self._environ, demonstration=demonstration)
        except SecretProblem as problem:
            self._found(Fault(path, key, f"{problem}."))
            return None
        value = secret.reveal()
        if len(value) > PASSWORD_MAX or not (value.isascii() and value.isprintable()):
            what = (
                f"the secret behind it is not 1 to {PASSWORD_MAX} printable ASCII characters, "
                "which is all that SMPP can carry (v3.4, 5.2.2); agree on another."
            )
            self._found(Fault(path, key, what))
        return secret

    def _reaches(
        self, path: str, file: CarrierFile, passwords: tuple[Secret, ...], demonstration: bool
    ) -> Iterator[Reach]:
        """The binds that are ours to bring about; their passwords are the account's unless they
        have their own. Without any there was a fault already."""

        def secret_of(key: str, reference: str) -> Secret | None:
            return self._password(path, key, reference, demonstration) if reference else None

        for table in ("connect", "outbind", "await_outbind"):
            for place, one in enumerate(getattr(file, table), start=1):
                key = f"{table}[{place}]"
                ours = secret_of(f"{key}.password", one.password)
                theirs = secret_of(f"{key}.asks_with", getattr(one, "asks_with", ""))
                shown = None
                if isinstance(one, ConnectSettings | OutbindSettings):
                    shown = self._shown(path, key, one)
                if ours is not None or passwords:
                    yield Reach(one, passwords[0] if ours is None else ours, theirs, shown)

    def _shown(
        self, path: str, key: str, one: ConnectSettings | OutbindSettings
    ) -> Identity | None:
        """What we show a carrier that we connect to over TLS."""
        if not one.tls_certificate:
            return None
        names = (f"{key}.tls_certificate", f"{key}.tls_key")
        found = self._certificate(path, names, one.tls_certificate, one.tls_key)
        return None if found is None else found.identity

    def _doors(self, smpp: ListenSettings) -> Iterator[TlsDoor]:
        """Where we listen with TLS; a certificate or a key that is of no use is a fault."""
        for place, door in enumerate(smpp.tls, start=1):
            keys = (f"smpp.tls[{place}].certificate", f"smpp.tls[{place}].key")
            found = self._certificate(GATEWAY, keys, door.certificate, door.key)
            if found is not None:
                yield TlsDoor(door.host, door.port, found)

    def _certificate(
        self, path: str, keys: tuple[str, str], file: str, reference: str
    ) -> Certificate | None:
        """`keys`: where certificate and key are named. None: there was a fault."""
        chain = secret = None
        try:
            chain = (self._directory / file).read_bytes()
        except OSError as cause:
            what = f"{file} cannot be read ({cause.strerror}); put it there."
            self._found(Fault(path, keys[0], what))
        try:
            secret = resolve(reference, self._directory, self._environ)
        except SecretProblem as problem:
            self._found(Fault(path, keys[1], f"{problem}."))
        if chain is None or secret is None:
            return None
        try:
            return certificate_of(chain, secret.reveal().encode())
        except NoCertificate as why:
            self._found(Fault(path, keys[0], f"{why}; see openssl x509."))
            return None

    def _accounts(
        self, path: str, trunk: TrunkSettings | None, demonstration: bool
    ) -> Iterator[tuple[str, Secret]]:
        """With which names and passwords a trunk may show who it is."""
        for place, account in enumerate(trunk.accounts if trunk else (), start=1):
            try:
                yield (
                    account.username,
                    resolve(
                        account.password,
                        self._directory,
                        self._environ,
                        demonstration=demonstration,
                    ),
                )
            except SecretProblem as problem:
                self._found(Fault(path, f"sip.accounts[{place}].password", f"{problem}."))

    def _line_doors(self, path: str, trunk: TrunkSettings | None) -> Iterator[TlsDoor]:
        """Where a trunk reaches us with TLS."""
        for place, door in enumerate(trunk.listen if trunk else (), start=1):
            if door.transport != "tls":
                continue
            key = f"sip.listen[{place}]"
            names = (f"{key}.certificate", f"{key}.key")
            found = self._certificate(path, names, door.certificate, door.key)
            if found is not None:
                yield TlsDoor(door.host, door.port, found, key)

    def _believed(
        self,
        table: str,
        path_of: Callable[[str], str],
        tables: Mapping[str, TtyPsapSettings | TrunkSettings | None],
    ) -> Iterator[tuple[str, bytes]]:
        """Who may have signed what the exchanges show that we call over TLS, PEM."""
        for name, found in tables.items():
            if found is None or not found.tls_authorities:
                continue
            key = f"{table}.tls_authorities"
            try:
                pem = (self._directory / found.tls_authorities).read_bytes()
                yield name, authorities_of(pem)
            except OSError as cause:
                what = f"{found.tls_authorities} cannot be read ({cause.strerror}); put it there."
                self._found(Fault(path_of(name), key, what))
            except NoCertificate as why:
                self._found(Fault(path_of(name), key, f"{why}; see openssl x509."))

    def _shown_by(
        self, ttys: Mapping[str, TtyPsapSettings | None]
    ) -> Iterator[tuple[str, Identity]]:
        """What we show the exchanges of PSAPs that have only a TTY."""
        for name, tty in ttys.items():
            if tty is not None and tty.tls_certificate:
                keys = ("tty.tls_certificate", "tty.tls_key")
                found = self._certificate(psap_path(name), keys, tty.tls_certificate, tty.tls_key)
                if found is not None:
                    yield name, found.identity

    def _logins(
        self,
        table: str,
        path_of: Callable[[str], str],
        tables: Mapping[str, TtyPsapSettings | TrunkSettings | None],
        demonstration: bool,
    ) -> Iterator[tuple[str, Secret]]:
        """With what we log in at the exchanges that we call: of PSAPs that have only a TTY, and
        behind trunks. `table`: where the reference stands in the file of each."""
        for name, found in tables.items():
            if found is None or not found.password:
                continue
            try:
                secret = resolve(
                    found.password, self._directory, self._environ, demonstration=demonstration
                )
            except SecretProblem as problem:
                self._found(Fault(path_of(name), f"{table}.password", f"{problem}."))
            else:
                yield name, secret

    def _strangers(self, files: Files) -> None:
        """A file nobody reads is a setting that somebody believes to be in force. In a file that is
        faulty anything may be a name: nobody is told to take the journal away for a slip there."""
        ours = {*KNOWN, *(_first(path) for path in named_paths(files))}
        faulty = {fault.file for fault in self._faults}
        for file, text in self._texts.items():
            pattern = QUOTED if file in faulty else REFERENCE
            ours.update(_first(path) for path in pattern.findall(text))
        for entry in sorted(self._directory.iterdir()):
            if _is_for_people(entry.name) or entry.name in ours:
                continue
            what = "nothing here is read by the gateway; rename it or take it away."
            self._found(Fault(entry.name, "", what + did_you_mean(entry.name, KNOWN)))


def _whole(parties: Mapping[str, _Model | None]) -> dict[str, _Model]:
    return {name: file for name, file in parties.items() if file is not None}


def _is_for_people(name: str) -> bool:
    return name.startswith(".") or name in TOLERATED or LEFT_BEHIND.fullmatch(name) is not None


def _first(path: str) -> str:
    parts = Path(path).parts
    return parts[0] if parts else ""
