#!/usr/bin/env python3
"""A second implementation of docs/protocol.md, exchanging both ways with the real gateway over mutual TLS.

    exchange.py BINARY PAGE

Prints a line for everything that it shows, and ends with 0 only if all of it held. Python 3.11 and `cryptography`.
"""

import csv
import gzip
import io
import json
import re
import ssl
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import quote

import gateway
import house
import message
from codec import digest, holds, jcs, public_key, read_json, unpadded, uuid7
from house import until
from papers import Papers, add_proof, proof_holds


def say(line):
    print("ok:", line, flush=True)


def same(found, wanted):
    if found != wanted:
        raise AssertionError(f"{found!r} is not {wanted!r}")


class Sender:
    """Sends our own certificates to the gateway."""

    def __init__(self, papers, partner, port):
        self.papers, self.partner = papers, partner
        self.keys = gateway.keys(partner["message_keys"])
        self.tls = gateway.context(papers, partner, ssl.PROTOCOL_TLS_CLIENT)
        self.client = gateway.Client(port, self.tls, partner["san"])

    def envelope(self, kind, subject, version, **more):
        face = "certificate" if kind == "certificate-upsert" else "status"
        form = {"certificate": ("untp-dcc@0.7.0", "application/vc"), "status": ("certbridge-status@1", "application/json")}
        return {"message-id": uuid7(), "message-type": kind, "sender": house.ID, "recipient": self.partner["id"],
                "subject": subject, "face": face, "version": str(version), "format": form[face][0],
                "content-type": form[face][1], **more}

    def send(self, envelope, body, **how):
        """Sends; gives the status, the bytes of the answer, and the digest of the signature."""
        fields = message.seal(envelope, body, how.pop("key", self.papers.message), self.papers.message_id,
                              how.pop("created", None))
        fields.update(how.pop("fields", {}))
        status, answer, _ = self.client.ask("POST", message.PATH, fields, how.pop("sent", body))
        return status, answer, digest(message.base64.b64decode(fields["signature"].split(":")[1]))

    def delivered(self, envelope, body):
        """Sends and checks the receipt."""
        status, answer, signature = self.send(envelope, body)
        same((status, answer if status != 200 else b""), (200, b""))
        return message.check_receipt(answer, self.keys, envelope, digest(body), [signature]), answer, signature


def certificate(binary_house, papers):
    """A certificate of our own body, with our proof; its subject and its number."""
    lines = binary_house.run("sample", "--format", "untp-dcc@0.7.0", "--count", "1", config=False).splitlines()
    document = json.loads(lines[0])
    *_, scheme, body, number = document["credentialSubject"]["id"].split("/")
    signed = add_proof(document, papers.credential, f"{house.DID}#{papers.credential_id}")
    return json.dumps(signed).encode(), f"{scheme}:{body}/{quote(number)}", body, number


def receives(cn, recipient):
    """Certificates and a status come to us, and our receipts are believed, the last of all."""
    cn.run("sample", "--format", "cnca-ccc@1", "--count", "6", "-o", cn.folder / "ccc.json", config=False)
    recipient.say_nothing, recipient.wrong_key = True, gateway_key()
    cn.run("import", "--format", "cnca-ccc@1", cn.folder / "ccc.json")
    until("six certificates", lambda: len(recipient.inbox.subjects()) == 6)
    until("receipts that are believed", lambda: all(entry["state"] in ("delivered", "superseded")
                                                    for entry in cn.outbox()))
    say(f"six certificates came, each signed, with a proof that holds, and {len(recipient.taken)} receipts were believed")
    if len(recipient.repeats) < 2:
        raise AssertionError(f"{recipient.repeats}: a lost receipt and one of a wrong key must be asked for again")
    say("a lost receipt and a receipt by a wrong key were asked for again, under the same id, and the first answer stood")

    rows = json.loads((cn.folder / "ccc.json").read_text())
    number = next(row["证书编号"] for row in rows if row["证书状态"] == "有效")
    subject = next(subject for subject in recipient.inbox.subjects() if subject.endswith("/" + number))
    before = recipient.inbox.state(subject, "status")
    cn.run("status", "--number", number, "--set", "suspended", "--from", "2026-01-10", "--reason", "sanction")

    def suspended():
        state = recipient.inbox.state(subject, "status")
        return state and state[1]["history"] and state[1]["history"][-1]["status"] == "suspended" and state

    version, document = until("the suspension", suspended)
    if before and before[0] >= version:
        raise AssertionError("a new status has a higher version")
    same(document["subject"]["number"], number)
    until("its receipt", lambda: all(entry["state"] in ("delivered", "superseded") for entry in cn.outbox()))
    say("a suspension came as a whole status history, and its receipt was believed")
    same([outcome for _, outcome in recipient.taken if outcome not in ("delivered", "delivered-with-warnings")], [])


