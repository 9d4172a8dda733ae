//! The operator's own list of passwords that nobody may choose: a text with a password a line, or the sorted SHA-1 digests that the
//! downloader of Have I Been Pwned writes, which is searched in the file, however large it is.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader};
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use unicode_normalization::UnicodeNormalization;

/// A list of known passwords.
pub struct KnownPasswords(List);

enum List {
    /// The first half of the SHA-256 of each password, folded, in order.
    Plain(Vec<[u8; 16]>),
    /// A file of lines `<SHA-1, hexadecimal>` or `<SHA-1>:<count>`, in order, and its length.
    Digests(File, u64),
}

/// Bytes of a text with a password a line: it is held in memory.
const PLAIN_BYTES: u64 = 256 * 1024 * 1024;
/// Bytes of a line that is read of a file of digests.
const LINE_BYTES: usize = 64;
/// Hexadecimal digits of a SHA-1.
const DIGEST: usize = 40;

impl std::fmt::Debug for KnownPasswords {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("KnownPasswords")
    }
}

impl KnownPasswords {
    /// Opens a list. The error is one sentence.
    pub fn open(path: &Path) -> Result<Self, String> {
        let wrong = |why: &str| format!("{}: {why}", path.display());
        let file = File::open(path).map_err(|e| wrong(&e.to_string()))?;
        let metadata = file.metadata().map_err(|e| wrong(&e.to_string()))?;
        if !metadata.is_file() {
            return Err(wrong("a file is expected, with a password or a SHA-1 digest a line"));
        }
        let length = metadata.len();
        let first = line_from(&file, 0).map_err(|e| wrong(&e.to_string()))?;
        if digest_of(&first).is_some() {
            check_order(&file, length).map_err(|e| wrong(&e.to_string()))?;
            return Ok(Self(List::Digests(file, length)));
        }
        if length > PLAIN_BYTES {
            return Err(wrong(&format!(
                "a list of passwords has at most {} MiB; a longer one is given as sorted SHA-1 digests",
                PLAIN_BYTES / 1024 / 1024
            )));
        }
        read_plain(file).map(Self).map_err(|e| wrong(&e.to_string()))
    }

