"""The listener and the client of a small second gateway, over mutual TLS, with what it took kept in SQLite."""

import http.client
import http.server
import json
import socket
import sqlite3
import ssl
import threading
import time

import message
from codec import digest, made, read_json
from papers import proof_holds

KEPT = 90 * 24 * 3600
# Messages with a content of their own, and the formats of their documents.
NOTICES = {
    "query": "certbridge-query@1",
    "answer": "certbridge-answer@1",
    "non-recognition-notice": "certbridge-non-recognition@1",
    "non-conformity-notice": "certbridge-non-conformity@1",
    "correction-request": "certbridge-correction-request@1",
    "correction-outcome": "certbridge-correction-outcome@1",
    "designation-list": "certbridge-designations@1",
    "recognition-rows": "certbridge-recognition-rows@1",
}


def context(papers, partner, purpose):
    """TLS 1.3, our certificate, the partner's CA alone, and its revocation list."""
    tls = ssl.SSLContext(purpose)
    tls.minimum_version = ssl.TLSVersion.TLSv1_3
    tls.load_cert_chain(papers.certificate, papers.key)
    tls.verify_mode = ssl.CERT_REQUIRED
    for name in partner["anchors"] + partner["crls"]:
        tls.load_verify_locations(partner["folder"] / name)
    tls.verify_flags |= ssl.VERIFY_CRL_CHECK_LEAF
    tls.set_alpn_protocols(["http/1.1"])
    return tls


def keys(entries):
    return {entry["id"]: entry["multikey"] for entry in entries}


class Inbox:
    """First answers by (sender, id), and the highest version of each face: section 6."""

    def __init__(self, file):
        self.lock = threading.Lock()
        self.database = sqlite3.connect(file, check_same_thread=False)
        self.database.executescript("""
            PRAGMA synchronous = FULL;
            CREATE TABLE taken (sender, id, digest, answer, PRIMARY KEY (sender, id));
            CREATE TABLE face (sender, subject, face, version, body, PRIMARY KEY (sender, subject, face));
        """)

    def one(self, statement, *values):
        return self.database.execute(statement, values).fetchone()

    def state(self, subject, face):
        row = self.one("SELECT version, body FROM face WHERE subject = ? AND face = ?", subject, face)
        return row and (row[0], read_json(row[1]))

    def subjects(self):
        return [row[0] for row in self.database.execute("SELECT subject FROM face WHERE face = 'certificate'")]


class Recipient:
    """What happens to a message that came in over a connection of the partner."""

    def __init__(self, us, papers, partner, inbox):
        self.us, self.papers, self.partner, self.inbox = us, papers, partner, inbox
        self.taken, self.repeats, self.notices = [], [], {}
        # What the tests have it do wrong, once each.
        self.wrong_key, self.say_nothing = None, False

    def take(self, fields, body, now=None):
        """The status and the body of the answer."""
        received_at = message.now_text()
        try:
            envelope, signature, key_id = message.check(fields, body, keys(self.partner["message_keys"]), now=now)
            if envelope["sender"] != self.partner["id"] or envelope["recipient"] != self.us:
                raise message.Refused("from or for somebody else")
        except (message.Refused, KeyError, ValueError) as error:
            return 400, json.dumps({"title": "The request cannot be read", "status": 400, "detail": str(error)}).encode()
        with self.inbox.lock:
            return self.answer(envelope, signature, key_id, body, received_at, now)

    def answer(self, envelope, signature, key_id, body, received_at, now):
        sender, message_id = envelope["sender"], envelope["message-id"]
        first = self.inbox.one("SELECT digest, answer FROM taken WHERE sender = ? AND id = ?", sender, message_id)
        if first and first[0] == digest(body):
            self.repeats.append(message_id)
            return 200, first[1]
        now = time.time() if now is None else now
        if first or not now - KEPT + message.SKEW < made(message_id) < now + message.SKEW:
            return 400, json.dumps({"title": "The id was used for another body, or is too old", "status": 400}).encode()
        outcome, findings = self.decide(envelope, body)
        if outcome == "too-early":
            return 503, json.dumps({"title": "The certificate is not here yet", "status": 503}).encode()
        said = message.receipt(envelope, digest(body), digest(signature), key_id, outcome, findings, received_at)
        answer = json.dumps(message.sign_document(said, self.papers.message, self.papers.message_id)).encode()
        with self.inbox.database as database:
            database.execute("INSERT INTO taken VALUES (?, ?, ?, ?)", (sender, message_id, digest(body), answer))
            if envelope["message-type"] == "bulk-event" and outcome.startswith("delivered"):
                self.act_on_all(database, sender, read_json(body))
            elif outcome == "delivered" and "face" in envelope:
                database.execute("INSERT OR REPLACE INTO face VALUES (?, ?, ?, ?, ?)", (
                    sender, envelope["subject"], envelope["face"], int(envelope["version"]), body))
        self.taken.append((envelope, outcome))
        return 200, answer

    def members(self, notice):
        """Certificate, version and the version told before, of each that a notice names: section 9."""
        return [(f"{issuer}/{name}", version, previous)
                for issuer, certificates in notice["members"].items() for name, version, previous in certificates]

    def act_on_all(self, database, sender, notice):
        """One act, added to the history of every certificate that is here in a lower version: all or none."""
        for subject, version, _ in self.members(notice):
            if not self.inbox.state(subject, "certificate"):
                continue
            held, document = self.inbox.state(subject, "status") or (0, {"history": []})
            if held < version:
                document = dict(document, version=version, history=document["history"] + [notice["act"]])
                database.execute("INSERT OR REPLACE INTO face VALUES (?, ?, ?, ?, ?)",
                                 (sender, subject, "status", version, json.dumps(document).encode()))

    def decide_on_all(self, body):
        try:
            notice = read_json(body)
            act, members = notice["act"], self.members(notice)
            if notice["type"] != "certbridge-bulk/1" or not (act["id"] and act["status"] and act["from"]):
                raise ValueError
        except (KeyError, TypeError, ValueError):
            return "not-readable", [message.finding("second/bulk", "error", "this is no notice", "不是批量通知")]
        findings = []
        unknown = [subject for subject, _, _ in members if not self.inbox.state(subject, "certificate")]
        if unknown:
            text = f"{len(unknown)} certificates are not here", f"未持有 {len(unknown)} 张证书"
            findings.append(message.finding("second/unknown", "warning", *text))
        return ("delivered-with-warnings" if findings else "delivered"), findings

    def decide(self, envelope, body):
        if envelope["message-type"] == "bulk-event" and envelope["format"] == "certbridge-bulk@1":
            return self.decide_on_all(body)
        if envelope["message-type"] in NOTICES and envelope["format"] == NOTICES[envelope["message-type"]]:
            self.notices[envelope["message-id"]] = envelope, read_json(body)
            return "delivered", []
        if envelope.get("face") not in ("certificate", "status"):
            return "refused", [message.finding("second/type", "error", "this type is not taken", "不接受该类型")]
        held = self.inbox.one("SELECT version FROM face WHERE sender = ? AND subject = ? AND face = ?",
                              envelope["sender"], envelope["subject"], envelope["face"])
        if held and held[0] >= int(envelope["version"]):
            text = f"version {held[0]} is here already", f"已有版本 {held[0]}"
            return "delivered-with-warnings", [message.finding("second/superseded", "warning", *text)]
        try:
            document = read_json(body)
        except ValueError:
            return "not-readable", [message.finding("second/json", "error", "this is no JSON", "不是 JSON")]
        if envelope["face"] == "certificate":
            if not proof_holds(document, self.partner["did"], keys(self.partner["credential_keys"])):
                return "refused", [message.finding("second/proof", "error", "the proof does not hold", "签名无效")]
            return "delivered", []
        key = document["subject"]
        subject = f'{key["issuer"]["scheme"]}:{key["issuer"]["value"]}/{key.get("number")}'
        if subject != envelope["subject"]:
            return "refused", [message.finding("second/subject", "error", "it is about another", "主体不符")]
        known = self.inbox.state(envelope["subject"], "certificate")
        return ("delivered" if known else "too-early"), []


