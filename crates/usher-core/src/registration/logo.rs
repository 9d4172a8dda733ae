//! Logos: a picture is what its content says, never what its name says.

use std::path::Path;
use usher_store::tables::Logo;
use usher_types::limits;

/// Why bytes are not a logo.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LogoError {
    /// Too many.
    #[error("at most {} bytes are allowed", limits::LOGO_BYTES)]
    TooLarge,
    /// Of another kind.
    #[error("a PNG, JPEG or WebP file is expected")]
    Kind,
}

/// Finds the media type of a picture from its content.
pub fn logo_of(bytes: Vec<u8>) -> Result<Logo, LogoError> {
    if bytes.len() > limits::LOGO_BYTES {
        return Err(LogoError::TooLarge);
    }
    let media_type = if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        "image/png"
    } else if bytes.starts_with(b"\xff\xd8\xff") {
        "image/jpeg"
    } else if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
        "image/webp"
    } else {
        return Err(LogoError::Kind);
    };
    Ok(Logo { media_type: media_type.to_owned(), bytes })
}

/// Reads a logo from a file; an error names the file.
pub fn read_logo(path: &Path) -> Result<Logo, String> {
    let bytes = std::fs::read(path).map_err(|e| format!("{}: {e}", path.display()))?;
    logo_of(bytes).map_err(|e| format!("{}: {e}", path.display()))
}
