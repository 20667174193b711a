"""node-smpp at the other end: as the message centre that we bind to, and as a client of ours."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from load_tests.gateway import Carrier, Gateway
from load_tests.processes import free_ports, until

from .daemon import Telecommunicator
from .node_smpp import NodeSmpp
from .tools import need_node_packages

PSAP = "hartford-region"
HARTFORD = {
    "source": "profile",
    "default_latitude": 41.7637,
    "default_longitude": -72.6851,
    "default_radius": 500.0,
}
NODE = Carrier("node", "sesame", location=HARTFORD)
CALLER = "18605550142"
RINVDSTADR, RCANCELFAIL, RREPLACEFAIL, RPROHIBITED = 0x0B, 0x11, 0x13, 0x101
DELIVERED = 2
SITE = """
[[connect]]
host = "127.0.0.1"
port = {port}
binds = {binds}
bind_as = "{bind_as}"
interface_version = "5.0"
replies_as = "{replies_as}"
retry_first = 0.2
retry_longest = 1.0
"""


class Scene:
    """A gateway whose carrier's file says `sites` too."""

    def __init__(self, folder: Path, sites: str, changes: Any = None) -> None:
        self.gateway = Gateway(folder / "gateway", [NODE], changes)
        with (self.gateway.directory / "carriers" / "node.toml").open("a") as file:
            file.write(sites)
        self.folder = folder

    def dials(self, node: NodeSmpp, text: str) -> dict[str, Any]:
        """A handset's text, over node's message centre."""
        fields = {"source_addr": CALLER, "source_addr_ton": 1, "destination_addr": "911"}
        return node.do("send", command="deliver_sm", fields={**fields, "short_message": text})


@pytest.fixture(autouse=True)
def _tools() -> None:
    need_node_packages()


def test_we_bind_out_a_text_is_answered_and_the_receipt_says_that_it_arrived(
    tmp_path: Path,
) -> None:
    (port,) = free_ports(1)
    sites = SITE.format(port=port, binds=2, bind_as="transceiver", replies_as="submit_sm")
    scene = Scene(tmp_path, sites)
    with NodeSmpp(tmp_path / "node") as node, scene.gateway as gateway:
        node.do("serve", port=port, password="sesame")
        node.do("hex", on=True)
        gateway.start()
        with Telecommunicator(gateway, PSAP) as desk:
            node.wait_bound(2)
            assert scene.dials(node, "smoke in the hallway")["status"] == 0
            leg = desk.see_text("smoke in the hallway")
            desk.see_mine(leg)
            desk.write(leg, "one", "Help is on the way")
            reply = node.wait_heard("submit_sm")
            assert (reply["from"], reply["to"], reply["text"], reply["registered"]) == (
                "911", CALLER, "Help is on the way", 1,
            )  # fmt: skip
            desk.see_delivery(leg, "one", "handset")
        assert gateway.stop() == 0
        node.wait_heard("unbind", times=2)


def test_a_message_centre_that_dies_and_comes_back_gets_the_reply_once_more_and_marked(
    tmp_path: Path,
) -> None:
    (port,) = free_ports(1)
    sites = SITE.format(port=port, binds=1, bind_as="transceiver", replies_as="data_sm")
    scene = Scene(tmp_path, sites)
    node = NodeSmpp(tmp_path / "node")
    with node, scene.gateway as gateway:
        gateway.start()  # nobody is there yet
        node.do("serve", port=port, password="sesame")
        with Telecommunicator(gateway, PSAP) as desk:
            node.wait_bound()
            scene.dials(node, "is anybody there")
            leg = desk.see_text("is anybody there")
            desk.see_mine(leg)
            node.do("silent", on=True)
            desk.write(leg, "one", "Yes")
            first = node.wait_heard("data_sm")
            node.kill()
            desk.see_delivery(leg, "one", "sent_again")
            node.start()
            node.do("serve", port=port, password="sesame")
            again = node.wait_heard("data_sm")
            assert again == first
            desk.see_delivery(leg, "one", "handset")
        assert [one["what"] for one in node.heard].count("data_sm") == 1


def test_replies_fail_over_to_the_other_site(tmp_path: Path) -> None:
    one, two = free_ports(2)
    sites = "".join(
        SITE.format(port=port, binds=1, bind_as="transceiver", replies_as="submit_sm")
        for port in (one, two)
    )
    scene = Scene(tmp_path, sites)
    first, second = NodeSmpp(tmp_path / "first"), NodeSmpp(tmp_path / "second")
    with first, second, scene.gateway as gateway:
        first.do("serve", port=one, password="sesame")
        second.do("serve", port=two, password="sesame")
        gateway.start()
        with Telecommunicator(gateway, PSAP) as desk:
            first.wait_bound()
            second.wait_bound()
            scene.dials(first, "over the first")
            leg = desk.see_text("over the first")
            desk.see_mine(leg)
            first.do("close")
            desk.write(leg, "one", "over the second")
            second.wait_heard("submit_sm", lambda one: one["text"] == "over the second")
            desk.see_delivery(leg, "one", "handset")


