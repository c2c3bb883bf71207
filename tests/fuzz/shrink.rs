//! An input made smaller while it still breaks what it broke.

/// The smallest input that was found, in bounded work.
pub(crate) fn shrunk(input: &[u8], mut breaks: impl FnMut(&[u8]) -> bool) -> Vec<u8> {
    let mut best = input.to_vec();
    let mut tries = 0;
    let mut length = best.len() / 2;
    while length > 0 {
        let mut at = 0;
        while at < best.len() {
            let to = (at + length).min(best.len());
            let mut shorter = best[..at].to_vec();
            shorter.extend_from_slice(&best[to..]);
            tries += 1;
            if tries > 3_000 {
                return best;
            }
            if breaks(&shorter) {
                best = shorter;
            } else {
                at += length;
            }
        }
        length /= 2;
    }
    best
}
