#!/usr/bin/env python3
"""overlay.py SHARED FOLDER: writes the crosswalk that makes what the comparison's MAPPING.md asks for.

The tables are those that the peers read (SHARED/bench/shared/tables.json). Nothing of it belongs to the product: identifiers,
names and levels are decisions of the comparison. Places in status lists are given by the caller, as a registry does.
"""
import json
import os
import sys

shared, folder = sys.argv[1], sys.argv[2]
with open(os.path.join(shared, "bench/shared/tables.json"), encoding="utf-8") as file:
    T = json.load(file)


def table(name, pairs, **more):
    rows = "".join(f"    {json.dumps(k, ensure_ascii=False)}: {json.dumps(v, ensure_ascii=False)}\n" for k, v in pairs)
    head = "".join(f"    {key}: {value}\n" for key, value in more.items())
    return f"  {name}:\n{head}{rows}"


ACTIVITY = {"01": "initial", "02": "recertification", "03": "surveillance", "04": "special", "05": "change"}
tables = "tables:\n" + "".join([
    table("domain", ((k, v["domain"]) for k, v in T["bodies"].items())),
    table("did", ((k, "did:web:" + v["domain"]) for k, v in T["bodies"].items())),
    table("body", ((k, v["name"]) for k, v in T["bodies"].items())),
    table("scheme-zh", ((k, v[0]) for k, v in T["schemes"].items())),
    table("scheme-en", ((k, v[1]) for k, v in T["schemes"].items())),
    table("topic", ((k, "https://vocabulary.uncefact.org/conformity-topic/" + v[2]) for k, v in T["schemes"].items())),
    table("topic-name", ((k, v[3]) for k, v in T["schemes"].items())),
    table("place", ((k, f"{v[1]}, {v[0]}") for k, v in T["divisions"].items())),
    table("standard-id", ((k, v[0]) for k, v in T["standards"].items()), prefix="true"),
    table("standard-name", ((k, v[1]) for k, v in T["standards"].items()), prefix="true"),
    table("mark-id", ((k, v[0]) for k, v in T["marks"].items())),
    table("mark-name", ((k, v[1]) for k, v in T["marks"].items())),
    table("mark-level", ((k, v[2]) for k, v in T["marks"].items())),
    table("activity", ((v, k) for k, v in ACTIVITY.items())),
    table("activity-name", ((v, T["activities"][k]) for k, v in ACTIVITY.items() if k in T["activities"])),
    table("iaf", T["iaf"].items()),
])

