//! Names as they are searched: width, case and blanks do not tell two names apart.

use unicode_normalization::UnicodeNormalization;

/// A name as it is searched: NFKC, lower case, runs of blanks as one, none at the ends.
#[must_use]
pub fn searchable(name: &str) -> String {
    let folded: String = name.nfkc().flat_map(char::to_lowercase).collect();
    let mut words = folded.split_whitespace();
    let mut joined = words.next().unwrap_or_default().to_owned();
    for word in words {
        joined.push(' ');
        joined.push_str(word);
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn width_case_and_blanks_do_not_tell_names_apart() {
        assert_eq!(searchable("  ＡＣＭＥ　 Co.,\tLtd. "), "acme co., ltd.");
        assert_eq!(searchable("福州示例（中国）有限公司"), searchable("福州示例(中国)有限公司"));
        assert_eq!(searchable(" \u{3000}"), "");
    }
}
