"""Keys, a CA with certificates and a revocation list, and credentials with `eddsa-jcs-2022` proofs."""

import hashlib
from datetime import datetime, timedelta, timezone
from ipaddress import ip_address

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from codec import base58, holds, jcs, multikey, public_key, unbase58


def pem(key):
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                             serialization.NoEncryption())


class Papers:
    """Who we are: written into a folder as `ca.pem`, `crl.pem`, `gateway.pem` and `gateway-key.pem`."""

    def __init__(self, folder, san):
        self.message = ed25519.Ed25519PrivateKey.generate()
        self.credential = ed25519.Ed25519PrivateKey.generate()
        self.message_id, self.credential_id = multikey(self.message), multikey(self.credential)
        self.certificate, self.key = folder / "gateway.pem", folder / "gateway-key.pem"
        self.anchor, self.revocations = folder / "ca.pem", folder / "crl.pem"
        now = datetime.now(timezone.utc)
        ca_key, leaf_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
        ca_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Second implementation CA")])
        ca_id = x509.SubjectKeyIdentifier.from_public_key(ca_key.public_key())

        def certificate(subject, public, days):
            return (x509.CertificateBuilder().subject_name(subject).issuer_name(ca_name).public_key(public)
                    .serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(days=1))
                    .not_valid_after(now + timedelta(days=days)))

        usage = dict(content_commitment=False, key_encipherment=False, data_encipherment=False, key_agreement=False,
                     encipher_only=False, decipher_only=False)
        ca = (certificate(ca_name, ca_key.public_key(), 3650)
              .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
              .add_extension(x509.KeyUsage(digital_signature=False, key_cert_sign=True, crl_sign=True, **usage), True)
              .add_extension(ca_id, critical=False).sign(ca_key, hashes.SHA256()))
        names = [x509.DNSName(san), x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]
        leaf = (certificate(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, san)]), leaf_key.public_key(), 300)
                .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
                .add_extension(x509.KeyUsage(digital_signature=True, key_cert_sign=False, crl_sign=False, **usage), True)
                .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH,
                                                      ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
                .add_extension(x509.SubjectAlternativeName(names), critical=False)
                .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(ca_id), critical=False)
                .sign(ca_key, hashes.SHA256()))
        crl = (x509.CertificateRevocationListBuilder().issuer_name(ca_name).last_update(now - timedelta(hours=1))
               .next_update(now + timedelta(days=7))
               .add_extension(x509.CRLNumber(1), critical=False)
               .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(ca_id), critical=False)
               .sign(ca_key, hashes.SHA256()))
        encoding = serialization.Encoding.PEM
        self.anchor.write_bytes(ca.public_bytes(encoding))
        self.certificate.write_bytes(leaf.public_bytes(encoding))
        self.key.write_bytes(pem(leaf_key))
        self.revocations.write_bytes(crl.public_bytes(encoding))


def hash_data(proof, document):
    return hashlib.sha256(jcs(proof)).digest() + hashlib.sha256(jcs(document)).digest()


def add_proof(document, key, method):
    created = datetime.now(timezone.utc).isoformat(timespec="seconds").replace("+00:00", "Z")
    proof = {"type": "DataIntegrityProof", "cryptosuite": "eddsa-jcs-2022", "created": created,
             "verificationMethod": method, "proofPurpose": "assertionMethod", "@context": document["@context"]}
    return dict(document, proof=dict(proof, proofValue="z" + base58(key.sign(hash_data(proof, document)))))


def proof_holds(credential, did, keys):
    """The proof is by one of the keys that the partner registered, under its DID."""
    unsigned = {name: value for name, value in credential.items() if name != "proof"}
    proof = dict(credential["proof"])
    signature = unbase58(proof.pop("proofValue")[1:])
    method, _, key_id = proof["verificationMethod"].partition("#")
    return (method == did and credential["issuer"]["id"] == did and proof["cryptosuite"] == "eddsa-jcs-2022"
            and key_id in keys and holds(public_key(keys[key_id]), signature, hash_data(proof, unsigned)))
