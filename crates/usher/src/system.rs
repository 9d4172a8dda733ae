//! What the operating system says, in words for people.

use std::io;
use std::path::Path;

/// How the standard library ends what the system says.
const NUMBER: &str = " (os error ";
/// What the system says most often.
const WORDS: &[(&str, &str)] = &[
    ("No such file or directory", "there is no such file"),
    ("Is a directory", "it is a folder, not a file"),
    ("Not a directory", "what should be a folder on the way to it is a file"),
];

/// A sentence without the system's numbers of errors.
pub fn in_words(sentence: &str) -> String {
    let mut out = String::with_capacity(sentence.len());
    let mut rest = sentence;
    while let Some((before, after)) = rest.split_once(NUMBER) {
        match after.split_once(')') {
            Some((number, after)) if number.bytes().all(|b| b.is_ascii_digit()) => {
                out.push_str(&ours(before));
                rest = after;
            }
            _ => {
                out.push_str(before);
                out.push_str(NUMBER);
                rest = after;
            }
        }
    }
    out + rest
}

/// Our words for the system's at the end of a text.
fn ours(text: &str) -> String {
    let user = || format!("permission denied to the Unix user {}", rustix::process::geteuid().as_raw());
    if let Some(before) = text.strip_suffix("Permission denied") {
        return before.to_owned() + &user();
    }
    let known = WORDS.iter().find_map(|(theirs, ours)| Some(text.strip_suffix(theirs)?.to_owned() + ours));
    known.unwrap_or_else(|| text.to_owned())
}

/// Why a file cannot be used.
pub fn why(error: &io::Error) -> String {
    in_words(&error.to_string())
}

/// Why a file that was named cannot be read, and what is expected in it.
pub fn unread(path: &Path, error: &io::Error, expected: &str) -> String {
    format!("{}: {}; {expected} is expected", path.display(), why(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_of_errors_are_left_out_and_the_common_ones_have_words_of_ours() {
        let missing = std::fs::read("/nowhere/x").unwrap_err();
        assert_eq!(why(&missing), "there is no such file");
        assert_eq!(why(&std::fs::read("/").unwrap_err()), "it is a folder, not a file");
        assert_eq!(in_words("a: Read-only file system (os error 30): b"), "a: Read-only file system: b");
        for same in ["", "a (os error", "a (os error x)", "(os error 2)", "nothing of it"] {
            assert_eq!(in_words(same), same);
        }
        let sentence = unread(Path::new("x.pem"), &missing, "a PEM certificate");
        assert_eq!(sentence, "x.pem: there is no such file; a PEM certificate is expected");
    }
}