def bulk_out(cn, recipient):
    """One act on many of the gateway's certificates comes as one notice, and is acted on as a whole."""
    until("receipts of all before", lambda: all(entry["state"] in ("delivered", "superseded") for entry in cn.outbox()))
    subjects = recipient.inbox.subjects()
    bodies = sorted({subject.split("/")[0] for subject in subjects})
    words = ["--set", "cancelled", "--from", "2026-03-01", "--basis", "Announcement of the test (fictive)"]
    preview = json.loads(cn.run("bulk", "apply", *words, "--body", bodies[0], "--dry-run", "--json"))
    done = json.loads(cn.run("bulk", "apply", *words, "--body", bodies[0], "--json"))
    same((done["members"], done["event"], done["notices"]), (preview["members"], preview["event"], 1))
    until("the notice", lambda: [taken for taken in recipient.taken if taken[0]["message-type"] == "bulk-event"])
    until("its receipt", lambda: all(entry["state"] in ("delivered", "superseded") for entry in cn.outbox()))
    cancelled = [subject for subject in subjects
                 if (state := recipient.inbox.state(subject, "status")) and state[1]["history"][-1]["status"] == "cancelled"
                 and state[1]["history"][-1]["id"] == done["event"]]
    same(len(cancelled), done["members"])
    members = json.loads(cn.run("bulk", "show", done["event"], "--members", "--json"))["certificates"]
    same(sorted(member["subject"] for member in members), sorted(cancelled))
    for member in members:
        same(recipient.inbox.state(member["subject"], "status")[0], member["version"])
    same(json.loads(cn.run("bulk", "apply", *words, "--body", bodies[0], "--json"))["before"], True)
    say(f"one notice cancelled {len(cancelled)} certificates at once, and each has the version that the gateway gave it")


def bulk_in(cn, papers, sender):
    """One notice of ours suspends our certificates at the gateway."""
    body, subject, issuer, number = certificate(cn, papers)
    notice = {"type": "certbridge-bulk/1", "event": "act-of-ours", "part": 1, "of": 1,
              "act": {"id": "act-of-ours", "status": "withdrawn", "from": "2026-03-01", "reason": {"class": "sanction"}},
              "members": {subject.split("/")[0]: [[subject.split("/", 1)[1], 7, 2], ["never-sent", 1, None]]}}
    envelope = {"message-id": uuid7(), "message-type": "bulk-event", "sender": house.ID, "recipient": "cn-registry",
                "format": "certbridge-bulk@1", "content-type": "application/json"}
    said, _, _ = sender.delivered(envelope, json.dumps(notice).encode())
    same((said["outcome"], [finding["code"] for finding in said["findings"]]),
         ("delivered-with-warnings", ["exchange/bulk-unknown"]))
    same("withdrawn" in cn.run("verify", "--number", number, code=1), True)
    foreign = dict(notice, members=dict(notice["members"], **{"register:NZ-CAB-999": [["1", 1, None]]}))
    said, _, _ = sender.delivered(dict(envelope, **{"message-id": uuid7()}), json.dumps(foreign).encode())
    same((said["outcome"], said["findings"][0]["code"]), ("refused", "exchange/not-yours-to-assert"))
    say("a notice of ours took effect at the gateway as a whole, and one that names a certificate of others changed nothing")


def gateway_key():
    from cryptography.hazmat.primitives.asymmetric import ed25519
    return ed25519.Ed25519PrivateKey.generate()