domain = "parts: {key.issuer.value: [{codes: domain}]}"
text = f"""# Made by benches/overlay.py for the comparison; not the product's crosswalk.
format: untp-dcc@0.7.0
syntax: json
direction: out
schema: untp-dcc@0.7.0
record-version: certbridge-record/1
constants: {{"dates.zone": "+08:00"}}
{tables}
derived:
  assessment:
    - {{wire: type, const: [ConformityAssessment]}}
    - wire: id
      from: [{{template: [{{as: "https://{{key.issuer.value}}/certificates/{{key.number|pct}}/assessment/{{process[type=audit].activity}}", parts: {{key.issuer.value: [{{codes: domain}}], "process[type=audit].activity": [{{codes: activity}}]}}}}]}}]
    - wire: name
      from: [{{template: [{{as: "{{process[type=audit].activity}} {{process[type=audit].from}}/{{process[type=audit].until}}", parts: {{"process[type=audit].activity": [{{codes: activity-name}}]}}}}]}}]
    - wire: assessmentCriteria
      each: standards
      rules:
        - {{wire: type, const: [Criterion]}}
        - {{wire: id, from: [{{template: [{{as: "{{raw}}:all", parts: {{raw: [{{codes: standard-id}}]}}}}]}}]}}
        - {{wire: name, copy: raw}}
    - {{wire: assessmentDate, copy: "process[type=decision].from"}}
    - {{wire: assessedPerformance, const: []}}
    - wire: assessedFacility
      each: holder
      rules:
        - {{wire: facility.type, const: [Facility]}}
        - {{wire: facility.id, from: [{{template: "https://id.example.cn/uscc/{{id.value}}/site/0"}}]}}
        - wire: facility.name
          from:
            - template:
                - {{as: "{{name{{en}}}}, {{addresses[0].text}}, {{division}}", parts: {{division: [{{codes: place}}]}}}}
                - {{as: "{{name{{zh}}}}, {{addresses[0].text}}, {{division}}", parts: {{division: [{{codes: place}}]}}}}
        - {{wire: facility.registeredId, from: [{{template: "{{id.value}}-0"}}]}}
        - {{wire: idVerifiedByCAB, const: true}}
"""
for number in (1, 2, 3):
    text += f"""    - wire: assessedFacility
      each: "sites[{number - 1}]"
      rules:
        - {{wire: facility.type, const: [Facility]}}
        - {{wire: facility.id, from: [{{template: "https://id.example.cn/uscc/{{holder.id.value}}/site/{number}"}}]}}
        - {{wire: facility.name, from: [{{template: [{{as: "{{name}}, {{address.text}}"}}, {{as: "{{address.text}}"}}]}}]}}
        - {{wire: facility.registeredId, from: [{{template: "{{holder.id.value}}-{number}"}}]}}
        - {{wire: idVerifiedByCAB, const: true}}
"""
text += f"""    - {{wire: assessedOrganisation.type, const: [Party]}}
    - {{wire: assessedOrganisation.id, from: [{{template: "https://id.example.cn/uscc/{{holder.id.value}}"}}]}}
    - {{wire: assessedOrganisation.name, from: [{{template: [{{as: "{{holder.name{{en}}}}"}}, {{as: "{{holder.name{{zh}}}}"}}]}}]}}
    - wire: referenceStandard
      each: standards
      rules:
        - {{wire: type, const: [Standard]}}
        - {{wire: id, derive: {{codes: standard-id, of: raw}}}}
        - {{wire: name, derive: {{codes: standard-name, of: raw}}}}
    - wire: specifiedCondition
      each: sectors
      where: {{list: cnca-scope}}
      rules:
        - {{wire: ., from: [{{template: [{{as: "{{code}} IAF {{code#two}} {{code#name}}", parts: {{"code#two": [{{limit: 2}}], "code#name": [{{limit: 2}}, {{codes: iaf}}]}}}}]}}]}}
    - wire: conformityTopic
      each: scheme
      rules:
        - {{wire: type, const: [ConformityTopic]}}
        - {{wire: id, derive: {{codes: topic, of: item_code}}}}
        - {{wire: name, derive: {{codes: topic-name, of: item_code}}}}
    - wire: conformance
      derive: [{{"status.history[0].status": valid, then: {{const: true}}}}, {{else: {{const: false}}}}]
  assessments:
    - {{wire: ., each: key, rules: [{{wire: ., derive: assessment}}]}}
  accreditation:
    - wire: .
      each: claims.accreditation
      rules:
        - {{wire: name, from: [{{template: [{{as: "Accreditation {{number}} of {{key.issuer.value}}", parts: {{key.issuer.value: [{{codes: body}}]}}}}]}}]}}
        - {{wire: issuingAuthority.type, const: [Party]}}
        - {{wire: issuingAuthority.id, derive: {{codes: mark-id, of: mark}}}}
        - {{wire: issuingAuthority.name, derive: {{codes: mark-name, of: mark}}}}
        - {{wire: issuingAuthority.registeredId, copy: mark}}
        - {{wire: endorsementEvidence.linkURL, from: [{{template: [{{as: "{{mark}}/accreditation/{{number|pct}}", parts: {{mark: [{{codes: mark-id}}]}}}}]}}]}}
        - {{wire: endorsementEvidence.linkName, copy: number}}
        - {{wire: endorsementEvidence.mediaType, const: text/html}}
  also:
    - wire: .
      each: key
      rules:
        - {{wire: type, const: [Party]}}
        - {{wire: id, from: [{{template: "https://id.example.cn/body/{{issuer.value|pct}}"}}]}}
        - {{wire: name, derive: {{codes: body, of: issuer.value}}}}
        - {{wire: registeredId, copy: issuer.value}}

rules:
  - {{wire: type, implied: {{const: [DigitalConformityCredential, VerifiableCredential]}}}}
  - {{wire: "@context", implied: {{const: ["https://www.w3.org/ns/credentials/v2", "https://vocabulary.uncefact.org/untp/0.7.0/context/"]}}}}
  - {{wire: id, implied: {{from: [{{template: [{{as: "https://{{key.issuer.value}}/credentials/{{key.number|pct}}", {domain}}}]}}]}}}}
  - {{wire: issuer.type, implied: {{const: [CredentialIssuer]}}}}
  - {{record: key.issuer.value, wire: issuer.id, steps: [{{codes: did}}], required: both}}
  - {{wire: issuer.name, implied: {{derive: {{codes: body, of: key.issuer.value}}}}}}
  - {{wire: issuer.issuerAlsoKnownAs, implied: {{derive: also}}}}
  - {{record: dates.issued, wire: validFrom, steps: [{{date: [date-time], zone: "+08:00", at: start}}], required: both}}
  - {{record: dates.valid_until, wire: validUntil, steps: [{{date: [date-time], zone: "+08:00", at: end}}], required: both}}
  - {{wire: name, implied: {{from: [{{template: [{{as: "{{scheme.item_code}} {{key.number}}", parts: {{scheme.item_code: [{{codes: scheme-en}}]}}}}]}}]}}}}
  - {{record: $issue.status_entry, wire: credentialStatus, whole: true, required: both}}
  - {{wire: credentialSubject.type, implied: {{const: [ConformityAttestation]}}}}
  - {{wire: credentialSubject.id, implied: {{from: [{{template: [{{as: "https://{{key.issuer.value}}/certificates/{{key.number|pct}}", {domain}}}]}}]}}}}
  - {{wire: credentialSubject.name, implied: {{from: [{{template: [{{as: "{{scheme.item_code}}证书 {{key.number}}", parts: {{scheme.item_code: [{{codes: scheme-zh}}]}}}}]}}]}}}}
  - {{record: "scope.text{{zh}}", wire: credentialSubject.description, required: both}}
  - {{wire: credentialSubject.assessorLevel, implied: {{const: 3rdParty}}}}
  - {{wire: credentialSubject.assessmentLevel, implied: {{from: [{{template: [{{as: "{{claims.accreditation.mark}}", parts: {{claims.accreditation.mark: [{{codes: mark-level}}]}}}}, {{as: scheme-cab}}]}}]}}}}
  - {{wire: credentialSubject.attestationType, implied: {{const: certification}}}}
  - {{wire: credentialSubject.issuedToParty.type, implied: {{const: [Party]}}}}
  - {{wire: credentialSubject.issuedToParty.id, implied: {{from: [{{template: "https://id.example.cn/uscc/{{holder.id.value}}"}}]}}}}
  - {{record: "holder.name{{en}}", wire: credentialSubject.issuedToParty.name, otherwise: {{derive: [{{else: {{path: "holder.name{{zh}}"}}}}]}}}}
  - {{record: holder.id.value, wire: credentialSubject.issuedToParty.registeredId, required: both}}
  - {{record: "holder.name{{zh}}", wire: credentialSubject.issuedToParty.description, required: both}}
  - {{wire: credentialSubject.referenceScheme.type, implied: {{const: [ConformityScheme]}}}}
  - {{wire: credentialSubject.referenceScheme.id, implied: {{from: [{{template: "https://id.example.cn/scheme/{{scheme.item_code}}"}}]}}}}
  - {{record: scheme.item_code, wire: credentialSubject.referenceScheme.name, steps: [{{codes: scheme-en}}], required: both}}
  - {{wire: credentialSubject.referenceProfile.type, implied: {{const: [ConformityProfile]}}}}
  - {{wire: credentialSubject.referenceProfile.id, implied: {{derive: {{codes: standard-id, of: "standards[0].raw"}}}}}}
  - {{wire: credentialSubject.referenceProfile.name, implied: {{derive: {{codes: standard-name, of: "standards[0].raw"}}}}}}
  - each: {{record: issuer.accreditations, wire: credentialSubject.authorisation, key: [name]}}
    otherwise: {{derive: accreditation}}
    rules:
      - {{record: name, wire: name, required: wire}}
      - {{record: body.id.value, wire: issuingAuthority.id, required: wire}}
      - {{record: "body.name{{en}}", wire: issuingAuthority.name, required: wire}}
  - {{wire: credentialSubject.conformityAssessment, implied: {{derive: assessments}}}}
not-carried: ["*"]
"""
os.makedirs(folder, exist_ok=True)
with open(os.path.join(folder, "untp-dcc.yaml"), "w", encoding="utf-8") as file:
    file.write(text)
