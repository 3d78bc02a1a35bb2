"""The server under load: a child process, what is prepared in it, its metrics."""

import http.client
import json
import pathlib
import re
import signal
import subprocess
import threading
import urllib.request

BINDING = "protocols/load/bindings/b1"
MAIN_POOL = "main"
SAMPLE = re.compile(r"^([a-zA-Z_:]\w*)(?:\{(.*)\})? (\S+)$")
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


class LoadError(Exception):
    """What keeps a scenario from running at all."""


class Metrics:
    """One scrape: samples by name and labels."""

    def __init__(self, text):
        self.samples = []
        for line in text.splitlines():
            match = SAMPLE.match(line)
            if match:
                name, labels, value = match.groups()
                self.samples.append(
                    (name, dict(LABEL.findall(labels or "")), float(value)))

    def select(self, name, **labels):
        return [(sample_labels, value)
                for sample_name, sample_labels, value in self.samples
                if sample_name == name and labels.items() <= sample_labels.items()]

    def sum(self, name, **labels):
        return sum(value for _, value in self.select(name, **labels))


class Server:
    """netbufd on free ports. Use as a context; leaving it kills what is left."""

    def __init__(self, binary, netbufctl, flags):
        self.netbufctl = netbufctl
        try:
            self.process = subprocess.Popen(
                [binary, "--port=0", "--metrics_port=0", "--log_level=warning",
                 *flags], stdout=subprocess.PIPE, text=True)
        except OSError as error:
            raise LoadError(f"the server cannot be started: {error}") from error
        line = self.process.stdout.readline()
        match = re.match(r"netbufd ready grpc=(\S+) metrics=(\S+)", line)
        if not match:
            self.process.kill()
            self.process.wait()
            raise LoadError(f"the server did not get ready; it said: {line!r}")
        self.address, self.metrics_address = match.groups()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def stop(self):
        """Asks the server to end; its exit code, or None when it would not."""
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            return None

    def ctl(self, *arguments):
        done = subprocess.run(
            [self.netbufctl, "--address", self.address, "--json", *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            check=False)
        if done.returncode != 0:
            raise LoadError(
                f"netbufctl {' '.join(arguments)}: {done.stderr.strip()}")
        return json.loads(done.stdout) if done.stdout.strip() else {}

    def prepare(self, link_speed, pools):
        """An adapter, a protocol bound to it and running, and its pools, which are
        bounded as `pools` says; the main pool is not."""
        speed = ["--link-speed", str(link_speed)] if link_speed else []
        self.ctl("adapter", "create", "a1", "--simulated", *speed)
        self.ctl("protocol", "register", "load", "--lease", "1h")
        self.ctl("binding", "open", "load", "b1", "--adapter", "a1")
        for name, limit in {MAIN_POOL: 0, **pools}.items():
            bound = ["--max-outstanding", str(limit)] if limit else []
            self.ctl("nbl-pool", "create", "load", name, "--data-size", "2048",
                     *bound)
        self.ctl("binding", "restart", BINDING)

    def clean_up(self, pools):
        """Closes what prepare() made; the audit of what was left behind."""
        self.ctl("binding", "close", BINDING)
        for name in [MAIN_POOL, *pools]:
            self.ctl("nbl-pool", "delete",
                     f"protocols/load/netBufferListPools/{name}")
        return self.ctl("protocol", "deregister", "load")

    def metrics(self):
        url = f"http://{self.metrics_address}/metrics"
        try:
            with urllib.request.urlopen(url, timeout=30) as answer:
                return Metrics(answer.read().decode())
        except (OSError, http.client.HTTPException) as error:
            raise LoadError(self._why_no_metrics(error)) from error

    def _why_no_metrics(self, error):
        try:
            # Its port may be closed a moment before it has ended.
            ended = self.process.wait(timeout=2)
        except subprocess.TimeoutExpired:
            return f"the server's metrics cannot be read: {error}"
        return f"the server ended under load, with {ended}"

    def resident_bytes(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"^VmRSS:\s+(\d+) kB", status, re.M).group(1)) * 1024


class MemorySampler:
    """Resident memory of a server, four times a second, while the context lasts."""

    def __init__(self, server):
        self.samples = []
        self._server = server
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def _run(self):
        while not self._stop.is_set():
            try:
                self.samples.append(self._server.resident_bytes())
            except (OSError, AttributeError):
                return  # The server has ended; the run will say so.
            self._stop.wait(0.25)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()