    /// Whether a password is on the list: as it is, or apart from case and a simple ending of digits, signs and spaces.
    pub fn contains(&self, password: &str) -> io::Result<bool> {
        let folded = folded(password);
        let ending = |c: char| c.is_ascii_digit() || c.is_ascii_punctuation() || c == ' ';
        let stem = folded.trim_end_matches(ending);
        for form in [password, folded.as_str(), stem] {
            let found = match &self.0 {
                List::Plain(digests) => digests.binary_search(&half(form)).is_ok(),
                List::Digests(file, length) => find(file, *length, &sha1(form))?,
            };
            if found && !form.is_empty() {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

fn folded(text: &str) -> String {
    text.nfkc().collect::<String>().to_lowercase()
}

fn half(text: &str) -> [u8; 16] {
    let digest = usher_crypto::sha256(text.as_bytes());
    digest.first_chunk().copied().unwrap_or_default()
}

fn sha1(text: &str) -> [u8; DIGEST] {
    let mut hex = [0; DIGEST];
    let digits = b"0123456789ABCDEF".iter();
    for (pair, byte) in hex.chunks_exact_mut(2).zip(usher_crypto::sha1_of_lists(text.as_bytes())) {
        let digit = |n: u8| digits.clone().nth(usize::from(n)).copied().unwrap_or_default();
        if let [high, low] = pair {
            (*high, *low) = (digit(byte >> 4), digit(byte & 15));
        }
    }
    hex
}

fn read_plain(file: File) -> io::Result<List> {
    let mut digests = Vec::new();
    for (number, line) in BufReader::new(file).lines().enumerate() {
        let line = line.map_err(|_| invalid(&format!("line {} is not UTF-8", number + 1)))?;
        let password = folded(&line);
        if !password.is_empty() {
            digests.push(half(&password));
        }
    }
    if digests.is_empty() {
        return Err(invalid("it is empty: a password or a SHA-1 digest a line is expected"));
    }
    digests.sort_unstable();
    digests.dedup();
    Ok(List::Plain(digests))
}

fn invalid(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why.to_owned())
}

/// The digest that a line of a file of digests begins with, in capitals.
fn digest_of(line: &[u8]) -> Option<[u8; DIGEST]> {
    let (digest, rest) = line.split_first_chunk::<DIGEST>()?;
    let is_digest = digest.iter().all(u8::is_ascii_hexdigit);
    let count = rest.strip_suffix(b"\r").unwrap_or(rest);
    let is_count = count.is_empty()
        || count.strip_prefix(b":").is_some_and(|n| !n.is_empty() && n.iter().all(u8::is_ascii_digit));
    (is_digest && is_count).then(|| digest.map(|d| d.to_ascii_uppercase()))
}

/// The line that begins at a place, without its end; a longer one is cut.
fn line_from(file: &File, at: u64) -> io::Result<Vec<u8>> {
    let mut buffer = [0; LINE_BYTES];
    let mut filled = 0;
    while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match file.read_at(rest, at.saturating_add(filled as u64)) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    let read = buffer.get(..filled).unwrap_or_default();
    Ok(read.split(|b| *b == b'\n').next().unwrap_or_default().to_vec())
}

/// The beginning of the first line that begins at this place or after it.
fn line_start(file: &File, at: u64) -> io::Result<u64> {
    match at.checked_sub(1) {
        None => Ok(0),
        // The line that the byte before is on ends where the next begins.
        Some(before) => Ok(before + line_from(file, before)?.len() as u64 + 1),
    }
}

/// The digest on the line at a place, which must be one.
fn digest_at(file: &File, at: u64) -> io::Result<[u8; DIGEST]> {
    digest_of(&line_from(file, at)?)
        .ok_or_else(|| invalid(&format!("at byte {at} there is no line with a SHA-1 digest and a count")))
}

/// Looks at a few places of a file of digests. Whether all of it is in order would be known only after reading all of it.
fn check_order(file: &File, length: u64) -> io::Result<()> {
    const PLACES: u64 = 64;
    let mut last = [0; DIGEST];
    for place in 0..PLACES {
        let at = line_start(file, length / PLACES * place)?;
        if at >= length {
            break;
        }
        let digest = digest_at(file, at)?;
        if digest < last {
            return Err(invalid(&format!(
                "the SHA-1 digests are not sorted: the one at byte {at} is too small"
            )));
        }
        last = digest;
    }
    Ok(())
}

/// Whether a digest is in a file of digests: by halves.
fn find(file: &File, length: u64, wanted: &[u8; DIGEST]) -> io::Result<bool> {
    let (mut low, mut high) = (0, length);
    // Invariant: the line, if it is there, begins at `low` or after it and before `high`.
    while low < high {
        let middle = low + (high - low) / 2;
        let at = line_start(file, middle)?;
        if at >= high {
            high = middle;
            continue;
        }
        match digest_at(file, at)?.cmp(wanted) {
            std::cmp::Ordering::Equal => return Ok(true),
            std::cmp::Ordering::Less => low = at + 1,
            std::cmp::Ordering::Greater => high = middle,
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opened(text: &[u8]) -> Result<KnownPasswords, String> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        KnownPasswords::open(file.path())
    }

    fn hex(password: &str) -> String {
        String::from_utf8(sha1(password).to_vec()).unwrap()
    }

    #[test]
    fn a_password_a_line_is_found_apart_from_case_and_a_simple_ending() {
        let list =
            opened("Purple Elephant Parade\r\nDéjà Vu Encore\nlast line without end".as_bytes()).unwrap();
        for there in [
            "Purple Elephant Parade",
            "purple elephant parade",
            "purple elephant parade99!",
            "Purple Elephant Parade 2026",
            "de\u{301}jà vu encore",
            "LAST line without end",
        ] {
            assert!(list.contains(there).unwrap(), "{there}");
        }
        for missing in ["purple elephant", "a purple elephant parade", "", "1234!", "purple  elephant parade"]
        {
            assert!(!list.contains(missing).unwrap(), "{missing}");
        }
    }

    #[test]
    fn every_digest_of_a_sorted_file_is_found_and_no_other() {
        for (count, ending) in [(1, "\n"), (2, "\r\n"), (3, "\n"), (1000, "\r\n"), (1000, "\n")] {
            let mut digests: Vec<String> = (0..count).map(|n| hex(&format!("pw{n}x"))).collect();
            digests.sort();
            for form in [0, 1] {
                let lines = digests.iter().enumerate().map(|(n, d)| match form {
                    0 => format!("{d}{ending}"),
                    _ => format!("{d}:{}{ending}", n * 997),
                });
                let text: String = lines.collect();
                for text in [text.as_str(), text.trim_end()] {
                    let list = opened(text.as_bytes()).unwrap();
                    for n in 0..count {
                        assert!(list.contains(&format!("pw{n}x")).unwrap(), "{n} of {count}");
                        assert!(list.contains(&format!("PW{n}X2024!")).unwrap(), "{n} of {count}");
                        assert!(!list.contains(&format!("other{n}x")).unwrap(), "{n} of {count}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_file_that_is_no_list_is_refused_in_one_sentence() {
        let unsorted = format!("{}\n{}\n", "F".repeat(40), "0".repeat(40)).repeat(100);
        let broken = format!("{}:1\n{}", "0".repeat(40), "no digest\n".repeat(100));
        for (text, words) in [
            (&b""[..], "empty"),
            (b"\n\n", "empty"),
            (b"good\n\xff\xfe\n", "UTF-8"),
            (unsorted.as_bytes(), "sorted"),
            (broken.as_bytes(), "SHA-1"),
        ] {
            let refused = opened(text).unwrap_err();
            assert!(refused.contains(words) && refused.lines().count() == 1, "{refused}");
        }
        assert!(KnownPasswords::open(Path::new("/nowhere/list")).unwrap_err().contains("/nowhere/list"));
        assert!(KnownPasswords::open(Path::new("/tmp")).unwrap_err().contains("a file is expected"));
    }
}
