"""Messages and receipts of docs/protocol.md, sections 3 to 6: built and checked, with no sockets."""

import base64
import hashlib
import re
import time
from datetime import datetime, timezone

from codec import holds, jcs, public_key, read_json, unpadded

SKEW = 300
PATH = "/exchange/v1/messages"
KNOWN = [
    "message-id", "message-type", "sender", "recipient", "subject", "face", "version", "previous-version", "format",
    "replaces", "answers",
]


class Refused(Exception):
    """The message or receipt is not believed."""


def b64(data):
    return base64.b64encode(data).decode()


def covered_names(fields, query=None):
    own = [name for name in fields if name.startswith("certbridge-") or name in ("content-type", "content-digest")]
    return ["@method", "@path"] + (["@query"] if query is not None else []) + own


def signature_base(method, path, query, fields, names, parameters):
    derived = {"@method": method, "@path": path or "/", "@query": "?" + (query or "")}
    lines = [f'"{name}": {derived[name] if name.startswith("@") else fields[name]}' for name in names]
    return "\n".join(lines + [f'"@signature-params": {parameters}']).encode()


def content_digest(body):
    return f"sha-256=:{b64(hashlib.sha256(body).digest())}:"


def seal(envelope, body, key, key_id, created=None, method="POST", path=PATH):
    """The header fields of a message: envelope, content type, digest, signature."""
    fields = {f"certbridge-{name}": value for name, value in envelope.items() if name != "content-type"}
    fields["content-type"] = envelope["content-type"]
    fields["content-digest"] = content_digest(body)
    names = covered_names(fields)
    items = " ".join(f'"{name}"' for name in names)
    created = int(time.time()) if created is None else created
    parameters = f'({items});created={created};keyid="{key_id}";alg="ed25519";tag="certbridge"'
    signature = key.sign(signature_base(method, path, None, fields, names, parameters))
    fields["signature-input"] = f"second={parameters}"
    fields["signature"] = f"second=:{b64(signature)}:"
    return fields


def check(fields, body, keys, method="POST", path=PATH, query=None, now=None):
    """Checks digest and signature against the sender's keys; gives envelope and signature."""
    if "content-encoding" in fields:
        raise Refused("content-encoded")
    match = re.fullmatch(r'([a-z*][a-z0-9_.*-]*)=(\(((?:"[^"]+" ?)*)\)((?:;[a-z]+=(?:-?\d+|"[^"]*"))*))',
                         fields.get("signature-input", ""))
    signature = re.fullmatch(r"([a-z*][a-z0-9_.*-]*)=:([A-Za-z0-9+/=]*):", fields.get("signature", ""))
    if not match or not signature or match[1] != signature[1]:
        raise Refused("there is no signature that can be read")
    names = re.findall(r'"([^"]+)"', match[3])
    parameters = {name: value.strip('"') for name, value in re.findall(r";([a-z]+)=([^;]+)", match[4])}
    wanted = covered_names(fields, query)
    if sorted(names) != sorted(wanted):
        raise Refused(f"the signature covers {names}, not {wanted}")
    if parameters.get("tag") != "certbridge" or parameters.get("alg") != "ed25519":
        raise Refused("another tag or algorithm")
    now = time.time() if now is None else now
    if abs(now - int(parameters["created"])) > SKEW:
        raise Refused("the signature is too old, or from the future")
    if parameters["keyid"] not in keys:
        raise Refused("the key is not known")
    raw = base64.b64decode(signature[2], validate=True)
    base = signature_base(method, path, query, fields, names, match[2])
    if not holds(public_key(keys[parameters["keyid"]]), raw, base):
        raise Refused("the signature does not fit")
    if f"sha-256=:{b64(hashlib.sha256(body).digest())}:" not in re.split(r", *", fields["content-digest"]):
        raise Refused("the digest does not fit the body")
    envelope = {name.removeprefix("certbridge-"): value for name, value in fields.items()
                if name.startswith("certbridge-")}
    if unknown := set(envelope) - set(KNOWN):
        raise Refused(f"unknown fields {unknown}")
    return envelope, raw, parameters["keyid"]


