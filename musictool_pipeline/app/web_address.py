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

from musictool_pipeline.app.terminal import Terminal
from musictool_pipeline.errors import MusicToolError
from musictool_pipeline.settings import Settings

HERE_ONLY = "127.0.0.1"

# Addresses that are reserved for examples: the way there is the way out of this machine.
_ELSEWHERE = {4: "192.0.2.1", 6: "2001:db8::1"}
_HERE = {4: HERE_ONLY, 6: "::1"}


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

    @property
    def _is_every_address(self) -> int | None:
        """4 or 6 if the server listens at all addresses of that kind that this machine has."""
        try:
            address = ip_address(self.host)
        except ValueError:
            return None
        return address.version if address.is_unspecified else None

    def say(self, terminal: Terminal, what: str, others_can: str) -> None:
        """Says where a browser opens it, on this machine and on others; if others reach it, also
        what they can do, and what guards it."""
        kind = self._is_every_address
        here = _url(_HERE[kind], self.port) if kind else self.url
        terminal.say(f"{what}: {here} (Ctrl-C ends it)")
        if self.is_here_only:
            return
        if kind and (address := address_in_network(kind)):
            terminal.say(
                f"On a phone or another computer in your network: {_url(address, self.port)}"
            )
        elif kind:
            terminal.say("This machine is in no network, so no other one reaches it now.")
        terminal.say(
            "It has no password: everybody who can reach this address sees your collection, and "
            f"can {others_can}. It refuses other sites' pages, and names that it was not started "
            "for. Use it in a network that you trust."
        )

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


def address_in_network(kind: int) -> str | None:
    """The address of kind 4 or 6 by which other machines of the network reach this one; None if it
    is in none."""
    family = socket.AF_INET if kind == 4 else socket.AF_INET6
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as way_out:
            # Chooses the way, and sends nothing.
            way_out.connect((_ELSEWHERE[kind], 9))
            address = way_out.getsockname()[0]
    except OSError:
        return None
    return None if ip_address(address.partition("%")[0]).is_loopback else address


def _url(host: str, port: int) -> str:
    """As a browser writes it: IPv6 in brackets and without the interface, other letters encoded."""
    if ":" in host:
        return f"http://[{host.partition('%')[0]}]:{port}"
    return f"http://{host.encode('idna').decode()}:{port}"