def refuses(cn, recipient):
    """What our own recipient does with messages that are not right, sealed with the gateway's own key."""
    from cryptography.hazmat.primitives.serialization import load_pem_private_key
    key = load_pem_private_key((cn.folder / "house/keys/message.pem").read_bytes(), None)
    key_id = recipient.partner["message_keys"][0]["id"]
    envelope, _ = next(taken for taken in recipient.taken if taken[0]["face"] == "status")
    version, document = recipient.inbox.state(envelope["subject"], "status")
    body = json.dumps(document).encode()
    lower = dict(envelope, **{"message-id": uuid7(), "version": str(version), "content-type": "application/json"})
    lower.pop("previous-version", None)
    fields = message.seal(lower, body, key, key_id)
    status, answer = recipient.take(fields, body)
    same((status, json.loads(answer)["outcome"]), (200, "delivered-with-warnings"))
    same(recipient.take(message.seal(lower, body, key, key_id), body), (200, answer))
    other = body + b" "
    same(recipient.take(message.seal(lower, other, key, key_id), other)[0], 400)
    same(recipient.take(fields, other)[0], 400)
    same(recipient.take(message.seal(lower, body, gateway_key(), key_id), body)[0], 400)
    same(recipient.take(fields, body, now=time.time() + 400)[0], 400)
    same(recipient.take(dict(fields, **{"certbridge-version": "999"}), body)[0], 400)
    same(recipient.take(dict(fields, **{"certbridge-more": "1"}), body)[0], 400)
    say("our side answers a duplicate with the first receipt and refuses a lower version, another body under the same id, "
        "a wrong digest, a wrong signature, an old one, and a field that is not covered")


def sends(cn, papers, sender):
    """Our certificate and its status go to the gateway, and its receipts are checked."""
    body, subject, issuer, number = certificate(cn, papers)
    status_of = {"type": "certbridge-status/1", "version": 1, "history": [],
                 "subject": {"form": "number", "issuer": {"scheme": "register", "value": issuer}, "number": number}}

    early = sender.envelope("status-change", subject, 1)
    status, answer, _ = sender.send(early, json.dumps(status_of).encode())
    same(status, 503)
    say("a status before its certificate is told to come again (503)")

    first = sender.envelope("certificate-upsert", subject, 2)
    said, receipt, signature = sender.delivered(first, body)
    same(said["outcome"], "delivered")
    same(len(bytes.fromhex(said["leafHash"])), 32)
    cn.run("verify", "--number", number)
    say("our certificate was delivered, its receipt is signed by the gateway, and the gateway answers for it")

    size = cn.ledger_size()
    status, again, _ = sender.send(first, body)
    same((status, again), (200, receipt))
    same(cn.ledger_size(), size)
    message.check_receipt(again, sender.keys, first, digest(body), [signature])
    say("the same message again was answered with the first receipt, byte for byte, and nothing was written")

    suspended = dict(status_of, version=2, history=[
        {"id": "act-1", "status": "suspended", "from": "2026-02-01", "reason": {"class": "sanction"}}])
    change = sender.envelope("status-change", subject, 2)
    said, _, _ = sender.delivered(change, json.dumps(suspended).encode())
    same(said["outcome"] in ("delivered", "delivered-with-warnings"), True)
    asked = cn.run("verify", "--number", number, code=1)
    same("suspended" in asked, True)
    say("our suspension was delivered, and the gateway answers that the certificate is suspended")

    lower = sender.envelope("status-change", subject, 1)
    said, _, _ = sender.delivered(lower, json.dumps(status_of).encode())
    same((said["outcome"], said["findings"][0]["code"]), ("delivered-with-warnings", "exchange/version-superseded"))
    cn.run("verify", "--number", number, code=1)
    say("a lower version changed nothing, and its receipt says so")

    def refused(code, envelope, body, **how):
        status, answer, _ = sender.send(envelope, body, **how)
        same((status, [finding["code"] for finding in json.loads(answer)["findings"]]), (400, [code]))

    size = cn.ledger_size()
    fresh = sender.envelope("certificate-upsert", subject, 3)
    refused("message/id-reused", first, body + b" ")
    refused("message/digest-mismatch", fresh, body, sent=body + b" ")
    refused("crypto/signature-invalid", fresh, body, key=gateway_key())
    refused("crypto/signature-invalid", fresh, body, fields={"certbridge-version": "9"})
    refused("message/signature-too-old", fresh, body, created=int(time.time()) - 600)
    refused("message/signature-from-the-future", fresh, body, created=int(time.time()) + 600)
    refused("message/wrong-recipient", dict(fresh, recipient="au-registry"), body)
    refused("message/header-unknown", dict(fresh, more="1"), body)
    same(cn.ledger_size(), size)
    say("another body under the same id, a wrong digest, a wrong signature, a changed field, an old signature, one from the "
        "future, another recipient and an unknown field were refused without a receipt")

    foreign = sender.envelope("certificate-upsert", "register:NZ-CAB-999/1", 1)
    said, _, _ = sender.delivered(foreign, body)
    same((said["outcome"], said["findings"][0]["code"]), ("refused", "exchange/not-yours-to-assert"))
    unsigned = {name: value for name, value in json.loads(body).items() if name != "proof"}
    without = sender.envelope("certificate-upsert", subject, 3)
    said, _, _ = sender.delivered(without, json.dumps(unsigned).encode())
    same(said["outcome"], "refused")
    broken = sender.envelope("certificate-upsert", subject, 3)
    said, _, _ = sender.delivered(broken, b"{")
    same(said["outcome"], "not-readable")
    mended = sender.envelope("certificate-upsert", subject, 3, replaces=broken["message-id"])
    said, _, _ = sender.delivered(mended, body)
    same(said["outcome"] in ("delivered", "delivered-with-warnings"), True)
    say("another body's certificate and one without a proof got a receipt that refuses, one that cannot be read says so, "
        "and the mended one that replaces it was delivered")
    return subject


