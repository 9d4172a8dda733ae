//! What every target needs to make something of its bytes: text, lines, and a randomness that is the same each time.

use usher_types::Random;

/// The input as text; what is no text is nothing that these parsers are ever given.
pub(crate) fn utf8(data: &[u8]) -> Option<&str> {
    std::str::from_utf8(data).ok()
}

/// The first line, and what follows its end.
pub(crate) fn first_line(text: &str) -> (&str, &str) {
    text.split_once('\n').unwrap_or((text, ""))
}

/// A number that depends on every byte, for places and bits to change.
pub(crate) fn number_of(data: &[u8]) -> usize {
    data.iter().fold(data.len(), |sum, b| sum.wrapping_mul(31).wrapping_add(usize::from(*b)))
}

/// A source of one byte over and over.
pub(crate) struct Drawn(pub(crate) u8);

impl Random for Drawn {
    fn fill(&self, buffer: &mut [u8]) {
        buffer.fill(self.0);
    }
}
