//! Whether a password is one that is tried first, or derived from one: words that everybody chooses, names that are expected here,
//! repetitions, sequences and rows of keys, whatever their case, with letters written as digits, backwards, or with a simple ending.
//!
//! The whole password is laid out as such pieces and what is left between them. Each has a price, about half the digits of the number of
//! tries that finding it takes; what costs no more than two common words is guessable. The time is bounded: the search ends where
//! every way of laying out has become too dear.

use std::collections::HashSet;
use std::sync::LazyLock;
use unicode_normalization::UnicodeNormalization;

/// Why a password is guessed early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Guessable {
    /// It is among the passwords and words that everybody chooses.
    Common,
    /// It is made of names that are expected: the person's, the service's.
    Expected,
    /// It is a repetition, a sequence or a row of keys.
    Pattern,
}

/// Commonly used passwords, names and English words, sorted, a line each. The choice is that of the crate zxcvbn (MIT licence), which
/// counted them in lists of leaked passwords, a census and an encyclopaedia.
const COMMON: &str = include_str!("common.txt");
static WORDS: LazyLock<HashSet<&str>> = LazyLock::new(|| COMMON.lines().collect());

/// The shortest and the longest word that is looked up.
const SHORTEST: usize = 3;
const LONGEST: usize = 24;
/// The longest name that is looked for.
const LONGEST_NAME: usize = 64;

/// At most this is guessable.
const GUESSABLE: u32 = 26;
/// The price of a common word: there are tens of thousands.
const WORD: u32 = 10;
/// The price of a name that is expected here: there are dozens.
const NAME: u32 = 5;
/// The price of a sequence, a row of keys, a year, or one character again and again.
const PATTERN: u32 = 5;
/// The price of saying something again.
const REPETITION: u32 = 3;
/// The price of one character that stands in none of these.
const LETTER: u32 = 6;
const DIGIT: u32 = 3;
const SIGN: u32 = 2;

/// Rows and columns of keyboards, and the orders that everybody knows. What follows in one of them, in either direction, is a sequence.
const ORDERS: [&str; 9] = [
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
    "!@#$%^&*()",
    "azertyuiop",
    "qwertzuiop",
];

impl Guessable {
    /// Why a password is guessable, if it is; `expected` are texts from which names are taken.
    pub(super) fn find(password: &str, expected: &[&str]) -> Option<Self> {
        let folded: String = fold(password);
        let names = names(expected);
        let plain: Vec<char> = folded.chars().collect();
        let backwards: Vec<char> = plain.iter().rev().copied().collect();
        let mut ways = vec![plain, backwards];
        for one in ['i', 'l'] {
            let read: Vec<char> = folded.chars().map(|c| read_as_letter(c, one)).collect();
            if !ways.contains(&read) {
                ways.push(read);
            }
        }
        let laid = ways.iter().filter_map(|text| Laid::out(text, &names));
        laid.min_by_key(|laid| laid.price).map(Laid::cause)
    }
}

fn fold(text: &str) -> String {
    text.nfkc().collect::<String>().to_lowercase()
}

/// The letter that a digit or sign is written for.
const fn read_as_letter(c: char, one: char) -> char {
    match c {
        '4' | '@' => 'a',
        '3' => 'e',
        '1' | '!' | '|' => one,
        '0' => 'o',
        '5' | '$' => 's',
        '7' | '+' => 't',
        _ => c,
    }
}

/// The names in texts: each text as a whole, its words, and its words without what stands between them.
fn names(texts: &[&str]) -> HashSet<String> {
    let mut names = HashSet::new();
    for text in texts {
        let folded = fold(text);
        let words = folded.split(|c: char| !c.is_alphanumeric()).filter(|w| w.chars().count() >= SHORTEST);
        names.extend(words.map(str::to_owned));
        names.insert(folded.chars().filter(|c| c.is_alphanumeric()).collect());
        names.insert(folded);
    }
    names.retain(|name| (SHORTEST..=LONGEST_NAME).contains(&name.chars().count()));
    names
}

/// One way of laying out the beginning of a text.
#[derive(Clone, Copy)]
struct Laid {
    price: u32,
    names: u32,
    patterns: u32,
    words: u32,
}

impl Laid {
    const NOTHING: Self = Self { price: 0, names: 0, patterns: 0, words: 0 };

    fn cause(self) -> Guessable {
        if self.names > 0 {
            Guessable::Expected
        } else if self.words == 0 && self.patterns > 0 {
            Guessable::Pattern
        } else {
            Guessable::Common
        }
    }

