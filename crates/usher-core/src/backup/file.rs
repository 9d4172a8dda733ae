//! A backup's file: a head that says what it is, then chunks of records, each sealed under the master key (AES-256-GCM) for its
//! file, its number and whether it is the last, so that none can be changed, moved, left out, or put in from elsewhere.
//!
//! The head: `usher backup` and a line break, the format's number (u16), the file's own 16 random bytes, the schema's number and the
//! moment in milliseconds (i64 each), SHA-256 of all that, and a sealed nothing (after its length, u16), which opens under the right
//! master key only. A chunk: 1 for the last and 0 for others, its length (u32), the sealed records. Numbers are big-endian.

use super::error::Unreadable;
use super::record::{decode, encode};
use std::io::{self, Read, Write};
use usher_crypto::seal::MasterKey;
use usher_crypto::sha256;
use usher_store::backup::Record;
use usher_types::opaque::base64url;
use usher_types::{Random, Timestamp};

/// How every backup begins.
const MAGIC: &[u8; 13] = b"usher backup\n";
/// The format's number.
const FORMAT: u16 = 1;
/// Bytes of records after which a chunk is sealed.
const CHUNK: usize = 256 * 1024;
/// The longest chunk that is read. The largest single row, an application's logo, is far below it.
const LONGEST: u32 = 64 * 1024 * 1024;

/// What a backup says about itself in the open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The number of its schema.
    pub schema: i64,
    /// When it was made.
    pub made_at: Timestamp,
    id: [u8; 16],
}

impl Head {
    /// The head of a new file.
    pub fn new(schema: i64, made_at: Timestamp, random: &dyn Random) -> Self {
        let mut id = [0; 16];
        random.fill(&mut id);
        Self { schema, made_at, id }
    }

    fn bytes(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend(FORMAT.to_be_bytes());
        bytes.extend(self.id);
        bytes.extend(self.schema.to_be_bytes());
        bytes.extend(self.made_at.millis().to_be_bytes());
        bytes
    }
}

/// What a chunk is sealed for.
fn context(file: &str, number: u64, last: Last) -> String {
    let last = match last {
        Last::No => "more",
        Last::Yes => "last",
    };
    format!("backup {file} {number} {last}")
}

/// What the nothing of a head is sealed for.
fn head_context(file: &str) -> String {
    format!("backup {file}")
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Last {
    No,
    Yes,
}

/// Writes a backup.
pub struct Writer<'a, W> {
    out: W,
    master: &'a MasterKey,
    random: &'a dyn Random,
    file: String,
    number: u64,
    chunk: Vec<u8>,
}

impl<'a, W: Write> Writer<'a, W> {
    /// Writes the head.
    pub fn begin(mut out: W, head: &Head, master: &'a MasterKey, random: &'a dyn Random) -> io::Result<Self> {
        let bytes = head.bytes();
        let digest = sha256(&bytes);
        let file = base64url(&digest);
        let nothing = master.seal(&head_context(&file), b"", random);
        out.write_all(&bytes)?;
        out.write_all(&digest)?;
        out.write_all(&u16::try_from(nothing.len()).map_err(io::Error::other)?.to_be_bytes())?;
        out.write_all(&nothing)?;
        Ok(Self { out, master, random, file, number: 0, chunk: Vec::new() })
    }

    /// Writes records.
    pub fn add(&mut self, records: &[Record]) -> io::Result<()> {
        for record in records {
            encode(record, &mut self.chunk).map_err(io::Error::other)?;
            if self.chunk.len() >= CHUNK {
                self.seal(Last::No)?;
            }
        }
        Ok(())
    }

    /// Writes what is left, as the last chunk.
    pub fn end(mut self) -> io::Result<()> {
        self.seal(Last::Yes)?;
        self.out.flush()
    }

