#!/usr/bin/python3
# What sockets of the kernel do, which src/link/can and its stand-in (tests/support/can_wire.h) rely on. Needs vcan0.
import errno, os, select, socket, struct, subprocess, time

FRAME = struct.Struct("=IB3x8s")
failed = 0


def ok(condition, text):
    global failed
    failed |= not condition
    print(("ok   " if condition else "FAIL ") + text)


def sh(text):
    subprocess.run(text, shell=True, check=True)


def raw(interface, *options):
    s = socket.socket(socket.AF_CAN, socket.SOCK_RAW, socket.CAN_RAW)
    for level, name, value in options:
        s.setsockopt(level, name, value)
    s.bind((interface,))
    s.setblocking(False)
    return s


def frame(number, data, flags=0):
    return FRAME.pack(number | flags, len(data), data.ljust(8, b"\0"))


def ready(s, seconds=0.5):
    p = select.poll()
    p.register(s, select.POLLIN)
    return [e for _, e in p.poll(seconds * 1000)]


def reading(s):
    try:
        return s.recv(72)
    except OSError as e:
        return errno.errorcode[e.errno]


def sending(s, data):
    try:
        return s.send(data)
    except OSError as e:
        return errno.errorcode[e.errno]


EFF = socket.CAN_EFF_FLAG
a, b = raw("vcan0"), raw("vcan0", (socket.SOL_SOCKET, 29, 1))  # 29: SO_TIMESTAMP
print("     send of one frame returns", sending(a, frame(0x18904001, b"\0" * 8, EFF)))
ok(ready(a, 0.1) == [], "own frames are not received")
data, control, flags, address = b.recvmsg(72, 256)
stamp = struct.unpack("ll", control[0][2][:16])
ok(len(data) == 16 and control[0][:2] == (1, 29) and abs(stamp[0] - time.time()) < 5, f"SO_TIMESTAMP {stamp} from {address}")
print("     read with a 16-byte buffer is one frame; a short write gives", sending(a, b"\0" * 8))
for nbytes in (8, 15):
    sending(a, frame(1, b"x"))
    ready(b)
    print(f"     reading with a buffer of {nbytes} returns", len(b.recv(nbytes)), "bytes, rest dropped:", reading(b))
print("     send with a dlc of 9:", sending(a, struct.pack("=IB3x8s", 1, 9, b"")))
b.setsockopt(socket.SOL_CAN_RAW, socket.CAN_RAW_FILTER, struct.pack("=II", 0x18904001 | EFF, 0xDFFFFFFF))
sending(a, frame(0x123, b"no")), sending(a, frame(0x18904001, b"yes", EFF))
ready(b)
ok(reading(b)[8:11] == b"yes" and reading(b) == "EAGAIN", "CAN_RAW_FILTER")
b.setsockopt(socket.SOL_CAN_RAW, socket.CAN_RAW_FILTER, struct.pack("=II", 0, 0))
sending(a, frame(0x20000040, b"\0" * 8))
ok(ready(b, 0.1) == [], "error frames need CAN_RAW_ERR_FILTER")
b.setsockopt(socket.SOL_CAN_RAW, 2, 0x1FFFFFFF)
sending(a, frame(0x20000040, b"\0" * 8))
ready(b)
ok(struct.unpack("=I", reading(b)[:4])[0] == 0x20000040, "bus-off error frame received")

print("receive queue overflow (default SO_RCVBUF", b.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF), ")")
for i in range(3000):
    sending(a, frame(0x100, struct.pack("=I", i)))
n = 0
while isinstance(last := reading(b), bytes):
    n, number = n + 1, struct.unpack("=I", last[8:12])[0]
print(f"     3000 sent without reading, {n} kept, newest kept {number}: the newest are lost, read gives {last}, never ENOBUFS")

print("interface down")
sh("ip link set vcan0 down")
print("     poll:", [hex(e) for e in ready(b)])
print("     first read:", reading(b), "| second read:", reading(b), "| send:", sending(b, frame(1, b"x")), "| a send first:", sending(a, frame(1, b"x")), "| then read:", reading(a))
c = socket.socket(socket.AF_CAN, socket.SOCK_RAW, socket.CAN_RAW)
try:
    c.bind(("vcan0",))
    c.setblocking(False)
    print("     bind to a downed interface works; poll", [hex(e) for e in ready(c, 0.1)], "read:", reading(c), "send:", sending(c, frame(1, b"x")))
except OSError as e:
    print("     bind to a downed interface:", errno.errorcode[e.errno])
sh("ip link set vcan0 up")
ok(sending(a, frame(1, b"x")) == 16 and ready(b) == [1] and len(reading(b)) == 16, "same sockets work again after up, no new bind")

print("interface removed")
sh("ip link del vcan0")
print("     poll:", [hex(e) for e in ready(b)], "first read:", reading(b), "| second read:", reading(b), "| send:", sending(b, frame(1, b"x")))
try:
    raw("vcan0")
except OSError as e:
    print("     bind to a missing interface:", errno.errorcode[e.errno])
sh("ip link add vcan0 type vcan && ip link set vcan0 up")
print("     after re-creation, old socket: send", sending(b, frame(1, b"x")), "read", reading(b))
ok(ready(b, 0.1) == [], "a socket must be bound again after the interface was removed")

print("full send queue")
try:
    sh("modprobe sch_tbf && tc qdisc add dev vcan0 root tbf rate 8kbit burst 32 limit 160")
    a = raw("vcan0")
    results = [sending(a, frame(1, b"x")) for _ in range(30)]
    print("     ", results)
    p = select.poll(); p.register(a, select.POLLOUT)
    print("     poll for POLLOUT at once says", [hex(e) for _, e in p.poll(0)], "- it does not tell when the queue has room")
    ok("ENOBUFS" in results, "ENOBUFS can be provoked (tc tbf on vcan)")
except subprocess.CalledProcessError:
    print("     no sch_tbf")
raise SystemExit(failed)