    const fn and(self, piece: Piece) -> Self {
        match piece {
            Piece::Word => Self { price: self.price + WORD, words: self.words + 1, ..self },
            Piece::Name => Self { price: self.price + NAME, names: self.names + 1, ..self },
            Piece::Pattern => Self { price: self.price + PATTERN, patterns: self.patterns + 1, ..self },
            Piece::Again => Self { price: self.price + REPETITION, ..self },
            Piece::Rest(price) => Self { price: self.price + price, ..self },
        }
    }

    /// The cheapest way, where it is guessable.
    fn out(text: &[char], names: &HashSet<String>) -> Option<Self> {
        if let Some(unit) = repeated(text) {
            let once = Self::in_pieces(unit, names)?;
            let price = once.price + REPETITION;
            return Some(Self { price, patterns: once.patterns + 1, ..once })
                .filter(|l| l.price <= GUESSABLE);
        }
        Self::in_pieces(text, names)
    }

    /// Invariant: `ways` holds, for each place from `at` on, the cheapest way to it that is guessable.
    fn in_pieces(text: &[char], names: &HashSet<String>) -> Option<Self> {
        let longest_name = names.iter().map(|n| n.chars().count()).max().unwrap_or(0);
        let mut ways: Vec<Option<Self>> = vec![None; text.len() + 1];
        *ways.first_mut()? = Some(Self::NOTHING);
        for at in 0..text.len() {
            let (Some(so_far), Some(rest)) = (ways.get(at).copied().flatten(), text.get(at..)) else {
                continue;
            };
            let again = said_again(text, at).map(|length| (length, Piece::Again));
            for (length, piece) in pieces(rest, names, longest_name).into_iter().chain(again) {
                let way = so_far.and(piece);
                if way.price <= GUESSABLE
                    && let Some(place) = ways.get_mut(at + length)
                    && place.is_none_or(|there| way.price < there.price)
                {
                    *place = Some(way);
                }
            }
        }
        ways.last().copied().flatten()
    }
}

#[derive(Clone, Copy)]
enum Piece {
    Word,
    Name,
    Pattern,
    Again,
    Rest(u32),
}

/// The pieces that a text may begin with, and their lengths.
fn pieces(rest: &[char], names: &HashSet<String>, longest_name: usize) -> Vec<(usize, Piece)> {
    let mut found = Vec::new();
    let Some(first) = rest.first() else { return found };
    let price = match first {
        c if c.is_ascii_digit() => DIGIT,
        c if c.is_alphabetic() => LETTER,
        c if c.is_ascii() => SIGN,
        _ => LETTER,
    };
    found.push((1, Piece::Rest(price)));
    let same = rest.iter().take_while(|c| *c == first).count();
    if same >= 2 {
        // Many signs again are one sign; many letters are a pattern.
        found.push((same, if price == SIGN { Piece::Rest(SIGN) } else { Piece::Pattern }));
    }
    let in_order = ORDERS.iter().map(|order| follows(rest, order)).max().unwrap_or(0);
    found.extend((SHORTEST..=in_order).map(|length| (length, Piece::Pattern)));
    if is_year(rest) {
        found.push((4, Piece::Pattern));
    }
    let mut text = String::new();
    for (at, c) in rest.iter().take(LONGEST.max(longest_name)).enumerate() {
        text.push(*c);
        let length = at + 1;
        if length < SHORTEST {
            continue;
        }
        if names.contains(&text) {
            found.push((length, Piece::Name));
        } else if length <= LONGEST && WORDS.contains(text.as_str()) {
            found.push((length, Piece::Word));
        }
    }
    found
}

/// How many characters follow each other as in an order, forwards or backwards.
fn follows(text: &[char], order: &str) -> usize {
    let order: Vec<char> = order.chars().collect();
    let run = |order: &[char]| {
        let starts = (0..order.len()).filter(|at| order.get(*at) == text.first());
        let lengths = starts.map(|at| order.iter().skip(at).zip(text).take_while(|(a, b)| a == b).count());
        lengths.max().unwrap_or(0)
    };
    let forwards = run(&order);
    let backwards: Vec<char> = order.into_iter().rev().collect();
    forwards.max(run(&backwards))
}

/// How many characters from a place on say again, once or more often, what stands right before it; the most.
fn said_again(text: &[char], at: usize) -> Option<usize> {
    let (before, after) = text.split_at_checked(at)?;
    let lengths = (SHORTEST..=at).filter_map(|length| {
        let unit = before.get(at - length..)?;
        let times = after.chunks_exact(length).take_while(|chunk| *chunk == unit).count();
        (times > 0).then_some(times * length)
    });
    lengths.max()
}

