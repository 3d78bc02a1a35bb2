#!/usr/bin/env python3
"""The hosts that record.sh listens to: a name server, a byte sink, clients.

Addresses and names are from the ranges set aside for documentation.
"""

import socket
import struct
import sys
import threading

NAMES = ["www.example.com", "mail.example.com", "www.example.net",
         "absent.example.org", "a-rather-long-host-name.example.org"]
DNS_PORT = 53
SINK_PORT = 9  # The discard service's.


def any_address(kind, port):
    """A socket that listens on every IPv4 and IPv6 address."""
    listener = socket.socket(socket.AF_INET6, kind)
    listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("::", port))
    return listener


def connect(address, port, kind):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    client = socket.socket(family, kind)
    client.settimeout(5)
    client.connect((address, port))
    return client


def question(number, name):
    labels = b"".join(bytes([len(label)]) + label.encode()
                      for label in name.split("."))
    header = struct.pack(">HHHHHH", number, 0x0100, 1, 0, 0, 0)
    return header + labels + b"\0" + struct.pack(">HH", 1, 1)


def answer(query):
    """An A record in 198.51.100.0/24, or NXDOMAIN for a name with 'absent'."""
    body = query[12:]
    if b"absent" in body:
        return query[:2] + struct.pack(">HHHHH", 0x8183, 1, 0, 0, 0) + body
    address = socket.inet_aton("198.51.100.%d" % (len(body) % 250 + 1))
    record = struct.pack(">HHHIH", 0xC00C, 1, 1, 300, 4) + address
    return query[:2] + struct.pack(">HHHHH", 0x8180, 1, 1, 0, 0) + body + record


def serve_names():
    server = any_address(socket.SOCK_DGRAM, DNS_PORT)
    while True:
        query, client = server.recvfrom(512)
        server.sendto(answer(query), client)


def serve_sink():
    listener = any_address(socket.SOCK_STREAM, SINK_PORT)
    listener.listen()
    while True:
        peer, _ = listener.accept()
        with peer:
            while peer.recv(65536):
                pass


def serve():
    threading.Thread(target=serve_sink, daemon=True).start()
    serve_names()


def names(server):
    client = connect(server, DNS_PORT, socket.SOCK_DGRAM)
    for number, name in enumerate(NAMES * 4):
        client.send(question(number, name))
        client.recv(512)


def announce(interface):
    """One datagram to everybody, one to each of two multicast groups."""
    client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE,
                      interface.encode())
    for number in range(5):
        text = b"announcement %d" % number
        client.sendto(text, ("192.0.2.255", 40000))
        client.sendto(text, ("255.255.255.255", 40000))
        client.sendto(text, ("233.252.0.1", 40000))


def bulk(server, size):
    client = connect(server, SINK_PORT, socket.SOCK_STREAM)
    client.sendall(bytes(range(256)) * (size // 256))
    client.shutdown(socket.SHUT_WR)
    client.recv(1)
    client.close()


def break_length(source, target, frame):
    """Copies a little-endian pcap file; one frame then claims 2 GiB."""
    with open(source, "rb") as file:
        data = bytearray(file.read())
    offset = 24
    for _ in range(frame):
        offset += 16 + struct.unpack_from("<I", data, offset + 8)[0]
    struct.pack_into("<I", data, offset + 8, 0x7FFFFFFF)
    with open(target, "wb") as file:
        file.write(data)


def main(arguments):
    command, *rest = arguments
    if command == "serve":
        serve()
    elif command == "names":
        names(*rest)
    elif command == "announce":
        announce(*rest)
    elif command == "bulk":
        bulk(rest[0], int(rest[1]))
    elif command == "break-length":
        break_length(rest[0], rest[1], int(rest[2]))
    else:
        sys.exit("unknown command: " + command)


if __name__ == "__main__":
    main(sys.argv[1:])
