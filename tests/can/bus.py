#!/usr/bin/python3
"""bmsd with CAN_PORT = vcan0 and an output on vcan1, against batteries and an inverter played here. Prints what holds; ends with 1."""
import json
import os
import socket
import struct
import subprocess
import sys
import threading
import time

FRAME = struct.Struct("=IB3x8s")
EFF = socket.CAN_EFF_FLAG
failed = 0


def ok(condition, text):
    global failed
    failed |= not condition
    print(("ok   " if condition else "FAIL ") + text, flush=True)


def sh(text):
    subprocess.run(text, shell=True, check=True)


def raw(interface):
    s = socket.socket(socket.AF_CAN, socket.SOCK_RAW, socket.CAN_RAW)
    s.bind((interface,))
    s.settimeout(0.2)
    return s


class Party(threading.Thread):
    """Sends `frames` every `every` s and hands what it hears to `hear`; survives whatever happens to the interface."""

    def __init__(self, interface, frames=(), every=0.5, hear=None):
        super().__init__(daemon=True)
        self.interface, self.frames, self.every, self.hear = interface, list(frames), every, hear
        self.heard, self.talks = [], True
        self.start()

    def send(self, s, number, data):
        s.send(FRAME.pack(number, len(data), data.ljust(8, b"\0")))

    def run(self):
        s, due = None, 0
        while True:
            try:
                s = s or raw(self.interface)
                if self.talks and time.monotonic() >= due:
                    due = time.monotonic() + self.every
                    for number, data in self.frames:
                        self.send(s, number, data)
                number, size, data = FRAME.unpack(s.recv(16))
                self.heard.append((time.monotonic(), number, data[:size]))
                if self.hear:
                    self.hear(self, s, number, data[:size])
            except TimeoutError:
                pass
            except OSError as error:
                if error.errno not in (100, 105):  # not down or full: removed
                    s = None
                time.sleep(0.1)

    def since(self, moment, number):
        return [data for at, heard, data in self.heard if at >= moment and heard == number]


JK = [(0x2F4, bytes([2, 2, 0xA0, 0x0F, 80, 0, 0, 0])), (EFF | 0x18F528F4, bytes([3, 0, 0, 0, 0, 0, 0, 0]))]
JK += [(EFF | (0x18E028F4 + (k << 16)), bytes([0x80, 0x0C] * 4)) for k in range(4)]


def daly(party, s, number, _):
    if not number & EFF or (number & 0x1F00FFFF) != 0x18000140:
        return
    what = number >> 16 & 0xFF
    reply = EFF | 0x18004001 | what << 16
    answers = {0x90: [bytes([2, 8, 0, 0, 0x75, 0x30, 2, 0xBC])], 0x94: [bytes([16, 2, 0, 0, 0, 0, 5, 0])]}
    answers[0x95] = [bytes([k, 12, 0xB2, 12, 0xB2, 12, 0xB2, 0]) for k in range(1, 7)]
    for data in answers.get(what, []):
        party.send(s, reply, data)


def values():
    told = {}
    out = subprocess.run([program, "watch", "--json", "--once"], capture_output=True, text=True).stdout
    for line in out.splitlines():
        for one in json.loads(line)["batteries"]:
            if one["values"].get("/System/NrOfModulesOnline") == 1:
                told[one["service"]] = one["values"]
    return told


def batteries():
    return " ".join(sorted(values()))


def until(condition, seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.5)
    return False


program = sys.argv[1]
os.makedirs("/tmp/bmsd/lock", exist_ok=True)
bus = subprocess.Popen(["dbus-daemon", "--session", "--print-address", "--nofork"], stdout=subprocess.PIPE, text=True)
os.environ["DBUS_SESSION_BUS_ADDRESS"] = bus.stdout.readline().strip()
with open("/tmp/bmsd/config.ini", "w") as file:
    file.write("[DEFAULT]\nCAN_PORT = vcan0\nBMS_TYPE = Daly_Can, Jkbms_Can\nCAN_OUTPUT_INTERFACE = vcan1\n"
               "CAN_OUTPUT_PROFILE = pylontech\n")
jk, board = Party("vcan0", JK), Party("vcan0", hear=daly)
inverter = Party("vcan1", [(0x305, bytes(8))], 1)
command = [program, "run", "--config", "/tmp/bmsd/config.ini", "--state-dir", "/tmp/bmsd/state", "--device-dir", "/tmp/bmsd", "--lock-dir", "/tmp/bmsd/lock"]
log = open("/tmp/bmsd/log", "w")
daemon = subprocess.Popen(command, stdout=log, stderr=log)

ok(until(lambda: "vcan0" in batteries() and len(values()) >= 2, 40), f"two batteries on one interface: {batteries()}")
start = time.monotonic()
ok(until(lambda: inverter.since(start, 0x351), 20), "the inverter hears limits")
if failed:  # nothing of the rest can hold
    print(open("/tmp/bmsd/log").read()[-6000:])
    sys.exit(1)
start = time.monotonic()
time.sleep(5)
count = len(inverter.since(start, 0x351))
ok(4 <= count <= 6, f"once a second: {count} in 5 s")
order = [number for at, number, _ in inverter.heard if at >= start]
ok(set(order) >= {0x351, 0x355, 0x356, 0x359, 0x35C, 0x35E}, "the whole set of the profile")

before = open("/tmp/bmsd/log").read().count("\n")
sh("ip link set vcan0 down")
time.sleep(15)
ok(daemon.poll() is None, "an interface that is down ends nothing")
start = time.monotonic()
ok(until(lambda: inverter.since(start, 0x359), 5), "the inverter is still told")
sh("ip link set vcan0 up")
time.sleep(5)
ok(until(lambda: len(values()) >= 2, 20), "up again: the batteries are back")
sh("ip link del vcan0")
time.sleep(5)
sh("ip link add dev vcan0 type vcan && ip link set vcan0 up")
ok(until(lambda: len(values()) >= 2, 90), "removed and back: the batteries are back")
subprocess.run(["cansend", "vcan1", "20000040#0000000000000000"], check=False)
time.sleep(1.5)
start = time.monotonic()
ok(until(lambda: inverter.since(start, 0x351), 10), "bus-off, then a good frame: it goes on")
sh("ip link set vcan1 down")
time.sleep(3)
sh("ip link set vcan1 up")
start = time.monotonic()
ok(until(lambda: inverter.since(start, 0x351), 10), "the inverter's interface down and up")
lines = open("/tmp/bmsd/log").read().count("\n") - before
ok(lines < 200, f"the log stays readable: {lines} lines")

daemon.terminate()
ok(daemon.wait(10) == 0, "ends when asked to")
start = time.monotonic()
time.sleep(2)
ok(not inverter.since(start, 0x351), "and sends nothing any more")
if failed:
    print(open("/tmp/bmsd/log").read()[-6000:])
bus.terminate()
sys.exit(failed)