fn is_year(text: &[char]) -> bool {
    matches!(text, ['1', '9', c, d, ..] | ['2', '0', c, d, ..] if c.is_ascii_digit() && d.is_ascii_digit())
}

/// What a text says twice or more often and nothing else, the shortest; a last time may be incomplete.
fn repeated(text: &[char]) -> Option<&[char]> {
    (1..=text.len() / 2)
        .find(|period| text.iter().zip(text.iter().skip(*period)).all(|(a, b)| a == b))
        .and_then(|period| text.get(..period))
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXPECTED: [&str; 6] = [
        "alice",
        "Alice Liddell",
        "alice@mail.example.com",
        "+44 20 7946 0123",
        "Acme Corporation",
        "1984-05-02",
    ];

    fn cause(password: &str) -> Option<Guessable> {
        Guessable::find(password, &EXPECTED)
    }

    #[test]
    fn what_everybody_chooses_is_common_whatever_its_case_its_digits_and_its_ending() {
        for password in [
            "password",
            "Password2024!!!",
            "P@ssw0rd",
            "drowssap",
            "Summer2024Summer",
            "sunshinehoneymoon",
            "letmein1234567890",
            "ＰＡＳＳＷＯＲＤ",
            "welcome, dragon",
            "iloveyou-12345",
            "horsebattery1234",
        ] {
            assert_eq!(cause(password), Some(Guessable::Common), "{password}");
        }
    }

    #[test]
    fn repetitions_sequences_and_rows_of_keys_are_patterns() {
        for password in [
            "aaaaaaaaaaaaaaa",
            "123456789012345",
            "abcabcabcabcabc",
            "qwertyuiopasdfgh",
            "poiuytrewqlkjhgf",
            "1qaz2wsx3edc4rfv",
            "abcdefghijklmnop",
            "zyxwvutsrqponml",
            "000000000000001",
            "!!!!!!!!!!!!!!!!",
            "2024202320222021",
            "ababababababababa",
            "密码密码密码密码密码密码密码密码",
        ] {
            assert_eq!(cause(password), Some(Guessable::Pattern), "{password}");
        }
        assert!(cause("passwordpassword").is_some() && cause("PasswordPasswordPassword!").is_some());
    }

    #[test]
    fn names_of_the_person_and_of_the_service_are_expected() {
        for password in [
            "alice@mail.example.com",
            "Alice.Liddell.1984",
            "alice-liddell-99",
            "442079460123!!",
            "AcmeCorporation2026",
            "acme corporation acme",
            "4l1ceL1ddell2020",
            "lleddilecila1234",
            "19840502alice!",
            "Alice Acme Liddell Corporation",
        ] {
            assert_eq!(cause(password), Some(Guessable::Expected), "{password}");
        }
    }

    #[test]
    fn several_words_that_have_nothing_to_do_with_each_other_and_drawn_characters_pass() {
        for password in [
            "correct horse battery staple",
            "correct horse battery",
            "seven blue kites at noon",
            "green tea before the rain",
            "x7Kq9-mB2vL-pR4wZ",
            "583920174659283",
            "天地玄黄宇宙洪荒日月盈昃辰宿列",
            "alice drinks seven teas daily",
            "wpqkzmvhtrxjyla",
            "a quiet river at dawn",
            "my grandmother's 3 red bicycles",
        ] {
            assert_eq!(cause(password), None, "{password}");
        }
    }

    #[test]
    fn the_list_is_sorted_and_folded_and_each_word_is_found() {
        assert!(COMMON.lines().is_sorted());
        assert!(COMMON.lines().all(|w| (SHORTEST..=LONGEST).contains(&w.len()) && fold(w) == w));
        assert_eq!(WORDS.len(), COMMON.lines().count());
    }

    #[test]
    fn the_longest_passwords_and_names_are_read_to_their_end() {
        let long = "4@8({[<369&#!|1/70$5+2%".repeat(44);
        let deep = "password".repeat(127) + "x";
        let names: Vec<String> = (0..100).map(|n| format!("{}{n}", "a".repeat(1000))).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        for text in
            [long.as_str(), deep.as_str(), &"a".repeat(1024), &("a".repeat(1023) + "b"), &"ab1".repeat(341)]
        {
            let _ = Guessable::find(text, &names);
        }
        assert!(cause(&deep).is_some() && cause(&("a".repeat(1023) + "b")).is_some());
        assert_eq!(cause(&long), None, "what is said 44 times is long enough by itself");
    }
}