    fn seal(&mut self, last: Last) -> io::Result<()> {
        let context = context(&self.file, self.number, last);
        let sealed = self.master.seal(&context, &self.chunk, self.random);
        let length = u32::try_from(sealed.len()).ok().filter(|length| *length <= LONGEST);
        let length = length.ok_or_else(|| io::Error::other("a row is too large for a backup"))?;
        self.out.write_all(&[u8::from(last == Last::Yes)])?;
        self.out.write_all(&length.to_be_bytes())?;
        self.out.write_all(&sealed)?;
        self.number = self.number.saturating_add(1);
        self.chunk.clear();
        Ok(())
    }
}

/// Reads a backup.
pub struct Reader<R> {
    from: R,
    file: String,
    number: u64,
    ended: bool,
}

impl<R: Read> Reader<R> {
    /// Reads the head, and makes sure that this master key opens the rest.
    pub fn begin(mut from: R, master: &MasterKey) -> Result<(Head, Self), Unreadable> {
        let mut magic = [0; MAGIC.len()];
        from.read_exact(&mut magic).map_err(|e| match e.kind() {
            io::ErrorKind::UnexpectedEof => Unreadable::NotABackup,
            _ => Unreadable::System(e),
        })?;
        if magic != *MAGIC {
            return Err(Unreadable::NotABackup);
        }
        let format = u16::from_be_bytes(take(&mut from)?);
        if format != FORMAT {
            return Err(Unreadable::Format(format));
        }
        let id = take(&mut from)?;
        let schema = i64::from_be_bytes(take(&mut from)?);
        let made_at = Timestamp::from_millis(i64::from_be_bytes(take(&mut from)?));
        let head = Head { schema, made_at, id };
        let digest: [u8; 32] = take(&mut from)?;
        // Tells damage from another key; what protects is that every chunk is sealed for this digest.
        if digest != sha256(&head.bytes()) {
            return Err(Unreadable::Changed);
        }
        let file = base64url(&digest);
        let length = u16::from_be_bytes(take(&mut from)?);
        let nothing = take_many(&mut from, u32::from(length))?;
        master.open(&head_context(&file), &nothing).map_err(|_| Unreadable::OtherKey)?;
        Ok((head, Self { from, file, number: 0, ended: false }))
    }

    /// The records of the next chunk; `None` after the last.
    pub fn next(&mut self, master: &MasterKey) -> Result<Option<Vec<Record>>, Unreadable> {
        if self.ended {
            return Ok(None);
        }
        let last = match take::<1>(&mut self.from)? {
            [0] => Last::No,
            [1] => Last::Yes,
            _ => return Err(Unreadable::Changed),
        };
        let length = u32::from_be_bytes(take(&mut self.from)?);
        if length > LONGEST {
            return Err(Unreadable::Changed);
        }
        let sealed = take_many(&mut self.from, length)?;
        let context = context(&self.file, self.number, last);
        let plain = master.open(&context, &sealed).map_err(|_| Unreadable::Changed)?;
        let records = decode(plain.expose()).map_err(|_| Unreadable::Changed)?;
        self.number = self.number.saturating_add(1);
        if last == Last::Yes {
            self.ended = true;
            // Nothing may hang on behind.
            if self.from.read(&mut [0])? != 0 {
                return Err(Unreadable::Changed);
            }
        }
        Ok(Some(records))
    }
}

fn take<const N: usize>(from: &mut impl Read) -> Result<[u8; N], Unreadable> {
    let mut bytes = [0; N];
    from.read_exact(&mut bytes).map_err(|e| match e.kind() {
        io::ErrorKind::UnexpectedEof => Unreadable::Cut,
        _ => Unreadable::System(e),
    })?;
    Ok(bytes)
}

/// As many bytes as the file says, without believing it before they are there.
fn take_many(from: &mut impl Read, length: u32) -> Result<Vec<u8>, Unreadable> {
    let mut bytes = Vec::new();
    from.take(u64::from(length)).read_to_end(&mut bytes)?;
    match u32::try_from(bytes.len()) == Ok(length) {
        true => Ok(bytes),
        false => Err(Unreadable::Cut),
    }
}

#[cfg(test)]
mod tests;
