"""Encodings of docs/protocol.md, section 2: base58btc, multihash, multikey, canonical JSON, UUID version 7."""

import base64
import hashlib
import json
import os
import time
import uuid

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519

ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def base58(data):
    number, text = int.from_bytes(data, "big"), ""
    while number:
        number, rest = divmod(number, 58)
        text = ALPHABET[rest] + text
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + text


def unbase58(text):
    number = 0
    for letter in text:
        number = number * 58 + ALPHABET.index(letter)
    zeros = len(text) - len(text.lstrip("1"))
    return b"\0" * zeros + number.to_bytes((number.bit_length() + 7) // 8, "big")


def digest(data):
    """A SHA-256 digest as receipts and feeds write it: a multihash in base58btc."""
    return "z" + base58(b"\x12\x20" + hashlib.sha256(data).digest())


def multikey(private):
    raw = private.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return "z" + base58(b"\xed\x01" + raw)


def public_key(text):
    data = unbase58(text[1:])
    if text[0] != "z" or data[:2] != b"\xed\x01" or len(data) != 34:
        raise ValueError(f"{text} is no Ed25519 multikey")
    return ed25519.Ed25519PublicKey.from_public_bytes(data[2:])


def holds(key, signature, data):
    try:
        key.verify(signature, data)
        return True
    except InvalidSignature:
        return False


def unpadded(text):
    """base64url without padding."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def jcs(value):
    """Canonical JSON (RFC 8785). Nothing in this protocol needs a fraction, whose canonical form is the hard part."""
    if isinstance(value, dict):
        members = sorted(value.items(), key=lambda member: member[0].encode("utf-16-be"))
        return b"{" + b",".join(jcs(name) + b":" + jcs(item) for name, item in members) + b"}"
    if isinstance(value, list):
        return b"[" + b",".join(jcs(item) for item in value) + b"]"
    if isinstance(value, float) or (isinstance(value, int) and abs(value) >= 2**53):
        raise ValueError(f"{value} has no canonical form here")
    return json.dumps(value, ensure_ascii=False).encode()


def read_json(data):
    """JSON in which no name stands twice in one object."""

    def unique(pairs):
        names = [name for name, _ in pairs]
        if len(set(names)) != len(names):
            raise ValueError("a name stands twice")
        return dict(pairs)

    return json.loads(data, object_pairs_hook=unique)


def uuid7():
    millis, random = int(time.time() * 1000), int.from_bytes(os.urandom(10), "big")
    value = (millis << 80) | random
    value = value & ~(0xF << 76) | (7 << 76)
    value = value & ~(0x3 << 62) | (0x2 << 62)
    return str(uuid.UUID(int=value))


def made(message_id):
    """When the id was made, in seconds."""
    return (uuid.UUID(message_id).int >> 80) / 1000
