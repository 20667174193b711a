"""Kamailio, as the proxy between a caller and the gateway, and as a PSAP's exchange that wants to
know who calls. Record-Route in both."""

from __future__ import annotations

import subprocess
from pathlib import Path
from types import TracebackType
from typing import Self

from load_tests.processes import until
from tests.certificates import Paper

from .sipp import HOST
from .tools import program

STANDS_WITHIN = 15.0  # s
STOPS_WITHIN = 10.0  # s
CONFIG = """
debug=1
log_stderror=yes
children=1
tcp_children=1
auto_aliases=no
enable_tls=yes
listen=udp:{host}:{udp}
listen=tls:{host}:{tls}
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "maxfwd.so"
loadmodule "siputils.so"
loadmodule "textops.so"
loadmodule "xlog.so"
loadmodule "tls.so"
modparam("rr", "enable_double_rr", 1)
modparam("tls", "tls_method", "TLSv1.2+")
modparam("tls", "certificate", "{folder}/proxy.pem")
modparam("tls", "private_key", "{folder}/proxy.key")
modparam("tls", "ca_list", "{folder}/gateway.pem")
modparam("tls", "verify_certificate", 1)
modparam("tls", "require_certificate", 0)
request_route {{
    xlog("L_ERR", "passes $rm over $proto from port $sp\\n");
    if (!mf_process_maxfwd_header("10")) {{ sl_send_reply("483", "Too Many Hops"); exit; }}
    if (has_totag()) {{
        if (loose_route()) {{ t_relay(); exit; }}
        if (is_method("ACK")) {{ if (t_check_trans()) {{ t_relay(); }} exit; }}
        sl_send_reply("404", "Not here");
        exit;
    }}
    if (is_method("CANCEL")) {{ if (t_check_trans()) {{ t_relay(); }} exit; }}
    record_route();
    $du = "sip:{host}:{gateway};transport=tls";
    t_relay();
}}
"""


# An exchange that wants every request proved (but ACK and CANCEL, which cannot be asked for anew),
# each proof once: a count that was seen is stale. No database: any name, one password.
EXCHANGE = """
debug=1
log_stderror=yes
children=1
tcp_children=1
auto_aliases=no
listen=udp:{host}:{udp}
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "maxfwd.so"
loadmodule "siputils.so"
loadmodule "textops.so"
loadmodule "xlog.so"
loadmodule "auth.so"
modparam("auth", "nonce_count", 1)
modparam("auth", "nonce_expire", 300)
modparam("auth", "qop", "auth")
modparam("auth", "algorithm", "{algorithm}")
request_route {{
    if (!mf_process_maxfwd_header("10")) {{ sl_send_reply("483", "Too Many Hops"); exit; }}
    if (is_method("CANCEL")) {{ if (t_check_trans()) {{ t_relay(); }} exit; }}
    if (is_method("ACK")) {{
        if (has_totag() && loose_route()) {{ t_relay(); exit; }}
        if (t_check_trans()) {{ t_relay(); }}
        exit;
    }}
    if ($sp != {desk} && $si == "{host}") {{
        if (!pv_proxy_authenticate("exchange", "{password}", "0")) {{
            xlog("L_ERR", "asks $rm who over $proto\\n");
            proxy_challenge("exchange", "1");
            exit;
        }}
        xlog("L_ERR", "passes $rm over $proto for $au, $adn\\n");
        consume_credentials();
    }}
    if (has_totag()) {{
        if (loose_route()) {{ t_relay(); exit; }}
        sl_send_reply("404", "Not here");
        exit;
    }}
    if (is_method("OPTIONS")) {{ sl_send_reply("200", "Here"); exit; }}
    record_route();
    $du = "sip:{host}:{desk}";
    t_relay();
}}
"""


class Running:
    """Kamailio with a configuration, in `folder`. A context."""

    def __init__(self, folder: Path, configuration: str) -> None:
        self.folder = folder
        (folder / "kamailio.cfg").write_text(configuration)
        with (folder / "out").open("wb") as out:
            self._process = subprocess.Popen(
                [
                    program("kamailio"), "-DD", "-E", "-f", str(folder / "kamailio.cfg"),
                    "-P", str(folder / "pid"), "-Y", str(folder), "-m", "32", "-M", "8",
                ],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                cwd=folder,
            )  # fmt: skip

    @property
    def printed(self) -> str:
        return (self.folder / "out").read_text(errors="replace")

    def passed(self, method: str) -> list[str]:
        """Over what each request of this method came to it, in order."""
        rows = [row for row in self.printed.splitlines() if f"passes {method} over " in row]
        return [row.partition(" over ")[2].split()[0] for row in rows]

    def __enter__(self) -> Self:
        pid = self.folder / "pid"
        until("kamailio stands", lambda: pid.exists() and pid.read_text().strip(), STANDS_WITHIN)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self._process.terminate()
        self._process.wait(STOPS_WITHIN)


class Kamailio(Running):
    """The proxy. `gateway`: the port of its TLS door; `believes`: the certificate it shows."""

    def __init__(
        self, folder: Path, udp: int, tls: int, gateway: int, *, mine: Paper, believes: Paper
    ) -> None:
        self.udp = udp
        folder.mkdir()
        mine.write(folder, "proxy")
        believes.write(folder, "gateway")
        words = CONFIG.format(host=HOST, udp=udp, tls=tls, gateway=gateway, folder=folder)
        super().__init__(folder, words)


class Exchange(Running):
    """A PSAP's exchange: `desk` is the port of the telephone behind it."""

    def __init__(
        self, folder: Path, udp: int, desk: int, password: str, algorithm: str = "MD5"
    ) -> None:
        self.udp = udp
        folder.mkdir()
        words = EXCHANGE.format(
            host=HOST, udp=udp, desk=desk, password=password, algorithm=algorithm
        )
        super().__init__(folder, words)

    def asked(self, method: str) -> int:
        """How many requests of this method it has challenged."""
        return self.printed.count(f"asks {method} who over ")