def check_answer(status, path, query, fields, body, keys):
    """Checks the signature of an answer that is no receipt: a page of the change feed."""
    match = re.fullmatch(r'[a-z]+=(\(((?:"[^"]+"(?:;req)? ?)*)\)((?:;[a-z]+=(?:-?\d+|"[^"]*"))*))', fields["signature-input"])
    items = re.findall(r'"[^"]+"(?:;req)?', match[2])
    parameters = {name: value.strip('"') for name, value in re.findall(r";([a-z]+)=([^;]+)", match[3])}
    own = [f'"{name}"' for name in fields if name.startswith("certbridge-") or name in ("content-type", "content-digest")]
    wanted = ['"@status"', '"@path";req'] + (['"@query";req'] if query is not None else []) + own
    if sorted(items) != sorted(wanted) or parameters["tag"] != "certbridge":
        raise Refused(f"the signature covers {items}, not {wanted}")
    values = {'"@status"': str(status), '"@path";req': path, '"@query";req': f"?{query}"}
    lines = [f"{item}: {values[item] if item in values else fields[item.strip(chr(34))]}" for item in items]
    base = "\n".join(lines + [f'"@signature-params": {match[1]}']).encode()
    raw = base64.b64decode(fields["signature"].split(":")[1], validate=True)
    if abs(time.time() - int(parameters["created"])) > SKEW:
        raise Refused("the signature is too old, or from the future")
    if not holds(public_key(keys[parameters["keyid"]]), raw, base):
        raise Refused("the signature does not fit")
    if fields["content-digest"] != content_digest(body):
        raise Refused("the digest does not fit the body")


def now_text():
    return datetime.now(timezone.utc).isoformat(timespec="microseconds").replace("+00:00", "Z")


def receipt(envelope, body_digest, signature_digest, key_id, outcome, findings, received_at):
    document = {
        "receipt": "certbridge-receipt/1",
        "messageId": envelope["message-id"],
        "messageType": envelope["message-type"],
        "sender": envelope["sender"],
        "recipient": envelope["recipient"],
        "format": envelope["format"],
        "outcome": outcome,
        "payloadDigest": body_digest,
        "requestSignature": signature_digest,
        "requestKeyId": key_id,
        "receivedAt": received_at,
        "decidedAt": now_text(),
    }
    for name in ("subject", "face"):
        if name in envelope:
            document[name] = envelope[name]
    if "version" in envelope:
        document["version"] = int(envelope["version"])
    if findings:
        document["findings"] = findings
    return document


def finding(code, severity, en, zh):
    return {"code": code, "severity": severity, "place": {"text": "whole"}, "message": {"zh": zh, "en": en}}


def sign_document(document, key, key_id):
    """A receipt or another document that carries its signature in itself."""
    document = dict(document, signature={"keyId": key_id, "algorithm": "ed25519"})
    value = base64.urlsafe_b64encode(key.sign(jcs(document))).decode().rstrip("=")
    document["signature"]["value"] = value
    return document


def check_document(data, keys):
    """Checks the signature of a receipt or another signed document; gives what it says."""
    document = read_json(data)
    said = {name: value for name, value in document.items() if name not in ("signature", "ledger")}
    signature = document["signature"]
    if set(signature) != {"keyId", "algorithm", "value"} or signature["algorithm"] != "ed25519":
        raise Refused("no signature of this protocol")
    if signature["keyId"] not in keys:
        raise Refused("the key is not known")
    covered = dict(said, signature={"keyId": signature["keyId"], "algorithm": "ed25519"})
    if not holds(public_key(keys[signature["keyId"]]), unpadded(signature["value"]), jcs(covered)):
        raise Refused("the signature does not fit")
    return said


def check_receipt(data, keys, envelope, body_digest, signature_digests):
    """Checks that it is the recipient's receipt for what was sent."""
    said = check_document(data, keys)
    wanted = {
        "receipt": "certbridge-receipt/1", "messageId": envelope["message-id"], "messageType": envelope["message-type"],
        "sender": envelope["sender"], "recipient": envelope["recipient"], "format": envelope["format"],
        "payloadDigest": body_digest,
    }
    for name in ("subject", "face", "version"):
        wanted[name] = int(envelope[name]) if name == "version" and name in envelope else envelope.get(name)
    for name, value in wanted.items():
        if said.get(name) != value:
            raise Refused(f"{name} is {said.get(name)!r}, not {value!r}")
    if said["requestSignature"] not in signature_digests or said["decidedAt"] < said["receivedAt"]:
        raise Refused("it answers another request")
    return said
