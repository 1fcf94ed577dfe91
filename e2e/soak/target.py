"""A web server that can be killed and frozen: python -m e2e.soak.target PORT."""

import asyncio
import sys

DOWNLOAD = b"d" * 200_000
SLOW_SECONDS = 0.2


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answers request after request; after an upgrade it sends back what comes."""
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            path = head.split(b" ", 2)[1]
            headers = dict(
                line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:] if b": " in line
            )
            if b"upgrade" in headers:
                writer.write(
                    b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                    b"Sec-WebSocket-Accept: " + headers.get(b"sec-websocket-key", b"") + b"\r\n\r\n"
                )
                while data := await reader.read(65536):
                    writer.write(data)
                    await writer.drain()
                return
            body = b"ok"
            if path == b"/upload":
                left = int(headers[b"content-length"])
                body = b"%d" % left
                while left:
                    left -= len(await reader.readexactly(min(left, 65536)))
            elif path == b"/download":
                body = DOWNLOAD
            elif path == b"/slow":
                await asyncio.sleep(SLOW_SECONDS)
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


async def main(port: int) -> None:
    server = await asyncio.start_server(serve, "127.0.0.1", port, backlog=1024)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
