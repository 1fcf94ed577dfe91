"""AWS's API on a loopback address: moto's server with our patches, one change at a time."""

import logging
import os
import socket
import threading
import warnings
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    create_backend_app,
)
from werkzeug.serving import BaseWSGIServer, make_server

from emulator import account, patches, restrictions
from emulator.calls import CallLog
from emulator.cbor import CborCloudWatch, WsgiApplication
from emulator.commands import Commands
from emulator.faults import Faults
from emulator.logins import Logins, RequestHandler
from emulator.patches import autoscaling, refreshes
from emulator.patches.updates import refuse_resources_with
from emulator.requests import action_of
from emulator.restrictions import Restrictions, restrict_with
from emulator.tracking import Tracking

_HOST = "127.0.0.1"
_WATCHED_SERVICES = ("/cloudformation/", "/ec2/", "/elasticloadbalancing/", "/autoscaling/")
_READING = ("Describe", "Get", "List", "Validate", "Estimate")


class Aws:
    """The API server. Thread-safe."""

    def __init__(  # noqa: PLR0913, PLR0917 - most tests leave most of them out
        self,
        port: int,
        changed: Callable[[], None],
        faults: Faults | None = None,
        calls: Path | None = None,
        machines: Path | None = None,
        logins: Path | None = None,
    ) -> None:
        """Binds the port, without answering yet.

        Args:
            port: on 127.0.0.1; 0 for any that is free.
            changed: called after every call that may have changed instances or load balancers, before it is answered.
                The answer waits for it, so that what the API says is true by the time a client hears it.
            faults: what is to be refused; None: nothing.
            calls: where every call is noted (emulator/calls.py), or None.
            machines: the directory of the machines, on which commands can be run (emulator/commands.py), or None.
            logins: the file with what logins there are beside keys without an end (emulator/logins.py), or None.

        Raises:
            OSError: when the port cannot be had.
        """
        patches.apply()
        restrictions.apply()
        self._lock = threading.RLock()
        self._changed = changed
        self._tracking = Tracking()
        _quiet()
        # 1,300 images that nothing uses cost every new account of moto's a part of a second.
        os.environ["MOTO_EC2_LOAD_DEFAULT_AMIS"] = "false"
        moto: WsgiApplication = DomainDispatcherApplication(create_backend_app)
        if machines:
            moto = Commands(moto, machines)
        if faults:
            restrict_with(faults.account)
            moto = faults.middleware(Restrictions(faults.account).middleware(moto))
            refuse_resources_with(faults.refuse_resource)
        if logins:
            moto = Logins(moto, logins)
        application: WsgiApplication = CborCloudWatch(self._one_change_at_a_time(moto))
        if calls:
            application = CallLog(application, calls)
        # bound here, because werkzeug would print its own advice and exit
        with socket.create_server((_HOST, port), backlog=128) as bound:
            port, descriptor = bound.getsockname()[1], bound.detach()
        self._server: BaseWSGIServer = make_server(
            _HOST,
            port,
            application,
            threaded=True,
            request_handler=RequestHandler,
            fd=descriptor,
        )
        os.close(descriptor)  # the server has a copy
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, name="aws", daemon=True)

    @property
    def port(self) -> int:
        """The port it listens on."""
        return self._server.port

    @property
    def endpoint(self) -> str:
        """The URL to hand to clients. By name: with 127.0.0.1 the CDK CLI looks for assets in the wrong bucket."""
        return f"http://localhost:{self.port}"

    def start(self) -> None:
        """Starts answering."""
        self._thread.start()

    def stop(self) -> None:
        """Stops answering."""
        self._server.shutdown()
        self._server.server_close()

    def read(self, say: Callable[[str], None] = print) -> account.Account:
        """What the account holds now, between two calls that change it, after its groups did what they have to do.

        ``say`` is told what they could not do.
        """
        with self._lock:
            autoscaling.advance_all(say)
            refreshes.settle()
            return account.read()

    def track(self, percents: dict[str, float]) -> None:
        """Sets the capacity of groups whose policy asks for another one at this CPU utilisation of their instances."""
        with self._lock:
            self._tracking.follow(autoscaling.now(), percents)

    def _one_change_at_a_time(self, application: WsgiApplication) -> WsgiApplication:
        """moto's models are not made for several threads; and a stack half created should not be acted upon."""

        def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
            if not any(name in environ.get("HTTP_AUTHORIZATION", "") for name in _WATCHED_SERVICES):
                return application(environ, start_response)
            reads = action_of(environ).startswith(_READING)
            with self._lock:
                body = b"".join(application(environ, start_response))
            if not reads:
                self._changed()
            return [body]

        return answer


def _quiet() -> None:
    """Reduces the log of moto and its server to what is useful, each line once."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    said: set[str] = set()

    def first_time(record: logging.LogRecord) -> bool:
        message = record.getMessage()
        return not (message in said or said.add(message))

    logging.getLogger("moto").addFilter(first_time)
    # the same again as a warning with a line of moto's code
    warnings.filterwarnings(
        "ignore", message="Tried to parse .* not supported by moto's CloudFormation"
    )
