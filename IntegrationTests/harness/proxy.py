"""A TCP proxy on loopback that can fail in the ways of a network: cut connections, hold them (a black hole), or take nobody in."""

import socket
import struct
import threading


class Link:
    """One connection through the proxy."""

    def __init__(self, client, server, passing=lambda data, direction: data):
        self.client, self.server, self.passing = client, server, passing
        self.held = {"up": False, "down": False}
        self.free = threading.Event()
        self.free.set()
        self.closed = False

    def hold(self, *directions):
        for direction in directions:
            self.held[direction] = True
        self.free.clear()

    def release(self):
        self.held = {"up": False, "down": False}
        self.free.set()

    def close(self, abort=False):
        self.closed = True
        self.free.set()
        for end in (self.client, self.server):
            try:
                if abort:   # a reset instead of an orderly end
                    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    end.shutdown(socket.SHUT_RD)   # wakes who reads it here, without whom it would stay open; tells nothing to the other side
                else:
                    end.shutdown(socket.SHUT_RDWR)
                end.close()
            except OSError:
                pass

    def pump(self, source, target, direction):
        try:
            while data := source.recv(1 << 16):
                while self.held[direction] and not self.closed:
                    self.free.wait()
                if self.closed:
                    return
                target.sendall(self.passing(data, direction))
        except OSError:
            pass
        finally:
            if not self.held[direction]:
                self.close()


class Proxy:
    def __init__(self, host, port):
        self._target = (host, port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.host, self.port = self._listener.getsockname()
        self._links, self._lock = [], threading.Lock()
        self.refuses = False
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            try:
                if self.refuses:
                    client.close()
                    continue
                server = socket.create_connection(self._target)
            except OSError:
                client.close()
                continue
            for end in (client, server):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            link = Link(client, server, self.passing)
            with self._lock:
                self._links = [old for old in self._links if not old.closed] + [link]
            threading.Thread(target=link.pump, args=(client, server, "up"), daemon=True).start()
            threading.Thread(target=link.pump, args=(server, client, "down"), daemon=True).start()

    def passing(self, data, direction):
        """What is sent on of what has come."""
        return data

    def _open(self):
        with self._lock:
            return [link for link in self._links if not link.closed]

    def cut(self):
        """Resets all connections."""
        for link in self._open():
            link.close(abort=True)

    def hold(self, *directions):
        """From now on nothing passes on the connections that are open, and no end sees why: `up` to the server, `down` from it."""
        for link in self._open():
            link.hold(*(directions or ("up", "down")))

    def release(self):
        for link in self._open():
            link.release()

    def close(self):
        self._listener.close()
        self.release()
        self.cut()
