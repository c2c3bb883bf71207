//! The envelope: what a message is about, from whom, to whom, in which format; as `certbridge-*` header fields.

use std::fmt;
use std::str::FromStr;

use super::error::MessageError;
use super::fields::Fields;
use super::kind::{Face, MessageType};
use super::percent::{decode, encode};
use super::repeat::MessageId;
use crate::record::SubjectKey;

/// Which version of which face a message carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FaceVersion {
    /// The face.
    pub face: Face,
    /// Its version, from 1.
    pub version: u64,
    /// The version that this partner was sent last; none if it was never sent one.
    pub previous: Option<u64>,
}

/// What a message is about, from whom, to whom, in which format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// The id, the same through every retry.
    pub id: MessageId,
    /// What kind of message it is.
    pub kind: MessageType,
    /// Id of the sender, as the recipient's partner book knows it.
    pub sender: String,
    /// Id of the recipient. It binds the destination: the signature covers no host name.
    pub recipient: String,
    /// The certificate that it is about.
    pub subject: Option<SubjectKey>,
    /// Which version of which face it carries whole.
    pub state: Option<FaceVersion>,
    /// The format of the body, `name@version`.
    pub format: String,
    /// The media type of the body.
    pub content_type: String,
    /// The message that it replaces, which was refused or not readable.
    pub replaces: Option<MessageId>,
    /// The message that it answers.
    pub answers: Option<MessageId>,
}

const ID: &str = "certbridge-message-id";
const TYPE: &str = "certbridge-message-type";
const SENDER: &str = "certbridge-sender";
const RECIPIENT: &str = "certbridge-recipient";
const SUBJECT: &str = "certbridge-subject";
const FACE: &str = "certbridge-face";
const VERSION: &str = "certbridge-version";
const PREVIOUS: &str = "certbridge-previous-version";
const FORMAT: &str = "certbridge-format";
const REPLACES: &str = "certbridge-replaces";
const ANSWERS: &str = "certbridge-answers";
const CONTENT_TYPE: &str = "content-type";

/// Every field of the envelope in our name; another one is refused.
const KNOWN: [&str; 11] = [ID, TYPE, SENDER, RECIPIENT, SUBJECT, FACE, VERSION, PREVIOUS, FORMAT, REPLACES, ANSWERS];

/// Versions travel through JSON as numbers.
const LARGEST_VERSION: u64 = (1 << 53) - 1;

impl Envelope {
    /// The header fields, content type included, digest and signature not.
    ///
    /// # Errors
    /// Where the envelope contradicts itself or a value has no place in a header field.
    pub fn to_fields(&self) -> Result<Fields, MessageError> {
        self.check()?;
        let mut fields = Fields::new();
        fields.push(ID, &self.id.to_string())?;
        fields.push(TYPE, self.kind.word())?;
        fields.push(SENDER, &encode(&self.sender))?;
        fields.push(RECIPIENT, &encode(&self.recipient))?;
        if let Some(subject) = &self.subject {
            fields.push(SUBJECT, &subject.to_string())?;
        }
        if let Some(state) = &self.state {
            fields.push(FACE, state.face.word())?;
            fields.push(VERSION, &state.version.to_string())?;
            if let Some(previous) = state.previous {
                fields.push(PREVIOUS, &previous.to_string())?;
            }
        }
        fields.push(FORMAT, &self.format)?;
        if let Some(replaces) = &self.replaces {
            fields.push(REPLACES, &replaces.to_string())?;
        }
        if let Some(answers) = &self.answers {
            fields.push(ANSWERS, &answers.to_string())?;
        }
        fields.push(CONTENT_TYPE, &self.content_type)?;
        Ok(fields)
    }

