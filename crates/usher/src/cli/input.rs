//! What the command line reads beside its arguments: files, standard input, answers to questions. Secrets come only from here, since
//! arguments can be seen by everybody on the machine.

use super::Failure;
use crate::system;
use std::fs::File;
use std::io::{BufRead as _, IsTerminal as _, Read as _, Write as _};
use usher_types::{Secret, limits};

/// A secret from `@FILE` or `-`. One line break at its end does not belong to it.
pub(super) fn secret(name: &str, source: &str) -> Result<Secret, Failure> {
    let read = match (source, source.strip_prefix('@')) {
        ("-", _) => bytes(name, "standard input", std::io::stdin().lock())?,
        (_, Some(path)) => file(name, path)?,
        _ => {
            let message = format!(
                "{name}: a secret is never written out, where everybody on this machine can see it: give @FILE, or - for standard input"
            );
            return Err(Failure::Written(message));
        }
    };
    let mut text = String::from_utf8(read)
        .map_err(|_| Failure::Written(format!("{name}: a text in UTF-8 is expected")))?;
    if text.ends_with('\n') {
        text.pop();
    }
    if text.ends_with('\r') {
        text.pop();
    }
    if text.is_empty() {
        return Err(Failure::Written(format!("{name}: it is empty")));
    }
    if text.contains('\0') {
        return Err(Failure::Written(format!("{name}: the character U+0000 is not allowed")));
    }
    Ok(Secret::from(text))
}

/// The content of a file that a value names.
pub(super) fn file(name: &str, path: &str) -> Result<Vec<u8>, Failure> {
    let opened =
        File::open(path).map_err(|e| Failure::Written(format!("{name}: {path}: {}", system::why(&e))))?;
    bytes(name, path, opened)
}

fn bytes(name: &str, from: &str, reader: impl std::io::Read) -> Result<Vec<u8>, Failure> {
    let most = u64::try_from(limits::COMMAND_BYTES).unwrap_or(u64::MAX);
    let mut read = Vec::new();
    reader
        .take(most)
        .read_to_end(&mut read)
        .map_err(|e| Failure::Written(format!("{name}: {from}: {}", system::why(&e))))?;
    if read.len() >= limits::COMMAND_BYTES {
        return Err(Failure::Written(format!("{name}: {from} is too large")));
    }
    Ok(read)
}

/// Asks whether something is meant that cannot be undone; without a terminal nobody can be asked.
pub(super) fn confirm(what: &str) -> Result<(), Failure> {
    if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
        return Err(Failure::Written(format!("{what} cannot be undone: --yes says that it is meant")));
    }
    eprint!("{what} cannot be undone. Is it meant? [y/N] ");
    let _ = std::io::stderr().flush();
    match line()?.trim() {
        "y" | "Y" | "yes" => Ok(()),
        _ => Err(Failure::Written("nothing was changed".to_owned())),
    }
}

/// Asks for a password, twice and unseen.
pub(super) fn ask_password() -> Result<Secret, Failure> {
    if !std::io::stdin().is_terminal() {
        let message = "where does the password come from? --password @FILE, --password - for standard input, or --generate";
        return Err(Failure::Written(message.to_owned()));
    }
    let first = unseen("New password: ")?;
    let second = unseen("Once more: ")?;
    if !usher_crypto::matches(first.as_bytes(), second.as_bytes()) {
        return Err(Failure::Written("the two are not the same: nothing was changed".to_owned()));
    }
    Ok(Secret::from(first))
}

/// A line that the terminal does not show.
fn unseen(question: &str) -> Result<String, Failure> {
    use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
    let world = |e: rustix::io::Errno| Failure::World(format!("the terminal cannot be used: {e}"));
    eprint!("{question}");
    let _ = std::io::stderr().flush();
    let terminal = std::io::stdin();
    let before = tcgetattr(&terminal).map_err(world)?;
    let mut quiet = before.clone();
    quiet.local_modes.remove(LocalModes::ECHO);
    tcsetattr(&terminal, OptionalActions::Flush, &quiet).map_err(world)?;
    let read = line();
    tcsetattr(&terminal, OptionalActions::Flush, &before).map_err(world)?;
    eprintln!();
    read.map(|text| text.trim_end_matches(['\n', '\r']).to_owned())
}

fn line() -> Result<String, Failure> {
    let mut text = String::new();
    std::io::stdin()
        .lock()
        .read_line(&mut text)
        .map_err(|e| Failure::World(format!("the terminal cannot be read: {e}")))?;
    Ok(text)
}
