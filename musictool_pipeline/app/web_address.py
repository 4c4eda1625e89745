"""Where a web server of this project listens, and what that means.

What belongs here: the address of a server that is about to be started. What it serves belongs to
the command that starts it.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address

from musictool_pipeline.errors import MusicToolError
from musictool_pipeline.settings import Settings

HERE_ONLY = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class WebAddress:
    """The address or name, and the port, that a server is started for."""

    host: str
    port: int

    @property
    def url(self) -> str:
        """What a browser opens."""
        return _url(self.host, self.port)

    @property
    def is_here_only(self) -> bool:
        """True if no other machine reaches it."""
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"

    def make_sure_it_is_free(self, what: str, command: str) -> None:
        """Raises MusicToolError if nothing can listen there. The servers themselves would say so
        late, and in words of their own."""
        try:
            (family, kind, protocol, _, address), *_ = socket.getaddrinfo(
                self.host, self.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
            )
            with socket.socket(family, kind, protocol) as probe:
                if os.name == "posix":
                    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(address)
        except (OSError, OverflowError, UnicodeError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            another = self.port + 1 if self.port < 65535 else 8501
            raise MusicToolError(
                f"{what} cannot be opened at {self.host}, port {self.port}: {reason}.",
                "If it is open already, look there; else try another port: "
                f"`{command} --port {another}`.",
            ) from error

    def named(self, environment: Mapping[str, str], settings: Settings) -> dict[str, str]:
        """The environment, in which the server finds every name that it is started for. It knows
        by itself the address at which it is reached, and `localhost`."""
        names = [*settings.public_origins, self.url]
        machine = socket.gethostname()
        if not self.is_here_only and machine.isascii():
            names.append(_url(machine, self.port))
        return {
            **environment,
            # The server runs in another folder, where a relative path would lead elsewhere.
            "MUSICTOOL_HOME": str(settings.root.absolute()),
            "MUSICTOOL_PUBLIC_URL": " ".join(names),
        }


def _url(host: str, port: int) -> str:
    """As a browser writes it: IPv6 in brackets and without the interface, other letters encoded."""
    if ":" in host:
        return f"http://[{host.partition('%')[0]}]:{port}"
    return f"http://{host.encode('idna').decode()}:{port}"
