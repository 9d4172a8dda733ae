//! What is noticed of a file that is not as it was written.

use super::*;
use usher_crypto::SystemRandom;
use usher_store::Value;

fn key() -> MasterKey {
    MasterKey::from_bytes(&[7; 32]).unwrap()
}

fn head() -> Head {
    Head::new(3, Timestamp::from_millis(1_800_000_000_000), &SystemRandom)
}

/// A file of three chunks.
fn written(head: &Head) -> (Vec<u8>, Vec<Record>) {
    let mut records = vec![Record::Table {
        name: "logos".to_owned(),
        columns: vec!["pool_id".to_owned(), "bytes".to_owned()],
    }];
    for n in 0..8_u8 {
        records.push(Record::Row(vec![Value::Blob(vec![n; 16]), Value::Blob(vec![n; 120 * 1024])]));
    }
    let mut bytes = Vec::new();
    let master = key();
    let mut writer = Writer::begin(&mut bytes, head, &master, &SystemRandom).unwrap();
    writer.add(&records).unwrap();
    writer.end().unwrap();
    (bytes, records)
}

fn read(bytes: &[u8], master: &MasterKey) -> Result<(Head, Vec<Record>), Unreadable> {
    let (head, mut reader) = Reader::begin(bytes, master)?;
    let mut all = Vec::new();
    while let Some(records) = reader.next(master)? {
        all.extend(records);
    }
    Ok((head, all))
}

/// Where the chunks of a file begin, and its end.
fn borders(bytes: &[u8]) -> Vec<usize> {
    let mut at = 13 + 2 + 16 + 8 + 8 + 32;
    at += 2 + usize::from(u16::from_be_bytes(bytes[at..at + 2].try_into().unwrap()));
    let mut all = vec![at];
    while at < bytes.len() {
        at += 5 + usize::try_from(u32::from_be_bytes(bytes[at + 1..at + 5].try_into().unwrap())).unwrap();
        all.push(at);
    }
    all
}

#[test]
fn a_backup_reads_back_as_it_was_written_and_tells_nothing_else() {
    let head = head();
    let (bytes, records) = written(&head);
    assert_eq!(read(&bytes, &key()).unwrap(), (head, records));
    assert!(!bytes.windows(16).any(|w| w == [3; 16]) && !bytes.windows(5).any(|w| w == b"logos"));
}

#[test]
fn another_key_and_another_format_are_told_apart_from_damage() {
    let (mut bytes, _) = written(&head());
    let other = MasterKey::from_bytes(&[8; 32]).unwrap();
    assert!(matches!(read(&bytes, &other), Err(Unreadable::OtherKey)));
    assert!(matches!(read(b"usher", &key()), Err(Unreadable::NotABackup)));
    assert!(matches!(read(b"SQLite format 3\0 and more", &key()), Err(Unreadable::NotABackup)));
    bytes[14] = 2;
    assert!(matches!(read(&bytes, &key()), Err(Unreadable::Format(2))));
}

#[test]
fn a_changed_byte_is_noticed_wherever_it_is() {
    let (bytes, _) = written(&head());
    let borders = borders(&bytes);
    assert_eq!(borders.len(), 4, "three chunks");
    let places =
        (0..borders[0]).chain(borders.windows(2).flat_map(|w| w[0]..w[0] + 40)).chain([bytes.len() - 1]);
    for at in places {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        assert!(read(&changed, &key()).is_err(), "byte {at}");
    }
}

#[test]
fn a_cut_is_noticed_wherever_it_is() {
    let (bytes, _) = written(&head());
    let borders = borders(&bytes);
    for at in (0..borders[0]).chain(borders[1..3].iter().copied()).chain([borders[1] - 1, bytes.len() - 1]) {
        let cut = read(&bytes[..at], &key());
        assert!(matches!(cut, Err(Unreadable::Cut | Unreadable::NotABackup)), "{at}: {cut:?}");
    }
    assert!(matches!(read(&[&bytes[..], b"x"].concat(), &key()), Err(Unreadable::Changed)));
}

#[test]
fn chunks_cannot_be_exchanged_repeated_left_out_or_taken_from_another_backup() {
    let (bytes, _) = written(&head());
    let (other, _) = written(&head());
    let pieces = |bytes: &[u8]| -> Vec<Vec<u8>> {
        let borders = borders(bytes);
        let mut all = vec![bytes[..borders[0]].to_vec()];
        all.extend(borders.windows(2).map(|w| bytes[w[0]..w[1]].to_vec()));
        all
    };
    let (a, b) = (pieces(&bytes), pieces(&other));
    for joined in [
        [&a[0], &a[2], &a[1], &a[3]].map(Clone::clone).concat(),
        [&a[0], &a[1], &a[1], &a[3]].map(Clone::clone).concat(),
        [&a[0], &a[1], &a[3]].map(Clone::clone).concat(),
        [&a[0], &a[3]].map(Clone::clone).concat(),
        [&a[0], &b[1], &a[2], &a[3]].map(Clone::clone).concat(),
        [&b[0], &a[1], &a[2], &a[3]].map(Clone::clone).concat(),
    ] {
        assert!(matches!(read(&joined, &key()), Err(Unreadable::Changed)));
    }
}
