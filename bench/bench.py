#!/usr/bin/env python3
"""Measures bmsd as users run it: the release build, simulated JBD batteries on pseudo terminals, a real dbus-daemon.

Prints a table and writes JSON. Nothing here passes or fails; numbers in the documents come from here.
"""
import argparse
import contextlib
import ctypes
import json
import os
import pathlib
import select
import shutil
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import threading
import time
import tty

HERE = pathlib.Path(__file__).resolve().parent.parent
TICKS = os.sysconf("SC_CLK_TCK")


class Bus:
    """A private dbus-daemon."""

    def __enter__(self):
        self.process = subprocess.Popen(["dbus-daemon", "--session", "--nofork", "--print-address"], stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL, text=True)
        self.address = self.process.stdout.readline().strip()
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def environment(self):
        return {**os.environ, "DBUS_SESSION_BUS_ADDRESS": self.address}


class Simulator:
    """`bmsd simulate` with a pseudo terminal a battery."""

    def __init__(self, program, count, folder, *options, bms="LltJbd"):
        os.makedirs(folder, exist_ok=True)
        self.ports = [f"{folder}/ttyS{i}" for i in range(count)]
        command = [program, "simulate", *options]
        for port in self.ports:
            command += ["--bms", bms, "--link", port]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        for _ in self.ports:
            self.process.stdout.readline()

    def stop(self):
        self.process.terminate()
        self.process.wait()


