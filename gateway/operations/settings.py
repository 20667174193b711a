"""Settings of the operators' side: where its pages listen, what is an alarm, where the log goes."""

from __future__ import annotations

import ipaddress
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

Port = Annotated[int, Field(ge=1, le=65535)]


class OperationsSettings(BaseModel):
    """`[operations]` in gateway.toml. The pages have no log-in: they belong on loopback only."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: str = Field(
        default="127.0.0.1",
        description="IP address the operator pages listen on. They have no log-in: keep loopback.",
    )
    port: Port = Field(
        default=8912,
        description="TCP port of the operator page, /status.json, /metrics, /healthz and /readyz.",
    )
    exposed: bool = Field(
        default=False,
        description="Must be true before `host` may be anything but a loopback address; set it "
        "only when a firewall or a proxy with a log-in stands in front.",
    )
    clock_step_max: float = Field(
        default=1.0,
        gt=0,
        le=60,
        description="Alarm when the wall clock jumps by more than this many seconds.",
    )
    health_log: str = Field(
        default="stderr",
        min_length=1,
        description='Where the health log goes: "stderr", or a file relative to the directory.',
    )

    @model_validator(mode="after")
    def _stays_at_home(self) -> OperationsSettings:
        try:
            loopback = ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            raise ValueError(
                f"host {self.host!r} is not an IP address; write 127.0.0.1 or ::1"
            ) from None
        if not loopback and not self.exposed:
            raise ValueError(
                f"host {self.host} can be reached from other machines and these pages have no "
                "log-in; write 127.0.0.1, or set exposed = true when something guards them"
            )
        return self
