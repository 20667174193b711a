"""One PDU, field by field, as far as its octets go. Never raises; every octet is in one field.

Reads on its own, not through the codec: it has to say where a fault is and to go on behind the
ones that the gateway forgives. What makes a PDU unreadable is the same as for the codec, with the
same command_status (`tests/smpp/explaining/test_agreement.py`).
"""

from __future__ import annotations

from typing import assert_never

from ..counting import counted
from ..pdu import RESPONSE
from ..status import Status
from ..wire import TLV_HEADER, Counted, CString, Octet
from .operations import OPERATIONS, WITH_PASSWORD, Destinations, Part, Time, Unsuccessful
from .parameters import PARAMETERS, Parameter, name_of
from .values import UNREAD, Fault, Field
from .words import NETWORK_ERRORS, RESERVED, words_of

TIME_SIZE = 17  # octets of a time with its NUL (SMPP v3.4, 7.1.1)
_HEADER = ("command_length", "command_id", "command_status", "sequence_number")
_COUNTED = {"short_message": "sm_length"}


class _Stop(Exception):
    """The rest of the PDU has no meaning any more."""


class Body:
    """Takes fields off the octets of one PDU. `offset` is where the PDU begins in its stream,
    `is_cut` that its end is not there."""

    def __init__(self, octets: bytes, offset: int, *, is_cut: bool = False) -> None:
        self.fields: list[Field] = []
        self.faults: list[Fault] = []
        self.notes: list[str] = []
        self._octets = octets
        self._offset = offset
        self._is_cut = is_cut
        self._at = 0
        self._end = len(octets)
        self._read()

    # --- the whole -----------------------------------------------------------------------------

    def _read(self) -> None:
        try:
            for name in _HEADER:
                self._integer(name, 4)
        except _Stop:
            self._rest()
            return
        command_id = int.from_bytes(self._octets[4:8])
        operation = OPERATIONS.get(command_id)
        # A response may come without its body (SMPP v3.4, 4.4.2); a request may not.
        is_bare = bool(command_id & RESPONSE) and self._at == self._end
        if operation is not None and not is_bare:
            try:
                for index, (name, part) in enumerate(operation.parts):
                    self._part(name, part, is_last=index == len(operation.parts) - 1)
                if operation.has_tlvs:
                    self._tlvs()
                else:
                    self._nothing_more(operation.name)
            except _Stop:
                pass
        self._rest()
        if command_id in WITH_PASSWORD and (self.faults or self._is_cut):
            # A NUL too few puts the password into another field.
            self.fields = [hidden(one) for one in self.fields]

    def _rest(self) -> None:
        if self._at < self._end:
            self._add(UNREAD, self._end)

    def _part(self, name: str, part: Part, *, is_last: bool) -> None:
        match part:
            case CString(size_max, overrun):
                self._c_string(name, size_max, overrun, is_last=is_last)
            case Octet():
                self._integer(name, 1)
            case Counted():
                self._counted(name)
            case Time(overrun):
                self._time(name, overrun, is_last=is_last)
            case Destinations():
                self._destinations()
            case Unsuccessful():
                self._unsuccessful()
            case _:
                assert_never(part)

    # --- kinds of fields -----------------------------------------------------------------------

    def _integer(self, name: str, size: int) -> int:
        stop = self._at + size
        if stop > self._end:
            self._truncated(name, counted(size, "octet"))
        value = int.from_bytes(self._octets[self._at : stop])
        words = words_of(name, value)
        at = self._at
        self._add(name, stop, value, words)
        if words.startswith(RESERVED):
            self._fault(
                at,
                "reserved_value",
                f"{name} is {value:#x}, {words}",
                "a value that SMPP defines",
                "send a defined value; peers differ in what they make of this one",
            )
        return value

    def _c_string(
        self, name: str, size_max: int, overrun: Status, *, is_last: bool = False
    ) -> str | None:
        at = self._at
        nul = self._octets.find(b"\0", at, at + size_max)
        stop = nul + 1
        if nul < 0:
            if self._end - at >= size_max:
                self._fault(
                    at,
                    "c_string_overrun",
                    f"{name} has no NUL within {size_max} octets",
                    f"at most {size_max - 1} characters and a NUL",
                    f"shorten {name}, or end it with a NUL",
                    overrun,
                )
                raise _Stop
            if not is_last or self._is_cut:
                self._truncated(name, "a NUL at its end")
            stop = nul = self._end
            self._fault(
                nul,
                "missing_nul",
                f"{name} is not ended by a NUL",
                "a NUL, also at the end of a PDU",
                f"end {name} with a NUL and count it in command_length",
            )
        octets = self._octets[at:nul]
        value = str(octets, "latin-1")
        is_secret = name == "password"
        if is_secret:
            self._add(name, stop, None, f"{len(octets)} octets, not shown", is_secret=True)
        else:
            self._add(name, stop, value)
        if not octets.isascii():
            self._fault(
                at,
                "not_ascii",
                f"{name} has octets above 7F",
                "ASCII",
                "write it in ASCII; it is read as Latin-1 here",
            )
        return value

    def _time(self, name: str, overrun: Status, *, is_last: bool) -> None:
        at = self._at
        value = self._c_string(name, TIME_SIZE, overrun, is_last=is_last)
        if value and not _is_time(value):
            self._fault(
                at,
                "time_form",
                f"{name} is no time",
                "empty, or 16 characters YYMMDDhhmmsstnnp with p one of + - R",
                "write the time as SMPP v3.4, 7.1.1 has it",
            )

    def _counted(self, name: str) -> None:
        at = self._at
        size = self._integer(_COUNTED[name], 1)
        stop = self._at + size
        if stop > self._end:
            self._fault(
                at,
                "cut" if self._is_cut else "truncated",
                f"{_COUNTED[name]} says {counted(size, 'octet')}, {self._end - self._at} are there",
                f"{size} octets of {name} before the PDU ends",
                f"let {_COUNTED[name]} and command_length count the octets that are sent",
                Status.RINVCMDLEN,
            )
            raise _Stop
        self._add(name, stop)
        if size == 255:
            self.notes.append("sm_length 255 is possible since SMPP 5.0; 3.4 ends at 254")

    def _destinations(self) -> None:
        """SMPP v3.4, 4.5.1.1."""
        at = self._at
        count = self._integer("number_of_dests", 1)
        if not count:
            self._fault(
                at,
                "no_destination",
                "number_of_dests is 0",
                "1 to 254 destinations",
                "name at least one destination",
                Status.RINVNUMDESTS,
            )
            raise _Stop
        for _ in range(count):
            at = self._at
            match self._integer("dest_flag", 1):
                case 1:
                    self._integer("dest_addr_ton", 1)
                    self._integer("dest_addr_npi", 1)
                    self._c_string("destination_addr", 21, Status.RINVDSTADR)
                case 2:
                    self._c_string("dl_name", 21, Status.RINVDLNAME)
                case _:
                    self._fault(
                        at,
                        "dest_flag",
                        "dest_flag is neither 1 nor 2, so what follows cannot be told",
                        "1 for an SME address, 2 for a distribution list",
                        "compare number_of_dests with the destinations that are sent",
                        Status.RINVDESTFLAG,
                    )
                    raise _Stop

    def _unsuccessful(self) -> None:
        """SMPP v3.4, 4.5.2.1."""
        for _ in range(self._integer("no_unsuccess", 1)):
            self._integer("dest_addr_ton", 1)
            self._integer("dest_addr_npi", 1)
            self._c_string("destination_addr", 21, Status.RINVDSTADR)
            self._integer("error_status_code", 4)

    # --- optional parameters -------------------------------------------------------------------

    def _tlvs(self) -> None:
        seen: set[int] = set()
        while self._end - self._at >= TLV_HEADER.size:
            tag, size = TLV_HEADER.unpack_from(self._octets, self._at)
            at, stop = self._at, self._at + TLV_HEADER.size + size
            if stop > self._end:
                there = self._end - self._at - TLV_HEADER.size
                self._fault(
                    at,
                    "cut" if self._is_cut else "tlv_overrun",
                    f"parameter {tag:04X} ({name_of(tag)}) claims {size} octets, {there} are there",
                    "a length that ends within the PDU",
                    "correct the parameter's length, or the length of what stands before it",
                    Status.RINVOPTPARSTREAM,
                )
                raise _Stop
            self._tlv(tag, self._octets[self._at + TLV_HEADER.size : stop], stop)
            known = PARAMETERS.get(tag)
            if tag in seen and not (known and known.may_repeat):
                self._fault(
                    at,
                    "tlv_repeated",
                    f"parameter {tag:04X} ({name_of(tag)}) comes more than once",
                    "one",
                    "send it once; here the first one counts",
                )
            seen.add(tag)
        self._behind_tlvs()

    def _tlv(self, tag: int, value: bytes, stop: int) -> None:
        at, name, known = self._at, name_of(tag), PARAMETERS.get(tag)
        if known is None:
            self._add(name, stop, None, "", tag)
            self.notes.append(f"parameter {tag:04X} ({name}) is kept and passed over")
            return
        if not known.least <= len(value) <= known.most:
            self._add(name, stop, None, "", tag)
            sizes = f"{known.least} to {known.most}" if known.least < known.most else known.most
            self._fault(
                at,
                "tlv_size",
                f"{name} has {counted(len(value), 'octet')}",
                f"{sizes} octets",
                f"send {name} in its size; it is passed over here",
            )
            return
        shown, words = _value_of(known, value)
        self._add(name, stop, shown, words, tag)
        if words.startswith(RESERVED):
            self._fault(
                at,
                "reserved_value",
                f"{name} is {value.hex().upper()}, {words}",
                "a value that SMPP defines",
                "send a defined value; peers differ in what they make of this one",
            )

    def _behind_tlvs(self) -> None:
        left = self._octets[self._at :]
        if not left:
            return
        if left == b"\0" and not self._is_cut:
            self._fault(
                self._at,
                "stray_nul",
                "one NUL behind the last field",
                "the end of the PDU",
                "leave it out; it is passed over here",
            )
            return
        self._fault(
            self._at,
            "cut" if self._is_cut else "trailing_octets",
            f"{counted(len(left), 'octet at the end is', 'octets at the end are')} no parameter",
            "parameters of a tag and a length of two octets each, or the end of the PDU",
            "compare sm_length and command_length with the octets that are sent: text may be lost",
            Status.RINVOPTPARSTREAM,
        )
        raise _Stop

    def _nothing_more(self, operation: str) -> None:
        if self._at < self._end:
            self._fault(
                self._at,
                "trailing_octets",
                f"{counted(self._end - self._at, 'octet')} behind the last field",
                f"the end of the PDU: {operation} has nothing more",
                "leave them out, or correct command_length",
            )

    # --- small steps ---------------------------------------------------------------------------

    def _add(
        self,
        name: str,
        stop: int,
        value: int | str | None = None,
        words: str = "",
        tag: int | None = None,
        *,
        is_secret: bool = False,
    ) -> None:
        octets = self._octets[self._at : stop]
        offset = self._offset + self._at
        self.fields.append(Field(name, offset, octets, value, words, tag, is_secret))
        self._at = stop

    def _truncated(self, name: str, expected: str) -> None:
        self._fault(
            self._end,
            "cut" if self._is_cut else "truncated",
            f"{'the octets end' if self._is_cut else 'the PDU ends'} within {name}",
            expected,
            "send the whole PDU" if self._is_cut else "let command_length count all fields",
            Status.RINVCMDLEN,
        )
        raise _Stop

    def _fault(
        self,
        at: int,
        name: str,
        what: str,
        expected: str,
        advice: str,
        status: Status | None = None,
    ) -> None:
        self.faults.append(Fault(self._offset + at, name, what, expected, advice, status))


def hidden(one: Field) -> Field:
    """The same without what it holds, for octets that may be a password."""
    if isinstance(one.value, int) or one.is_secret:
        return one
    words = f"{len(one.octets)} octets, not shown: they may hold the password"
    return Field(one.name, one.offset, one.octets, None, words, one.tag, is_secret=True)


def _value_of(known: Parameter, value: bytes) -> tuple[int | str | None, str]:
    """What is shown of a parameter's value, and its words."""
    if known.kind == "number" and value:
        number = int.from_bytes(value)
        return number, words_of(known.name, number)
    if known.kind == "c_string":
        return str(value.partition(b"\0")[0], "latin-1"), ""
    if known.name == "network_error_code":
        network = NETWORK_ERRORS.get(value[0], RESERVED)
        return None, f"{network}: {int.from_bytes(value[1:])}"
    return None, ""


def _is_time(value: str) -> bool:
    digits = value[:15]
    return len(value) == 16 and digits.isascii() and digits.isdigit() and value[15] in "+-R"
