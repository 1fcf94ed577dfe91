"""The clients of a soak: each is a loop of requests of one kind, and counts how they ended."""

import asyncio
import contextlib
import random
import struct
from collections import Counter
from collections.abc import Awaitable, Callable

from e2e.soak.target import DOWNLOAD

PATIENCE_SECONDS = 30.0
UPLOAD = b"u" * 200_000
Client = Callable[["Tally", int], Awaitable[None]]


class LostError(Exception):
    """A request that did not end as it should; the text says how."""


class Tally:
    """How requests ended, by kind. `lost` are those that the balancer could have repeated, and did not."""

    def __init__(self) -> None:
        self.done: Counter[str] = Counter()
        self.broken: Counter[str] = Counter()
        self.lost: Counter[str] = Counter()
        self.stopping = False

    @contextlib.asynccontextmanager
    async def one(self, kind: str, *, repeatable: bool):
        """One request of this kind; what went wrong is counted, and ends the connection."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                yield
            self.done[kind] += 1
        except (LostError, OSError, asyncio.IncompleteReadError, TimeoutError) as error:
            what = f"{kind}: {type(error).__name__} {error}"
            if repeatable:
                self.lost[what] += 1
            else:
                self.broken[what] += 1
            raise


class Connection:
    """A connection to the balancer."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @staticmethod
    @contextlib.asynccontextmanager
    async def to(port: int):
        """Open until the block ends."""
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            yield Connection(reader, writer)
        finally:
            writer.close()

    def reset(self) -> None:
        """Ends it with RST, as a client does that crashes."""
        linger = struct.pack("ii", 1, 0)
        self.writer.get_extra_info("socket").setsockopt(1, 13, linger)
        self.writer.close()

    async def head(self) -> tuple[int, int]:
        """Status and length of the answer that comes."""
        head = await self.reader.readuntil(b"\r\n\r\n")
        length = next(
            (
                int(line[15:])
                for line in head.lower().split(b"\r\n")
                if line.startswith(b"content-length:")
            ),
            0,
        )
        return int(head[9:12]), length

    async def ask(self, path: str, body: bytes = b"") -> bytes:
        """One request; the body of its answer, which has status 200."""
        method = "PUT" if body else "GET"
        length = f"Content-Length: {len(body)}\r\n" if body else ""
        self.writer.write(f"{method} {path} HTTP/1.1\r\nHost: soak\r\n{length}\r\n".encode() + body)
        await self.writer.drain()
        status, length = await self.head()
        answer = await self.reader.readexactly(length)
        if status != 200:
            raise LostError(f"{status} {answer.decode().strip()}")
        return answer


def looping(client: Client) -> Client:
    """Repeats it until the soak ends, on a new connection after an error."""

    async def loop(tally: Tally, port: int) -> None:
        while not tally.stopping:
            with contextlib.suppress(LostError, OSError, asyncio.IncompleteReadError, TimeoutError):
                await client(tally, port)
            await asyncio.sleep(random.uniform(0.005, 0.05))  # noqa: S311 - a load, no secret

    return loop


@looping
async def keep_alive(tally: Tally, port: int) -> None:
    """GETs, quick and slow, over a connection that stays."""
    async with Connection.to(port) as connection:
        for number in range(50):
            path = "/slow" if number % 10 == 0 else "/quick"
            async with tally.one("GET", repeatable=True):
                if await connection.ask(path) != b"ok":
                    raise LostError("another answer")
            if tally.stopping or connection.reader.at_eof():
                return
            await asyncio.sleep(random.uniform(0.01, 0.05))  # noqa: S311 - a load, no secret


@looping
async def download(tally: Tally, port: int) -> None:
    """An answer of many packets: it cannot be repeated once it has begun."""
    async with Connection.to(port) as connection, tally.one("download", repeatable=False):
        if await connection.ask("/download") != DOWNLOAD:
            raise LostError("a damaged body")


@looping
async def upload(tally: Tally, port: int) -> None:
    """A request of many packets: what the balancer has passed on it no longer has."""
    async with Connection.to(port) as connection, tally.one("upload", repeatable=False):
        if await connection.ask("/upload", UPLOAD) != b"%d" % len(UPLOAD):
            raise LostError("another answer")


