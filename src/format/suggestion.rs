//! A name near to one that is not known: for people who mistype a format id.

/// The known name that is nearest to a given one, if any is near enough to be meant.
pub(super) fn nearest<'a>(given: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let given = given.to_lowercase();
    let family = |id: &str| id.split('@').next().unwrap_or_default().to_owned();
    known
        .map(|id| {
            // A right name with another version, or without one, is nearer than any misspelling.
            let far = if family(id) == family(&given) { 0.0 } else { 1.0 - strsim::jaro_winkler(&given, id) };
            (far, id)
        })
        .filter(|(far, _)| *far < 0.25)
        // Of several versions the latest is meant.
        .min_by(|(a, one), (b, other)| a.total_cmp(b).then_with(|| other.cmp(one)))
        .map(|(_, id)| id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistyped_name_finds_the_one_that_was_meant() {
        let known = ["cnca-ccc@1", "cnca-report@2016", "iaf-certsearch@2", "untp-dcc@0.7.0"];
        for (given, meant) in [
            ("untp-dcc", Some("untp-dcc@0.7.0")),
            ("untp-dcc@0.8.0", Some("untp-dcc@0.7.0")),
            ("UNTP_DCC@0.7.0", Some("untp-dcc@0.7.0")),
            ("cnca-reprot@2016", Some("cnca-report@2016")),
            ("iaf-cert-search@2", Some("iaf-certsearch@2")),
            ("pdf", None),
        ] {
            assert_eq!(nearest(given, known.into_iter()), meant, "{given}");
        }
    }
}