    /// The envelope of the header fields.
    ///
    /// # Errors
    /// Where a field is missing, stands twice, cannot be read or is not known, or the fields contradict each other.
    pub fn from_fields(fields: &Fields) -> Result<Self, MessageError> {
        if let Some((name, _)) =
            fields.iter().find(|(name, _)| name.starts_with("certbridge-") && !KNOWN.contains(name))
        {
            return Err(MessageError::HeaderUnknown { name: name.to_owned() });
        }
        let kind = fields.required(TYPE)?;
        let kind = MessageType::ALL
            .iter()
            .find(|known| known.word() == kind)
            .ok_or_else(|| MessageError::malformed(TYPE, "no such type of message"))?;
        let face = match fields.one(FACE)? {
            None => None,
            Some("certificate") => Some(Face::Certificate),
            Some("status") => Some(Face::Status),
            Some(_) => return Err(MessageError::malformed(FACE, "neither certificate nor status")),
        };
        let (version, previous) = (number(fields, VERSION)?, number(fields, PREVIOUS)?);
        let state = match (face, version) {
            (Some(face), Some(version)) => Some(FaceVersion { face, version, previous }),
            (Some(_), None) => return Err(MessageError::HeaderMissing { name: VERSION.to_owned() }),
            (None, Some(_)) => return Err(MessageError::HeaderMissing { name: FACE.to_owned() }),
            (None, None) if previous.is_some() => {
                return Err(MessageError::HeaderMissing { name: VERSION.to_owned() });
            }
            (None, None) => None,
        };
        let envelope = Self {
            id: parsed(fields, ID)?.ok_or_else(|| MessageError::HeaderMissing { name: ID.to_owned() })?,
            kind: *kind,
            sender: party(fields, SENDER)?,
            recipient: party(fields, RECIPIENT)?,
            subject: parsed(fields, SUBJECT)?,
            state,
            format: fields.required(FORMAT)?.to_owned(),
            content_type: fields.required(CONTENT_TYPE)?.to_owned(),
            replaces: parsed(fields, REPLACES)?,
            answers: parsed(fields, ANSWERS)?,
        };
        // Spelt out in full a value may be longer than it came: what could not be said again is refused.
        envelope.to_fields()?;
        Ok(envelope)
    }

    /// What the type of the message asks of the other fields.
    fn check(&self) -> Result<(), MessageError> {
        let contradiction = |reason| Err(MessageError::Contradiction { reason });
        if self.kind.needs_subject() && self.subject.is_none() {
            return Err(MessageError::HeaderMissing { name: SUBJECT.to_owned() });
        }
        if self.kind.is_reply() && self.answers.is_none() {
            return Err(MessageError::HeaderMissing { name: ANSWERS.to_owned() });
        }
        if self.kind.face() != self.state.map(|state| state.face) {
            return contradiction("certbridge-face is not the face of this type of message");
        }
        if let Some(state) = &self.state {
            let versions = [Some(state.version), state.previous];
            if versions.iter().flatten().any(|version| !(1..=LARGEST_VERSION).contains(version)) {
                return contradiction("a version is not between 1 and 2^53-1");
            }
            if state.previous.is_some_and(|previous| previous >= state.version) {
                return contradiction("certbridge-previous-version is not lower than certbridge-version");
            }
        }
        if self.replaces == Some(self.id) || self.answers == Some(self.id) {
            return contradiction("the message names itself");
        }
        if self.sender.is_empty() || self.recipient.is_empty() || self.sender == self.recipient {
            return contradiction("sender and recipient are one, or nobody");
        }
        let named = |part: &str| {
            !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte))
        };
        if !self.format.split_once('@').is_some_and(|(name, version)| named(name) && named(version)) {
            return Err(MessageError::malformed(FORMAT, "not name@version"));
        }
        if !self.content_type.contains('/') || self.content_type.trim() != self.content_type {
            return Err(MessageError::malformed(CONTENT_TYPE, "not a media type"));
        }
        Ok(())
    }

    /// Checks that it comes from the partner whose certificate opened the connection, and is for us.
    ///
    /// # Errors
    /// Where it names another sender or another recipient.
    pub fn check_parties(&self, partner: &str, ours: &str) -> Result<(), MessageError> {
        if self.sender != partner {
            return Err(MessageError::WrongSender { claimed: self.sender.clone(), known: partner.to_owned() });
        }
        if self.recipient != ours {
            return Err(MessageError::WrongRecipient { named: self.recipient.clone(), ours: ours.to_owned() });
        }
        Ok(())
    }
}