@looping
async def leaving(tally: Tally, port: int) -> None:
    """Clients that leave: before the answer, within the answer, within their own upload."""
    for how in ("slow", "download", "upload"):
        async with Connection.to(port) as connection:
            if how == "upload":
                head = (
                    f"PUT /upload HTTP/1.1\r\nHost: soak\r\nContent-Length: {len(UPLOAD)}\r\n\r\n"
                )
                connection.writer.write(head.encode() + UPLOAD[: len(UPLOAD) // 2])
            else:
                connection.writer.write(f"GET /{how} HTTP/1.1\r\nHost: soak\r\n\r\n".encode())
            await connection.writer.drain()
            if how == "download":
                await asyncio.wait_for(connection.reader.readexactly(1000), PATIENCE_SECONDS)
            await asyncio.sleep(random.uniform(0, 0.05))  # noqa: S311 - a load, no secret
            if random.random() < 0.5:  # noqa: S311 - a load, no secret
                connection.reset()
            tally.done["left"] += 1


@looping
async def web_socket(tally: Tally, port: int) -> None:
    """An upgraded connection: it ends with its target, and not with a reload."""
    async with Connection.to(port) as connection, tally.one("WebSocket", repeatable=False):
        connection.writer.write(
            b"GET /socket HTTP/1.1\r\nHost: soak\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )
        status, _ = await connection.head()
        if status != 101:
            raise LostError(str(status))
        for number in range(20):
            message = b"message %d" % number
            connection.writer.write(message)
            if await connection.reader.readexactly(len(message)) != message:
                raise LostError("another message")
            await asyncio.sleep(0.1)


_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
_DATA, _HEADERS, _RESET, _SETTINGS, _PING, _GOAWAY = 0, 1, 3, 4, 6, 7
_PRIORITY = 0x20  # five more bytes come before the head
_END = 5  # END_STREAM and END_HEADERS
# RFC 7541: :method GET, :scheme http, then :path and :authority as literals.
_REQUEST = b"\x82\x86\x04\x06/quick\x01\x04soak"
_OK = 0x88  # :status 200, the first entry of the answer's head


def _frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


@looping
async def http2(tally: Tally, port: int) -> None:
    """HTTP/2 with prior knowledge: five requests at a time on one connection."""
    async with Connection.to(port) as connection:
        connection.writer.write(_PREFACE + _frame(_SETTINGS, 0, 0))
        for begin in range(1, 200, 10):
            streams = set(range(begin, begin + 10, 2))
            for stream in sorted(streams):
                connection.writer.write(_frame(_HEADERS, _END, stream, _REQUEST))
            while streams:
                async with tally.one("HTTP/2", repeatable=True):
                    streams.discard(await _next_end(connection))
            if tally.stopping:
                return
            await asyncio.sleep(random.uniform(0.05, 0.2))  # noqa: S311 - a load, no secret


async def _next_end(connection: Connection) -> int:
    """The next stream whose answer is complete."""
    while True:
        header = await connection.reader.readexactly(9)
        length = int.from_bytes(header[:3])
        kind, flags, stream = struct.unpack(">BBI", header[3:])
        payload = await connection.reader.readexactly(length)
        if kind == _SETTINGS and not flags & 1:
            connection.writer.write(_frame(_SETTINGS, 1, 0))
        elif kind == _PING and not flags & 1:
            connection.writer.write(_frame(_PING, 1, 0, payload))
        elif kind in (_RESET, _GOAWAY):
            raise LostError(f"frame {kind}: {payload!r}")
        if kind == _HEADERS and payload[5 if flags & _PRIORITY else 0] != _OK:
            raise LostError(f"stream {stream} was not answered with 200: {payload[:8]!r}")
        if kind in (_HEADERS, _DATA) and flags & 1:
            return stream


EVERYBODY: dict[Client, int] = {
    keep_alive: 8,
    download: 2,
    upload: 2,
    leaving: 2,
    web_socket: 3,
    http2: 2,
}