def notices(cn, recipient, sender, mine):
    """What is said of certificates beside sending them, both ways."""
    def template(kind):
        return json.loads(cn.run("notice", "template", kind, config=False))

    def tell(kind, document, subject=None, **more):
        envelope = {"message-id": uuid7(), "message-type": kind, "sender": house.ID, "recipient": "cn-registry",
                    "format": gateway.NOTICES[kind], "content-type": "application/json", **more}
        if subject:
            scheme, rest = subject.split(":", 1)
            body, number = rest.split("/", 1)
            envelope["subject"] = subject
            key = {"form": "number", "issuer": {"scheme": scheme, "value": body}, "number": number}
            document = dict(document, type=envelope["format"].replace("@", "/"), subject=key)
        said, _, _ = sender.delivered(envelope, json.dumps(document).encode())
        same(said["outcome"], "delivered")
        return envelope["message-id"]

    def answer_to(message_id):
        return next((taken for taken in list(recipient.notices.values()) if taken[0].get("answers") == message_id), None)

    ours = next(subject for subject in recipient.inbox.subjects() if subject.startswith("cnca-"))
    found = tell("non-conformity-notice", template("non-conformity-notice"), ours)
    unrecognised = tell("non-recognition-notice", template("non-recognition-notice"), ours)
    listed = json.loads(cn.run("notice", "list", "--open", "--json"))["notices"]
    same([(line["id"], line["subject"]) for line in listed], [(found, ours), (unrecognised, ours)])
    cn.run("notice", "done", found, "--note", "passed on to the body")
    say("our notices of non-conformity and non-recognition were delivered, and stand in the gateway's list of open ones")

    wrong = tell("correction-request", template("correction-request"), ours)
    cn.run("notice", "answer", wrong, "--outcome", "no-error-found", "--text-en", "The register agrees with the body")
    envelope, outcome = until("the outcome", lambda: answer_to(wrong))
    same((envelope["message-type"], envelope["subject"], outcome["outcome"]), ("correction-outcome", ours, "no-error-found"))
    say("our request for correction was answered by a message of its own")

    question = template("query")
    question["requestId"] = "second-1"
    question["goodsItem"][0]["additionalDocument"] = [{"id": ours.rsplit("/", 1)[1]}]
    asked = tell("query", question)
    envelope, answer = until("the answer", lambda: answer_to(asked))
    same((envelope["message-type"], answer["requestId"]), ("answer", "second-1"))
    signature = answer.pop("signature")
    key_id = signature["keyId"].removeprefix(recipient.partner["did"] + "#")
    key = public_key(gateway.keys(recipient.partner["credential_keys"])[key_id])
    same(holds(key, unpadded(signature["value"]), jcs(answer)), True)
    say("our question was answered, and the answer's own signature holds")

    request = cn.folder / "request.json"
    request.write_text(json.dumps(template("correction-request")))
    told = json.loads(cn.run("notice", "send", "--to", house.ID, "--type", "correction-request", "--number",
                             mine.rsplit("/", 1)[1], "--json", request))["id"]
    until("the gateway's request", lambda: told in recipient.notices)
    tell("correction-outcome", {"outcome": "declined", "decided_on": "2026-11-20", "text": {"en": "It is right"}}, mine,
         answers=told)
    shown = json.loads(cn.run("notice", "show", told, "--json"))
    same(len(shown["answered_by"]), 1)
    say("the gateway's request came to us, and our outcome was taken as the answer to it")


