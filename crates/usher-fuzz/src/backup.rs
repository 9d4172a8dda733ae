//! The target for backups: records in exactly one spelling, and a file of which nothing is believed that its key did not seal.

use usher_core::backup::file::Reader;
use usher_core::backup::record::{decode, encode};
use usher_crypto::seal::MasterKey;

/// Records and files of backups.
pub fn backup(data: &[u8]) {
    if let Ok(records) = decode(data) {
        let mut written = Vec::new();
        let all = records.iter().try_for_each(|record| encode(record, &mut written));
        assert!(all.is_ok() && written == data, "exactly one spelling");
    }
    let Ok(master) = MasterKey::from_bytes(&[7; 32]) else { return };
    let Ok((_, mut reader)) = Reader::begin(data, &master) else { return };
    let mut chunks = 0;
    while let Ok(Some(_)) = reader.next(&master) {
        chunks += 1;
    }
    // Each chunk has its length and its tag.
    assert!(chunks * 34 <= data.len());
}
