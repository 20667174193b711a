"""Where a caller is, as a location object (PIDF-LO: RFC 4119, 5491, 7459), for PSAPs that are
reached by SIP. Pure; reads none.
"""

from __future__ import annotations

from datetime import UTC, datetime

from .port import Place

KIND = "application/pidf+xml"
SYSTEM = "urn:ogc:def:crs:EPSG::4326"  # latitude before longitude (RFC 5491, 5)
METRE = "urn:ogc:def:uom:EPSG::9001"
_PRESENCE = """\
<?xml version="1.0" encoding="UTF-8"?>
<presence xmlns="urn:ietf:params:xml:ns:pidf"
 xmlns:gp="urn:ietf:params:xml:ns:pidf:geopriv10"
 xmlns:gml="http://www.opengis.net/gml" xmlns:gs="http://www.opengis.net/pidflo/1.0"
 xmlns:con="urn:ietf:params:xml:ns:geopriv:conf" entity="{entity}">
<tuple id="caller"><status><gp:geopriv><gp:location-info>
{shape}
</gp:location-info><gp:usage-rules/><gp:method>{method}</gp:method></gp:geopriv></status>
<timestamp>{at}</timestamp></tuple>
</presence>
"""
_POINT = '<gml:Point srsName="{system}"><gml:pos>{pos}</gml:pos></gml:Point>'
_CIRCLE = (
    '<gs:Circle srsName="{system}"><gml:pos>{pos}</gml:pos>'
    '<gs:radius uom="{metre}">{radius}</gs:radius></gs:Circle>\n'
    '<con:confidence pdf="unknown">{confidence}</con:confidence>'
)


def written(place: Place, entity: str) -> bytes:
    """`entity`: whom it is about, a URI. A place of unstated uncertainty (radius 0) is a point."""
    pos = f"{place.latitude:.7f} {place.longitude:.7f}"
    template = _CIRCLE if place.radius else _POINT
    shape = template.format(
        system=SYSTEM, metre=METRE, pos=pos, radius=f"{place.radius:.1f}",
        confidence=place.confidence or "unknown",
    )  # fmt: skip
    at = datetime.fromtimestamp(place.at, UTC).isoformat(timespec="seconds")
    said = _PRESENCE.format(
        entity=_escaped(entity), shape=shape, method=_escaped(place.method), at=at
    )
    return said.encode()


def _escaped(text: str) -> str:
    """As it may stand in an element and between double quotes; what no XML can hold is left out."""
    plain = "".join(letter for letter in text if letter.isprintable())
    for letter, name in (("&", "amp"), ("<", "lt"), (">", "gt"), ('"', "quot")):
        plain = plain.replace(letter, f"&{name};")
    return plain
