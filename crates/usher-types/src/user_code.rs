//! The user code of the device grant (RFC 8628 §6.1): eight consonants that nobody mistakes for one another, shown in two groups of
//! four, and read however a person types them.

use crate::Random;
use crate::fold::is_invisible;
use std::fmt;
use unicode_normalization::UnicodeNormalization;

/// RFC 8628 §6.1: "a base-20 alphabet … of upper-case letters … it has no vowels", so that no code is a word.
const LETTERS: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";
/// How many letters a code has: 20^8 codes, 34.5 bits.
const LENGTH: usize = 8;
/// Bytes of what is read at all.
const TYPED_BYTES: usize = 128;

/// A user code. Its `Debug` does not show it; [`fmt::Display`] writes it as people see it.
#[derive(Clone, PartialEq, Eq)]
pub struct UserCode(String);

impl UserCode {
    /// Draws a new code, every one as likely as any other.
    pub fn draw(random: &dyn Random) -> Self {
        let mut code = String::with_capacity(LENGTH);
        let mut drawn = [0; 32];
        while code.len() < LENGTH {
            random.fill(&mut drawn);
            // A byte from 240 on would make the first letters likelier than the others.
            let fair = drawn.iter().filter(|b| **b < 240);
            let letters = fair.filter_map(|b| LETTERS.get(usize::from(*b) % LETTERS.len()));
            code.extend(letters.take(LENGTH - code.len()).map(|b| char::from(*b)));
        }
        Self(code)
    }

    /// Reads what a person typed. RFC 8628 §6.1: "the server should ignore any characters like punctuation that are not in the user
    /// code character set", and the case of letters. Of such characters the separators that people write are ignored here: spaces, dashes,
    /// full stops and what nobody sees. Full-width letters are letters. Anything else is a slip, and no code.
    pub fn fold(typed: &str) -> Option<Self> {
        if typed.len() > TYPED_BYTES {
            return None;
        }
        let letters = typed.nfkc().filter(|c| !is_separator(*c)).map(|c| c.to_ascii_uppercase());
        let code: String = letters.collect();
        let legal = code.len() == LENGTH && code.bytes().all(|b| LETTERS.contains(&b));
        legal.then_some(Self(code))
    }

    /// The code without its hyphen: what is looked up.
    pub fn letters(&self) -> &str {
        &self.0
    }
}

/// What people put between letters, on whichever keyboard.
fn is_separator(c: char) -> bool {
    c.is_whitespace()
        || is_invisible(c)
        || matches!(
            c,
            '-' | '.' | '_' | '\u{2010}'
                ..='\u{2015}' | '\u{2212}' | '\u{30fc}' | '\u{3002}' | '\u{b7}' | '\u{30fb}'
        )
}

impl fmt::Display for UserCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, second) = self.0.split_at_checked(LENGTH / 2).unwrap_or((&self.0, ""));
        write!(f, "{first}-{second}")
    }
}

impl fmt::Debug for UserCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UserCode(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::sync::atomic::{AtomicU8, Ordering::SeqCst};

    /// Counts up, byte by byte.
    struct Counting(AtomicU8);
    impl Random for Counting {
        fn fill(&self, buffer: &mut [u8]) {
            buffer.fill_with(|| self.0.fetch_add(1, SeqCst));
        }
    }

    fn read(typed: &str) -> Option<String> {
        UserCode::fold(typed).map(|c| c.to_string())
    }

    #[test]
    fn ways_of_typing_one_code_are_one_code() {
        for typed in [
            "WDJB-MJHT",
            "wdjbmjht",
            " wdjb mjht ",
            "WdJb–MjHt",
            "W.D.J.B.M.J.H.T",
            "ＷＤＪＢ－ＭＪＨＴ",
            "ｗｄｊｂ　ｍｊｈｔ",
            "WDJB\u{200b}MJHT",
            "WDJB——MJHT",
            "wdjb_mjht\n",
            "\u{feff}WDJB-MJHT",
        ] {
            assert_eq!(read(typed).as_deref(), Some("WDJB-MJHT"), "{typed:?}");
        }
    }

    #[test]
    fn what_is_no_code_is_not_bent_into_one() {
        let long = format!("WDJB-MJHT{}", " ".repeat(200));
        for typed in [
            "",
            "-",
            "WDJB-MJH",
            "WDJB-MJHTT",
            "WDJB-MJHA",
            "WDJB-MJH1",
            "WDJB-MJH0",
            "WDJB+MJHT",
            "WDJB/MJHT",
            "WDJB\0MJHT",
            "ШDJB-MJHT",
            "WDJB-MJHŦ",
            "<b>WDJB-MJHT",
            &long,
        ] {
            assert_eq!(read(typed), None, "{typed:?}");
        }
    }

    #[test]
    fn every_letter_is_drawn_and_none_twice_as_often_as_another() {
        let random = Counting(AtomicU8::new(0));
        let mut times = [0_u32; 26];
        for _ in 0..600 {
            for letter in UserCode::draw(&random).letters().bytes() {
                times[usize::from(letter - b'A')] += 1;
            }
        }
        let drawn: Vec<u32> = LETTERS.iter().map(|l| times[usize::from(l - b'A')]).collect();
        assert_eq!(drawn.iter().sum::<u32>(), 4_800, "no other letter");
        assert!(drawn.iter().max() < drawn.iter().min().map(|least| least * 2).as_ref(), "{drawn:?}");
    }

    #[test]
    fn a_code_does_not_show_itself_in_a_log() {
        let code = UserCode::fold("WDJB-MJHT").unwrap();
        assert!(!format!("{code:?}").contains('W'));
    }

    proptest! {
        #[test]
        fn what_is_read_reads_back(typed in "\\PC{0,20}|[b-zB-Z -]{8,12}") {
            if let Some(code) = UserCode::fold(&typed) {
                prop_assert_eq!(UserCode::fold(code.letters()), Some(code.clone()));
                prop_assert_eq!(UserCode::fold(&code.to_string()), Some(code));
            }
        }
    }
}
