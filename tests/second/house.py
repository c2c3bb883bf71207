"""The real gateway, as its own binary sets it up and serves it, with us in its partner book."""

import json
import os
import subprocess
import time
import tomllib

ID, SAN = "second-registry", "gateway.second.example"
DID, BASE = "did:web:registry.nz.example", "https://registry.nz.example"


class House:
    """A gateway in a folder of its own."""

    def __init__(self, binary, folder):
        self.binary, self.folder, self.process = binary, folder, None
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("CERTBRIDGE_")}
        self.run("init", "--dir", folder / "house", "--id", "cn-registry", "--country", "CN", "--name", "示例注册处",
                 "--partner-address", "127.0.0.1:0", "--public-address", "127.0.0.1:0", config=False)

    def run(self, *words, config=True, code=0):
        words = [str(word) for word in words]
        if config:
            depth = 2 if words[0] in ("partner", "outbox", "notice", "ledger", "snapshot", "bulk") else 1
            words[depth:depth] = ["--config", str(self.folder / "house/certbridge.toml")]
        done = subprocess.run([self.binary, *words], capture_output=True, text=True, env=self.environment, timeout=120)
        if done.returncode != code:
            raise AssertionError(f"{words} ended with {done.returncode}\n{done.stdout}\n{done.stderr}")
        return done.stdout

    def entry(self):
        """What the gateway says of itself to partners."""
        share = self.folder / "house/share"
        with open(share / "cn-registry.toml", "rb") as file:
            return dict(tomllib.load(file), folder=share)

    def knows(self, papers, port):
        """Takes us into its partner book."""
        file = papers.anchor.parent / f"{ID}.toml"
        file.write_text(f"""
id = "{ID}"
name = "Second registry (fictive)"
country = "NZ"
role = "registry"
address = "https://localhost:{port}"
did = "{DID}"
base = "{BASE}"
san = "{SAN}"
anchors = ["{papers.anchor.name}"]
crls = ["{papers.revocations.name}"]
accepts = ["untp-dcc@0.7.0"]
format = "untp-dcc@0.7.0"
bulk_events = true

[[message_keys]]
id = "{papers.message_id}"
multikey = "{papers.message_id}"

[[credential_keys]]
id = "{papers.credential_id}"
multikey = "{papers.credential_id}"

[agreement]
legal_basis = "Arrangement of the test (fictive)"

[[asserts]]
scheme = "register"
value = "NZ-CAB-901"

[subscription]
kinds = ["compulsory-product"]
""")
        self.run("partner", "add", file)

    def serve(self):
        """Serves; gives the port for partners."""
        self.process = subprocess.Popen(
            [self.binary, "serve", "--config", str(self.folder / "house/certbridge.toml")],
            stdout=subprocess.PIPE, stderr=open(self.folder / "serve.log", "ab"), text=True, env=self.environment)
        line = self.process.stdout.readline()
        if not line.startswith("partners"):
            raise AssertionError("the gateway does not serve:\n" + (self.folder / "serve.log").read_text())
        return int(line.rsplit(":", 1)[1])

    def stop(self):
        if self.process:
            self.process.terminate()
            self.process.wait(60)
            self.process = None

    def outbox(self):
        return json.loads(self.run("outbox", "list", "--json", "--partner", ID))["messages"]

    def ledger_size(self):
        return json.loads(self.run("ledger", "verify", "--json"))["size"]


def until(what, holds, seconds=60):
    """Waits until it holds."""
    end = time.monotonic() + seconds
    while not (value := holds()):
        if time.monotonic() > end:
            raise AssertionError(f"in vain waited for: {what}")
        time.sleep(0.1)
    return value
