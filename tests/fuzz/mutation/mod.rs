//! Inputs changed so that they stay near enough to their grammar to be read far: bytes, tokens, and whole parts; packages
//! and compound files are taken apart, changed within, and put together again with sums and offsets that fit.

pub(crate) mod compound;
mod package;
mod text;

use rand::Rng;

/// How an input is put together.
#[derive(Clone, Copy)]
pub(crate) enum Shape {
    /// Bytes of a language with these tokens.
    Text(&'static [&'static str]),
    /// A zip package of XML parts: tokens of the sheets, and of XML.
    Package(&'static [&'static str], &'static [&'static str]),
    /// A compound file with a stream of records.
    Compound,
}

/// A changed input. `other` is another input of the target, parts of which may be taken over.
pub(crate) fn mutate(shape: Shape, input: &[u8], other: &[u8], most: usize, random: &mut impl Rng) -> Vec<u8> {
    let mut output = match shape {
        Shape::Text(tokens) => text::changed(input, other, &[tokens], most, random),
        // Now and then as plain bytes, so that the package itself is attacked.
        Shape::Package(..) | Shape::Compound if random.random_ratio(1, 8) => {
            text::changed(input, other, &[], most, random)
        }
        Shape::Package(tokens, markup) => package::changed(input, other, &[tokens, markup], random),
        Shape::Compound => compound::changed(input, random),
    };
    output.truncate(most);
    output
}
