//! Standard output, whose reader may have gone: `usher … | head` is no mistake.

use std::io::{ErrorKind, Write as _};

/// Writes a text to standard output.
///
/// # Errors
///
/// A sentence where it cannot be written for another reason than that nobody reads on.
pub fn print(text: &str) -> Result<(), String> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(format!("standard output cannot be written: {}", crate::system::why(&error)))
        }
        _ => Ok(()),
    }
}