fn parsed<T: FromStr<Err: fmt::Display>>(fields: &Fields, name: &str) -> Result<Option<T>, MessageError> {
    let read = |text: &str| text.parse().map_err(|error: T::Err| MessageError::malformed(name, error.to_string()));
    fields.one(name)?.map(read).transpose()
}

fn party(fields: &Fields, name: &str) -> Result<String, MessageError> {
    decode(fields.required(name)?).ok_or_else(|| MessageError::malformed(name, "a broken percent-encoding"))
}

fn number(fields: &Fields, name: &str) -> Result<Option<u64>, MessageError> {
    let Some(text) = fields.one(name)? else { return Ok(None) };
    let plain = !text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = text.parse().ok().filter(|_| plain);
    number.map(Some).ok_or_else(|| MessageError::malformed(name, "not a whole number from 1"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::record::Identifier;

    fn id() -> impl Strategy<Value = MessageId> {
        (0_u64..1 << 47, any::<[u8; 10]>()).prop_map(|(millis, random)| {
            let uuid = uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid();
            uuid.to_string().parse().expect("an id")
        })
    }

    fn subject() -> impl Strategy<Value = SubjectKey> {
        ("[a-z-]{1,12}", "\\PC{1,20}", any::<bool>(), "\\PC{1,30}").prop_map(|(scheme, issuer, uri, name)| {
            let issuer = Identifier::new(scheme, issuer);
            if uri { SubjectKey::uri(issuer, name) } else { SubjectKey::number(issuer, name) }
        })
    }

    fn envelope() -> impl Strategy<Value = Envelope> {
        let kind = prop::sample::select(MessageType::ALL);
        let version = (1_u64..1000, prop::option::of(1_u64..1000));
        let texts = ("\\PC{1,20}", "\\PC{1,20}", "[a-z0-9-]{1,12}@[0-9.]{1,6}", "[a-z]{1,8}/[a-z+]{1,8}");
        (id(), kind, subject(), version, texts, prop::option::of(id()), id()).prop_filter_map(
            "sender and recipient differ",
            |(id, kind, subject, (step, previous), (sender, recipient, format, content_type), replaces, answers)| {
                let version = previous.unwrap_or(0) + step;
                let state = kind.face().map(|face| FaceVersion { face, version, previous });
                (sender != recipient && replaces != Some(id) && answers != id).then(|| Envelope {
                    id,
                    kind,
                    sender,
                    recipient,
                    subject: (kind.needs_subject() || step % 2 == 0).then_some(subject),
                    state,
                    format,
                    content_type,
                    replaces,
                    answers: kind.is_reply().then_some(answers),
                })
            },
        )
    }

    #[test]
    fn a_value_that_could_not_be_sent_on_is_refused() {
        let fields = |length: usize| {
            let mut fields = Fields::new();
            for (name, value) in [
                (ID, "01932c07-209f-7a1b-8c3d-0123456789ab"),
                (TYPE, "certificate-upsert"),
                (SENDER, "cn"),
                (RECIPIENT, "nz"),
                (SUBJECT, &format!("gln:1/{}", "\"".repeat(length))),
                (FACE, "certificate"),
                (VERSION, "1"),
                (FORMAT, "untp-dcc@0.7.0"),
                (CONTENT_TYPE, "application/json"),
            ] {
                fields.push(name, value).expect("a field");
            }
            fields
        };
        assert!(Envelope::from_fields(&fields(2_000)).is_ok());
        let refused = Envelope::from_fields(&fields(3_000)).expect_err("three bytes for each");
        assert_eq!(refused, MessageError::malformed(SUBJECT, "too long"));
    }

    proptest! {
        #[test]
        fn what_the_header_fields_say_is_the_envelope(envelope in envelope()) {
            let fields = envelope.to_fields().expect("fields");
            prop_assert!(fields.iter().all(|(_, value)| value.is_ascii()));
            prop_assert_eq!(Envelope::from_fields(&fields).expect("an envelope"), envelope);
        }

        #[test]
        fn a_field_that_stands_twice_or_is_cut_off_is_refused(envelope in envelope(), at in 0_usize..12) {
            let fields = envelope.to_fields().expect("fields");
            let pairs: Vec<_> = fields.iter().collect();
            let (name, value) = pairs[at % pairs.len()];
            let mut twice = fields.clone();
            twice.push(name, value).expect("a field");
            let refused = Envelope::from_fields(&twice);
            prop_assert_eq!(refused, Err(MessageError::HeaderTwice { name: name.to_owned() }));
        }
    }

    fn fields(pairs: &[(&str, &str)]) -> Fields {
        let good = [
            (ID, "01932c07-209f-7a1b-8c3d-0123456789ab"),
            (TYPE, "status-change"),
            (SENDER, "cn"),
            (RECIPIENT, "nz"),
            (SUBJECT, "cnca-approval:CNCA-R-2002-001/1"),
            (FACE, "status"),
            (VERSION, "3"),
            (PREVIOUS, "2"),
            (FORMAT, "certbridge-status@1"),
            (CONTENT_TYPE, "application/json"),
        ];
        let mut fields = Fields::new();
        for (name, value) in good {
            let value = pairs.iter().find(|(other, _)| *other == name).map_or(value, |(_, value)| value);
            if !value.is_empty() {
                fields.push(name, value).expect("a field");
            }
        }
        for (name, value) in pairs.iter().filter(|(name, _)| !good.iter().any(|(known, _)| known == name)) {
            fields.push(name, value).expect("a field");
        }
        fields
    }

    #[test]
    fn fields_that_say_too_little_too_much_or_two_things_are_refused() {
        let code = |pairs: &[(&str, &str)]| Envelope::from_fields(&fields(pairs)).map_err(|e| e.finding().code()).err();
        assert_eq!(code(&[]), None);
        for missing in [ID, TYPE, SENDER, RECIPIENT, SUBJECT, FACE, VERSION, FORMAT, CONTENT_TYPE] {
            assert_eq!(code(&[(missing, "")]), Some("message/header-missing"), "{missing}");
        }
        for (name, value) in [
            (ID, "1"),
            (TYPE, "Status-Change"),
            (SENDER, "%zz"),
            (SUBJECT, "x"),
            (FACE, "both"),
            (VERSION, "03"),
            (VERSION, "-3"),
            (VERSION, "99999999999999999999"),
            (FORMAT, "untp"),
            (FORMAT, "a@b@c d"),
            (CONTENT_TYPE, "json"),
        ] {
            assert_eq!(code(&[(name, value)]), Some("message/header-malformed"), "{name}: {value}");
        }
        for (name, value) in [
            (FACE, "certificate"),
            (PREVIOUS, "3"),
            (TYPE, "bulk-event"),
            (RECIPIENT, "cn"),
            (VERSION, "9007199254740992"),
            (REPLACES, "01932c07-209f-7a1b-8c3d-0123456789ab"),
        ] {
            assert_eq!(code(&[(name, value)]), Some("message/contradiction"), "{name}: {value}");
        }
        assert_eq!(code(&[("certbridge-shoe-size", "44")]), Some("message/header-unknown"));
    }

    #[test]
    fn a_message_speaks_only_for_the_partner_that_sent_it_and_to_us() {
        let envelope = Envelope::from_fields(&fields(&[])).expect("an envelope");
        assert_eq!(envelope.check_parties("cn", "nz"), Ok(()));
        assert!(matches!(envelope.check_parties("au", "nz"), Err(MessageError::WrongSender { .. })));
        assert!(matches!(envelope.check_parties("cn", "au"), Err(MessageError::WrongRecipient { .. })));
    }
}