class Handler(http.server.BaseHTTPRequestHandler):
    """`POST /exchange/v1/messages` and nothing else."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_POST(self):
        recipient = self.server.recipient
        presented = [name for kind, name in self.connection.getpeercert()["subjectAltName"] if kind == "DNS"]
        if recipient.partner["san"] not in presented:
            return self.reply(403, b'{"title": "Refused", "status": 403}')
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.path != message.PATH:
            return self.reply(404, b'{"title": "There is nothing at this address", "status": 404}')
        pairs = [(name.lower(), value) for name, value in self.headers.items()]
        if len({name for name, _ in pairs}) != len(pairs):
            return self.reply(400, b'{"title": "A header field stands twice", "status": 400}')
        status, answer = recipient.take(dict(pairs), body)
        if status == 200 and recipient.say_nothing:
            # It is taken and written down; the answer is lost on the way.
            recipient.say_nothing = False
            self.close_connection = True
            return None
        if status == 200 and recipient.wrong_key:
            said = message.check_document(answer, {recipient.papers.message_id: recipient.papers.message_id})
            answer = json.dumps(message.sign_document(said, recipient.wrong_key, recipient.papers.message_id)).encode()
            recipient.wrong_key = None
        return self.reply(status, answer)

    def reply(self, status, body):
        self.send_response(status)
        self.send_header("Content-Type", "application/json" if status == 200 else "application/problem+json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Listener(http.server.ThreadingHTTPServer):
    """Handshakes happen in the thread of their connection."""

    daemon_threads = True

    def __init__(self, recipient, tls):
        super().__init__(("127.0.0.1", 0), Handler)
        self.recipient, self.tls = recipient, tls
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def finish_request(self, request, client_address):
        try:
            with self.tls.wrap_socket(request, server_side=True) as secured:
                super().finish_request(secured, client_address)
        except (ssl.SSLError, OSError):
            pass


class Client(http.client.HTTPSConnection):
    """A connection to the partner's gateway, known by the name that it registered."""

    def __init__(self, port, tls, name):
        super().__init__("127.0.0.1", port, timeout=30)
        self.tls, self.registered = tls, name

    def connect(self):
        plain = socket.create_connection((self.host, self.port), self.timeout)
        self.sock = self.tls.wrap_socket(plain, server_hostname=self.registered)

    def ask(self, method, path, fields=None, body=None):
        self.request(method, path, body=body, headers=fields or {})
        answer = self.getresponse()
        return answer.status, answer.read(), {name.lower(): value for name, value in answer.getheaders()}
