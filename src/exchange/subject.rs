//! The subject of a message and the natural key of the registry: two writings of one thing.

use crate::message::{Subject, SubjectForm};
use crate::record::{Identifier, SubjectKey, SubjectName};

/// The subject of a message about this certificate.
#[must_use]
pub(super) fn subject_of(key: &SubjectKey) -> Subject {
    let (form, reference) = match &key.name {
        SubjectName::Number(number) => (SubjectForm::Number, number.clone()),
        SubjectName::Uri(uri) => (SubjectForm::Uri, uri.clone()),
    };
    Subject { scheme: key.issuer.scheme.clone(), issuer: key.issuer.value.clone(), form, reference }
}

/// The certificate that a message is about.
#[must_use]
pub(super) fn key_of(subject: &Subject) -> SubjectKey {
    let issuer = Identifier::new(&subject.scheme, &subject.issuer);
    match subject.form {
        SubjectForm::Number => SubjectKey::number(issuer, &subject.reference),
        SubjectForm::Uri => SubjectKey::uri(issuer, &subject.reference),
    }
}