class Puller:
    """Asks for changes, and believes an answer only with its signature."""

    path = "/exchange/v1/changes"

    def __init__(self, sender):
        self.client, self.keys = sender.client, sender.keys

    def ask(self, query, status=200):
        found, body, fields = self.client.ask("GET", f"{self.path}?{query}")
        same((found, body if found != status else b""), (status, b""))
        if status == 200:
            message.check_answer(found, self.path, query, fields, body, self.keys)
        return fields, body

    def all(self, after, limit):
        """Every change from a cursor on, and the cursor at the end."""
        changes = []
        while True:
            _, body = self.ask(f"after={after}&limit={limit}")
            page = read_json(body)
            same((page["feed"], page["sender"], page["recipient"], page["after"]),
                 ("certbridge-changes/1", "cn-registry", house.ID, after))
            changes += page["changes"]
            if page["next"] < after or (page["more"] and page["next"] == after):
                raise AssertionError("the cursor does not go on")
            after = page["next"]
            if not page["more"]:
                return changes, after


def faces(rows):
    """The highest version of each face, with its document."""
    held = {}
    for row in rows:
        key = row["subject"], row["face"]
        if key not in held or held[key][0] < row["version"]:
            held[key] = row["version"], row["document"]
    return held


def pulls(cn, recipient, sender):
    """The same certificates by asking: the change feed in pages, as CSV, and a snapshot to begin with."""
    puller = Puller(sender)
    changes, cursor = puller.all(0, 2)
    whole, end = puller.all(0, 500)
    # A credential is signed afresh for each page.
    bare = [[dict(row, document={**row["document"], "proof": None}) for row in rows] for rows in (changes, whole)]
    same((bare[0] == bare[1], cursor), (True, end))
    same([row["index"] for row in changes], sorted(row["index"] for row in changes))
    pulled = faces(changes)
    pushed = {(subject, face): recipient.inbox.state(subject, face) for subject in recipient.inbox.subjects()
              for face in ("certificate", "status") if recipient.inbox.state(subject, face)}
    same(sorted(pulled), sorted(pushed))
    for key, (version, document) in pulled.items():
        same(version, pushed[key][0])
        if key[1] == "certificate":
            same(proof_holds(document, recipient.partner["did"], gateway.keys(recipient.partner["credential_keys"])), True)
        else:
            same(document, pushed[key][1])
    say(f"the change feed, page by page and each page signed, told the same {len(pulled)} faces that were sent to us")

    fields, body = puller.ask("after=0&form=csv")
    lines = list(csv.DictReader(io.StringIO(body.decode())))
    same([(int(line["index"]), line["face"], int(line["version"])) for line in lines],
         [(row["index"], row["face"], row["version"]) for row in changes])
    same(int(fields["certbridge-cursor"]), cursor)
    say("the same changes as CSV, with the cursor in a header field")

    folder = cn.folder / "snapshot"
    cn.run("snapshot", "export", "--partner", house.ID, folder)
    manifest = message.check_document((folder / "manifest.json").read_bytes(), sender.keys)
    same((manifest["snapshot"], manifest["sender"], manifest["recipient"]),
         ("certbridge-snapshot/1", "cn-registry", house.ID))
    rows = []
    for part in manifest["parts"]:
        data = (folder / part["file"]).read_bytes()
        same(digest(data), part["digest"])
        read = [read_json(line) for line in gzip.decompress(data).splitlines()]
        same(len(read), part["rows"])
        rows += read
    same({key: version for key, (version, _) in faces(rows).items()},
         {key: version for key, (version, _) in pulled.items()})
    number = next(row["subject"].rsplit("/", 1)[1] for row in rows if (row["subject"], "status") not in pulled)
    cn.run("status", "--number", number, "--set", "suspended", "--from", "2026-01-11")
    news, _ = puller.all(manifest["cursor"], 100)
    same([(row["face"], row["document"]["history"][-1]["status"]) for row in news], [("status", "suspended")])
    say("a snapshot, its manifest signed, held the same, and the feed from its cursor on told what came after it")

    status, body, _ = sender.client.ask("GET", "/exchange/v1/link")
    link = read_json(body)
    same((status, link["house"], link["partner"], link["accepts"], link["format"]),
         (200, "cn-registry", house.ID, ["untp-dcc@0.7.0"], "untp-dcc@0.7.0"))
    same((link["messageKeys"], link["ownMessageKey"] in sender.keys), ([sender.papers.message_id], True))
    say("the gateway describes the link as it was agreed on")

    puller.ask("after=1000000", 400)
    puller.ask("after=x", 400)
    say("a cursor that is none is refused")