def test_outbind_both_ways(tmp_path: Path) -> None:
    esme, ours = free_ports(2)
    sites = f"""
[[await_outbind]]
asks_as = "smsc"
asks_with = "plain:please"
bind_as = "receiver"

[[outbind]]
host = "127.0.0.1"
port = {esme}
system_id = "gateway"
password = "plain:bindme"
retry_first = 0.2
"""
    scene = Scene(tmp_path, sites, {"outbind": {"port": ours}})
    with NodeSmpp(tmp_path / "node") as node, scene.gateway as gateway:
        gateway.start()
        with Telecommunicator(gateway, PSAP) as desk:
            node.do("outbind", port=ours, system_id="smsc", password="wrong", expects="sesame")
            node.wait_heard("close")
            node.do("outbind", port=ours, system_id="smsc", password="please", expects="sesame")
            assert node.wait_heard("bind_receiver")["system_id"] == "node"
            node.wait_bound()
            scene.dials(node, "asked for")
            leg = desk.see_text("asked for")
            desk.see_mine(leg)
            # That bind is a receiver: the reply waits until the carrier has bound on our asking.
            desk.write(leg, "one", "coming")
            node.do("await_outbind", port=esme, system_id="node", password="sesame")
            asked = node.wait_heard("outbind")
            assert (asked["system_id"], asked["password"]) == ("gateway", "bindme")
            assert node.wait_heard("deliver_sm")["text"] == "coming"
            desk.see_delivery(leg, "one", "carrier")


@pytest.mark.parametrize(("version", "spoken"), [(0x33, None), (0x34, 0x34), (0x50, 0x50)])
def test_as_a_client_node_speaks_every_version_and_gets_what_each_has(
    tmp_path: Path, version: int, spoken: int | None
) -> None:
    scene = Scene(tmp_path, "")
    with NodeSmpp(tmp_path / "node") as node, scene.gateway as gateway:
        gateway.start()
        smpp = gateway.ports.smpp
        bound = node.do("bind", port=smpp, system_id="node", password="sesame", version=version)
        assert (bound["status"], bound.get("version")) == (0, spoken)
        fields = {"source_addr": CALLER, "source_addr_ton": 1, "destination_addr": "911"}
        with Telecommunicator(gateway, PSAP) as desk:
            taken = node.do("send", command="submit_sm", fields={**fields, "short_message": "help"})
            assert taken["status"] == 0
            assert len(taken["message_id"]) == (8 if spoken is None else 16)
            assert ("congestion" in taken) is (version == 0x50)
            desk.see_text("help")
            about = {"message_id": taken["message_id"], "source_addr": CALLER}
            about["source_addr_ton"] = 1

            def is_delivered() -> bool:
                asked = node.do("send", command="query_sm", fields=about)
                assert asked["status"] == 0
                return bool(asked["state"] == DELIVERED)

            until("the page has said that it shows the text", is_delivered, 10.0)
            unknown = node.do("send", command="query_sm", fields={**about, "message_id": "no"})
            assert unknown["status"] == 0x0C
        cancelled = node.do(
            "send", command="cancel_sm", fields={**about, "destination_addr": "911"}
        )
        assert cancelled["status"] == RCANCELFAIL
        replaced = node.do("send", command="replace_sm", fields={**about, "short_message": "x"})
        assert replaced["status"] == RREPLACEFAIL
        broadcast = node.do("send", command="broadcast_sm", fields={"source_addr": CALLER})
        assert broadcast["status"] == (RPROHIBITED if version == 0x50 else 0x03)
        assert node.do("unbind")["status"] == 0


def test_a_text_to_many_is_taken_for_us_and_the_others_are_named(tmp_path: Path) -> None:
    scene = Scene(tmp_path, "")
    with NodeSmpp(tmp_path / "node") as node, scene.gateway as gateway:
        gateway.start()
        node.do("bind", port=gateway.ports.smpp, system_id="node", password="sesame")
        many = [
            {"dest_addr_ton": 0, "dest_addr_npi": 1, "destination_addr": number}
            for number in ("911", "112", "911")
        ]
        fields = {"source_addr": CALLER, "source_addr_ton": 1, "short_message": "to many"}
        with Telecommunicator(gateway, PSAP) as desk:
            answer = node.do(
                "send", command="submit_multi", fields={**fields, "dest_address": many}
            )
            assert answer["status"] == 0
            assert answer["message_id"]
            assert [
                (one["destination_addr"], one["error_status_code"]) for one in answer["unsuccess"]
            ] == [("112", RINVDSTADR)]
            desk.see_text("to many")
        nobody = node.do(
            "send", command="submit_multi", fields={**fields, "dest_address": many[1:2]}
        )
        assert nobody["status"] == RINVDSTADR