class Daemon:
    def __init__(self, program, bus, folder, ports, *options, locks=None, log=subprocess.DEVNULL):
        self.started = time.monotonic()
        self.process = subprocess.Popen([program, "run", "--state-dir", folder, "--lock-dir", locks or folder, *options, *ports],
                                        env=bus.environment(), stderr=log)

    def cpu_seconds(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def cpu_nanoseconds(self):
        return int(pathlib.Path(f"/proc/{self.process.pid}/schedstat").read_text().split()[0])

    def resident_kb(self):
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS"):
                return int(line.split()[1])
        return 0

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()


def count_signals(bus, seconds):
    """(signals, bytes) of ItemsChanged on the bus, from dbus-monitor's raw stream."""
    monitor = subprocess.Popen(["timeout", str(seconds), "dbus-monitor", "--binary", "--address", bus.address,
                                "type='signal',member='ItemsChanged'"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    stream = monitor.stdout.read()
    monitor.wait()
    at = signals = size = 0
    while at + 16 <= len(stream):
        order = "<" if stream[at:at + 1] == b"l" else ">"
        body, _, fields = struct.unpack_from(order + "III", stream, at + 4)
        length = 16 + (fields + 7) // 8 * 8 + body
        if b"ItemsChanged" in stream[at:at + length - body]:
            signals += 1
            size += length
        at += length
    return signals, size


def read_value(bus, service, path):
    answer = subprocess.run(["dbus-send", f"--bus={bus.address}", "--print-reply=literal", f"--dest={service}", path,
                             "com.victronenergy.BusItem.GetValue"], capture_output=True, text=True, check=True)
    return float(answer.stdout.split()[-1])


def wait_for_value(bus, service, longest=30):
    """Seconds until the battery's voltage can be read."""
    begin = time.monotonic()
    while time.monotonic() - begin < longest:
        answer = subprocess.run(["dbus-send", f"--bus={bus.address}", "--print-reply", f"--dest={service}", "/Dc/0/Voltage",
                                 "com.victronenergy.BusItem.GetValue"], capture_output=True, text=True, check=False)
        if "double" in answer.stdout:
            return time.monotonic() - begin
        time.sleep(0.01)
    raise SystemExit(f"{service} does not appear")


def measure_steady(program, count, seconds):
    with Bus() as bus, tempfile.TemporaryDirectory() as folder:
        simulator = Simulator(program, count, folder, "--current", "12.3")
        daemon = Daemon(program, bus, folder, simulator.ports)
        wait_for_value(bus, f"com.victronenergy.battery.ttyS{count - 1}")
        time.sleep(5)
        cpu, begin = daemon.cpu_nanoseconds(), time.monotonic()
        time.sleep(seconds)
        cpu, took = daemon.cpu_nanoseconds() - cpu, time.monotonic() - begin
        signals, size = count_signals(bus, 10)
        result = {
            "batteries": count,
            "cpu_ms_per_battery_second": cpu / 1e6 / took / count,
            "resident_kb": daemon.resident_kb(),
            "signals_per_battery_second": signals / 10 / count,
            "bus_bytes_per_battery_second": size / 10 / count,
        }
        daemon.stop()
        simulator.stop()
        return result


def measure_start(program):
    """From the start of the program to the first published voltage, on a port it remembers."""
    with Bus() as bus, tempfile.TemporaryDirectory() as folder:
        simulator = Simulator(program, 1, folder, "--wire")
        service = "com.victronenergy.battery.ttyS0"
        times = []
        for _ in range(4):  # the first one has nothing to remember
            daemon = Daemon(program, bus, folder, simulator.ports)
            times.append(wait_for_value(bus, service))
            daemon.stop()
        simulator.stop()
        return {"first_start_s": times[0], "remembered_start_s": sum(times[1:]) / 3}


def measure_silence(program):
    with tempfile.TemporaryDirectory() as folder:
        simulator = Simulator(program, 1, folder, "--silent", "1")
        begin = time.monotonic()
        subprocess.run([program, "scan", *simulator.ports], capture_output=True, check=False)
        took = time.monotonic() - begin
        simulator.stop()
        return {"silent_port_s": took}


def measure_wire(program, baud=9600):
    """A cycle against the time its bytes need on the wire (10 bits each), both from bmsd's own raw capture."""
    with Bus() as bus, tempfile.TemporaryDirectory() as folder:
        config = pathlib.Path(folder, "config.ini")
        config.write_text("[DEFAULT]\nBMS_CAPTURE_RAW_DATA = True\n")
        simulator = Simulator(program, 1, folder, "--wire")
        daemon = Daemon(program, bus, folder, simulator.ports, "--config", str(config))
        wait_for_value(bus, "com.victronenergy.battery.ttyS0")
        time.sleep(30)
        daemon.stop()
        simulator.stop()
        (capture,) = pathlib.Path(folder, "capture").iterdir()
        cycles, size = [], 0
        for line in capture.read_text().splitlines():
            row = json.loads(line)
            if row["dir"] == "decoded":
                cycles.append((row["duration_ms"] / 1000, size * 10 / baud))
                size = 0
            else:
                size += len(row["raw"]) // 2
        cycles = cycles[5:]  # detection and the settings come first
        cycle, wire = (statistics.median(values) for values in zip(*cycles))
        return {"cycle_s": cycle, "bytes_on_the_wire_s": wire, "cycle_over_wire": cycle / wire}


class Flood:
    """A port that never stops talking nonsense, as fast as it is read."""

    def __init__(self):
        self.master, slave = os.openpty()
        tty.setraw(slave)
        self.port, self.open = os.ttyname(slave), True
        self.slave = slave
        os.set_blocking(self.master, False)
        threading.Thread(target=self.write, daemon=True).start()

    def write(self):
        noise = os.urandom(1024)
        while self.open:
            try:
                os.write(self.master, noise)
            except BlockingIOError:
                time.sleep(0.001)


def measure_beside_bad_ports(program, seconds=20):
    """How late a D-Bus answer and another battery's signal are while one port floods and one is silent."""
    with Bus() as bus, tempfile.TemporaryDirectory() as folder:
        flood = Flood()
        good = Simulator(program, 1, folder + "/good", "--wire", "--current", "12.3")
        silent = Simulator(program, 1, folder + "/silent", "--silent", "1")
        daemon = Daemon(program, bus, folder, [*good.ports, *silent.ports, flood.port])
        service = "com.victronenergy.battery.ttyS0"
        wait_for_value(bus, service)
        seen = open(folder + "/seen", "w+", encoding="utf-8")  # a pipe nobody empties would hold the monitor up
        monitor = subprocess.Popen(["dbus-monitor", "--profile", "--address", bus.address], stdout=seen)
        begin = time.monotonic()
        while time.monotonic() - begin < seconds:
            read_value(bus, service, "/Dc/0/Voltage")
            time.sleep(0.02)
        monitor.terminate()
        monitor.wait()
        seen.seek(0)
        calls, answers, signals = {}, [], []
        for line in seen:
            fields = line.rstrip("\n").split("\t")
            if fields[0] == "mc" and fields[-1] == "GetValue":
                calls[fields[3], fields[2]] = float(fields[1])
            elif fields[0] == "mr" and (begun := calls.pop((fields[4], fields[5]), None)):
                answers.append(float(fields[1]) - begun)
            elif fields[0] == "sig" and fields[-1] == "ItemsChanged" and fields[5] == "/":
                signals.append(float(fields[1]))
        flood.open = False
        for part in (daemon, good, silent):
            part.stop()
        periods = [b - a for a, b in zip(signals, signals[1:])]
        return {"calls": len(answers), "slowest_answer_ms": max(answers) * 1000,
                "longest_signal_period_s": max(periods, default=0)}


class Emulated:
    """The bundle for 32-bit GX devices under qemu-user, every executed instruction a line for wc."""

    def __init__(self, bundle, bus, folder, ports):
        fifo = folder + "/trace"
        os.mkfifo(fifo)
        self.counter = subprocess.Popen(["wc", "-l", fifo], stdout=subprocess.PIPE, text=True)
        self.process = subprocess.Popen(
            ["qemu-arm-static", "-singlestep", "-d", "exec,nochain", "-D", fifo, bundle + "/lib/ld.so", "--library-path",
             bundle + "/lib", bundle + "/lib/bmsd", "run", "--state-dir", folder, "--lock-dir", folder, *ports],
            env=bus.environment(), stderr=subprocess.DEVNULL)

    def resident_kb(self):
        """Of the emulated program: what is mapped in the 4 GB in which its files are."""
        window, regions = None, []
        for line in pathlib.Path(f"/proc/{self.process.pid}/smaps").read_text().splitlines():
            words = line.split()
            if "-" in words[0] and not words[0].endswith(":"):
                start = int(words[0].split("-")[0], 16)
                regions.append([start, 0])
                if len(words) > 5 and words[5].endswith("/lib/bmsd"):
                    window = start >> 32
            elif words[0] == "Rss:":
                regions[-1][1] = int(words[1])
        return sum(size for start, size in regions if start >> 32 == window)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()
        return int(self.counter.communicate()[0].split()[0])


def measure_armv7(program, bundle=HERE / "build/venus/armv7", count=4, short=5, long=25):
    """Instructions a battery and second on ARMv7: two runs of different length, so that the start does not count."""
    if not bundle.exists() or not shutil.which("qemu-arm-static"):
        return {}
    executed = []
    for seconds in (short, long):
        with Bus() as bus, tempfile.TemporaryDirectory() as folder:
            simulator = Simulator(program, count, folder, "--current", "12.3")
            daemon = Emulated(str(bundle), bus, folder, simulator.ports)
            wait_for_value(bus, f"com.victronenergy.battery.ttyS{count - 1}", 120)
            time.sleep(seconds)
            resident = daemon.resident_kb()
            executed.append(daemon.stop())
            simulator.stop()
    return {"armv7_instructions_per_battery_second": (executed[1] - executed[0]) / (long - short) / count,
            "armv7_resident_mb": resident / 1024}


class Writes:
    """What is written to the files of some folders, by inotify: files that are replaced, and any other write."""
    MODIFY, MOVED_TO, EVENT = 0x2, 0x80, struct.Struct("iIII")

    def __init__(self):
        self.libc = ctypes.CDLL(None, use_errno=True)
        self.fd = self.libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        self.folders = {}

    def watch(self, folder):
        self.folders[self.libc.inotify_add_watch(self.fd, folder.encode(), self.MODIFY | self.MOVED_TO)] = folder

    def take(self, seconds):
        """[(folder, file, bytes)] of the next seconds."""
        end, writes = time.monotonic() + seconds, []
        while (left := end - time.monotonic()) > 0:
            if not select.select([self.fd], [], [], left)[0]:
                break
            events, at = os.read(self.fd, 65536), 0
            while at < len(events):
                watch, _, _, length = self.EVENT.unpack_from(events, at)
                name = events[at + self.EVENT.size:at + self.EVENT.size + length].rstrip(b"\0").decode()
                at += self.EVENT.size + length
                if not name.endswith(".new"):  # counted when it takes its place
                    writes.append((self.folders[watch], name, os.stat(f"{self.folders[watch]}/{name}").st_size))
        return writes


class Recorded:
    """A daemon on simulated batteries whose writes to flash are counted: those to its state folder, and its log."""

    def __init__(self, stack, program, writes, count, current="12.3", config=""):
        bus, folder = stack.enter_context(Bus()), stack.enter_context(tempfile.TemporaryDirectory())
        self.state, self.log = folder + "/state", pathlib.Path(folder, "log")
        os.mkdir(self.state)
        writes.watch(self.state)
        pathlib.Path(folder, "config.ini").write_text("[DEFAULT]\n" + config)
        simulator = Simulator(program, count, folder + "/ports", "--current", current)
        stack.callback(simulator.stop)
        with open(self.log, "w", encoding="utf-8") as log:
            daemon = Daemon(program, bus, self.state, simulator.ports, "--config", folder + "/config.ini", locks=folder, log=log)
        stack.callback(daemon.stop)
        for i in range(count):
            wait_for_value(bus, f"com.victronenergy.battery.ttyS{i}")

    def sizes(self, writes):
        return [size for folder, _, size in writes if folder == self.state]


def measure_flash(program, seconds, settle=660):
    """Writes a day in the steady state, projected from some intervals of 10 minutes; all cases at the same time.

    The first history of a new battery, 10 minutes after the start, belongs to the start."""
    with contextlib.ExitStack() as stack:
        writes = Writes()
        cases = {"1 battery": Recorded(stack, program, writes, 1), "4 batteries": Recorded(stack, program, writes, 4),
                 "1, SOC_CALCULATION": Recorded(stack, program, writes, 1, config="SOC_CALCULATION = True\n"),
                 "1, no current": Recorded(stack, program, writes, 1, current="0")}
        start = writes.take(settle)
        logs = {name: case.log.stat().st_size for name, case in cases.items()}
        steady, days = writes.take(seconds), seconds / 86400
        return [{"case": name, "measured_s": seconds, "writes_at_start": len(case.sizes(start)),
                 "writes_per_day": len(case.sizes(steady)) / days, "bytes_per_day": sum(case.sizes(steady)) / days,
                 "log_bytes_per_day": (case.log.stat().st_size - logs[name]) / days} for name, case in cases.items()]


def print_flash(rows):
    print(f"{'flash: constant current':<24} {'writes at start':>16} {'writes/day':>11} {'bytes/day':>11} {'log bytes/day':>14}")
    for row in rows:
        print(f"{row['case']:<24} {row['writes_at_start']:>16} {row['writes_per_day']:>11.0f} {row['bytes_per_day']:>11.0f} "
              f"{row['log_bytes_per_day']:>14.0f}", flush=True)


def archive_size(_program, archive=HERE / "build/archive/venus-data.tar.gz"):
    return {"archive_mb": archive.stat().st_size / 1e6} if archive.exists() else {}


def micro(folder):
    program = pathlib.Path(folder) / "bench_micro"
    if not program.exists():
        return {}
    output = subprocess.run([program, "--benchmark_format=json", "--benchmark_min_time=0.5"], capture_output=True, text=True, check=True)
    return {row["name"] + "_us": row["cpu_time"] / 1000 for row in json.loads(output.stdout)["benchmarks"]}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default=str(HERE / "build/release"))
    parser.add_argument("--seconds", type=int, default=30, help="length of a steady measurement")
    parser.add_argument("--json", default=str(HERE / "build/bench.json"))
    parser.add_argument("--batteries", default="1,4,16,64")
    parser.add_argument("--flash-seconds", type=int, default=1200,
                        help="length of the measurement of flash writes, after 11 minutes; a multiple of 600, 0: without it")
    arguments = parser.parse_args()
    program = arguments.build + "/bmsd"
    results = {"steady": []}
    print(f"{'batteries':>9} {'CPU ms/s each':>14} {'resident MB':>12} {'signals/s each':>15} {'bus bytes/s each':>17}")
    for count in [int(n) for n in arguments.batteries.split(",")]:
        row = measure_steady(program, count, arguments.seconds)
        results["steady"].append(row)
        print(f"{count:>9} {row['cpu_ms_per_battery_second']:>14.3f} {row['resident_kb'] / 1024:>12.1f} "
              f"{row['signals_per_battery_second']:>15.2f} {row['bus_bytes_per_battery_second']:>17.0f}", flush=True)
    for measure in (measure_start, measure_silence, measure_wire, measure_beside_bad_ports, measure_armv7, archive_size):
        row = measure(program)
        results.update(row)
        for name, value in row.items():
            print(f"{name:<38} {value:12.3f}", flush=True)
    if arguments.flash_seconds:
        results["flash"] = measure_flash(program, arguments.flash_seconds)
        print_flash(results["flash"])
    results["micro"] = micro(arguments.build)
    for name, value in results["micro"].items():
        print(f"{name:<38} {value:12.3f}")
    pathlib.Path(arguments.json).write_text(json.dumps(results, indent=1) + "\n")
    print(f"written to {arguments.json}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