def strangers(papers, sender, folder):
    """A certificate of a CA that the gateway does not know does not get past the handshake."""
    (folder / "stranger").mkdir()
    stranger = Papers(folder / "stranger", house.SAN)
    tls = gateway.context(stranger, sender.partner, ssl.PROTOCOL_TLS_CLIENT)
    client = gateway.Client(sender.client.port, tls, sender.partner["san"])
    try:
        client.ask("GET", "/health")
    except (ssl.SSLError, ConnectionError):
        say("a stranger's certificate is turned away in the handshake")
    else:
        raise AssertionError("a stranger was let in")


def examples(page):
    """The worked examples of the page."""
    blocks = re.findall(r"\n```(\w+)\n(.*?)\n```", page.read_text(), re.S)

    def block(language, begins):
        return next(text for name, text in blocks if name == language and text.startswith(begins))

    head, body = block("http", "POST ").split("\n\n")
    fields = dict(line.split(": ", 1) for line in head.splitlines()[1:])
    parameters = fields["signature-input"].split("=", 1)[1]
    names = re.findall(r'"([^"]+)"', parameters.split(")")[0])
    base = message.signature_base("POST", message.PATH, None, fields, names, parameters).decode()
    same(base, block("text", '"@method": POST'))
    key_id, created = re.search(r'created=(\d+);keyid="([^"]+)"', parameters).group(2, 1)
    envelope, signature, _ = message.check(fields, body.encode(), {key_id: key_id}, now=int(created))
    answer = block("json", '{\n  "receipt": "certbridge-receipt/1"').encode()
    recipient = json.loads(answer)["signature"]["keyId"]
    message.check_receipt(answer, {recipient: recipient}, envelope, digest(body.encode()), [digest(signature)])
    say("the worked examples of the page hold")


def main(binary, page):
    examples(Path(page))
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        papers = Papers(folder, house.SAN)
        cn = house.House(binary, folder)
        partner = cn.entry()
        recipient = gateway.Recipient(house.ID, papers, partner, gateway.Inbox(folder / "second.db"))
        listener = gateway.Listener(recipient, gateway.context(papers, partner, ssl.PROTOCOL_TLS_SERVER))
        cn.knows(papers, listener.server_address[1])
        port = cn.serve()
        try:
            receives(cn, recipient)
            refuses(cn, recipient)
            sender = Sender(papers, partner, port)
            mine = sends(cn, papers, sender)
            notices(cn, recipient, sender, mine)
            pulls(cn, recipient, sender)
            bulk_out(cn, recipient)
            bulk_in(cn, papers, sender)
            strangers(papers, sender, folder)
        except BaseException:
            print((folder / "serve.log").read_text()[-6000:], file=sys.stderr)
            raise
        finally:
            cn.stop()
        report = json.loads(cn.run("ledger", "verify", "--json"))
        same(report["sound"], True)
        say("the gateway's ledger replays and is sound")


if __name__ == "__main__":
    main(*sys.argv[1:])
