//! Records as bytes: a tag, then texts and bytes after their lengths, numbers big-endian. Exactly one spelling stands for each record.

use usher_store::Value;
use usher_store::backup::Record;

const TABLE: u8 = b'T';
const ROW: u8 = b'R';
const NULL: u8 = 0;
const INT: u8 = 1;
const TEXT: u8 = 2;
const BLOB: u8 = 3;

/// These are no records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no records")]
pub struct NotRecords;

/// Writes a record behind others. One with more columns, or a longer name or value, than the form has room for is none.
pub fn encode(record: &Record, out: &mut Vec<u8>) -> Result<(), NotRecords> {
    match record {
        Record::Table { name, columns } => {
            out.push(TABLE);
            short(name, out)?;
            count(columns.len(), out)?;
            columns.iter().try_for_each(|column| short(column, out))
        }
        Record::Row(values) => {
            out.push(ROW);
            count(values.len(), out)?;
            values.iter().try_for_each(|value| write(value, out))
        }
    }
}

fn count(number: usize, out: &mut Vec<u8>) -> Result<(), NotRecords> {
    out.extend(u16::try_from(number).map_err(|_| NotRecords)?.to_be_bytes());
    Ok(())
}

fn short(text: &str, out: &mut Vec<u8>) -> Result<(), NotRecords> {
    count(text.len(), out)?;
    out.extend(text.as_bytes());
    Ok(())
}

fn write(value: &Value, out: &mut Vec<u8>) -> Result<(), NotRecords> {
    let (tag, bytes) = match value {
        Value::Null => {
            out.push(NULL);
            return Ok(());
        }
        Value::Int(number) => {
            out.push(INT);
            out.extend(number.to_be_bytes());
            return Ok(());
        }
        Value::Text(text) => (TEXT, text.as_bytes()),
        Value::Blob(bytes) => (BLOB, bytes.as_slice()),
    };
    out.push(tag);
    out.extend(u32::try_from(bytes.len()).map_err(|_| NotRecords)?.to_be_bytes());
    out.extend(bytes);
    Ok(())
}

/// Reads bytes that are nothing but records.
pub fn decode(mut bytes: &[u8]) -> Result<Vec<Record>, NotRecords> {
    let mut records = Vec::new();
    while let Some((tag, rest)) = bytes.split_first() {
        bytes = rest;
        records.push(match *tag {
            TABLE => {
                let name = read_short(&mut bytes)?;
                let columns = (0..read_count(&mut bytes)?).map(|_| read_short(&mut bytes));
                Record::Table { name, columns: columns.collect::<Result<_, _>>()? }
            }
            ROW => {
                let values = (0..read_count(&mut bytes)?).map(|_| read(&mut bytes));
                Record::Row(values.collect::<Result<_, _>>()?)
            }
            _ => return Err(NotRecords),
        });
    }
    Ok(records)
}

fn take<const N: usize>(bytes: &mut &[u8]) -> Result<[u8; N], NotRecords> {
    let (taken, rest) = bytes.split_first_chunk::<N>().ok_or(NotRecords)?;
    *bytes = rest;
    Ok(*taken)
}

fn take_many<'a>(bytes: &mut &'a [u8], number: usize) -> Result<&'a [u8], NotRecords> {
    let (taken, rest) = bytes.split_at_checked(number).ok_or(NotRecords)?;
    *bytes = rest;
    Ok(taken)
}

fn read_count(bytes: &mut &[u8]) -> Result<usize, NotRecords> {
    Ok(usize::from(u16::from_be_bytes(take(bytes)?)))
}

fn read_short(bytes: &mut &[u8]) -> Result<String, NotRecords> {
    let length = read_count(bytes)?;
    text(take_many(bytes, length)?)
}

/// U+0000 is in no text of usher's.
fn text(bytes: &[u8]) -> Result<String, NotRecords> {
    match str::from_utf8(bytes) {
        Ok(text) if !text.contains('\0') => Ok(text.to_owned()),
        _ => Err(NotRecords),
    }
}

fn read(bytes: &mut &[u8]) -> Result<Value, NotRecords> {
    let [tag] = take::<1>(bytes)?;
    match tag {
        NULL => return Ok(Value::Null),
        INT => return Ok(Value::Int(i64::from_be_bytes(take(bytes)?))),
        TEXT | BLOB => {}
        _ => return Err(NotRecords),
    }
    let length = usize::try_from(u32::from_be_bytes(take(bytes)?)).map_err(|_| NotRecords)?;
    let content = take_many(bytes, length)?;
    Ok(if tag == TEXT { Value::Text(text(content)?) } else { Value::Blob(content.to_vec()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn some() -> Vec<Record> {
        let columns = ["pool_id", "id", "text", "number", "nothing"].map(str::to_owned).to_vec();
        let row = |text: &str| {
            Record::Row(vec![
                Value::Blob(vec![7; 16]),
                Value::Blob(Vec::new()),
                Value::Text(text.to_owned()),
                Value::Int(i64::MIN),
                Value::Null,
            ])
        };
        vec![Record::Table { name: "users".to_owned(), columns }, row("王"), row("")]
    }

    #[test]
    fn records_read_back_as_what_they_were_written_from() {
        let mut bytes = Vec::new();
        for record in some() {
            encode(&record, &mut bytes).unwrap();
        }
        assert_eq!(decode(&bytes), Ok(some()));
        assert_eq!(decode(b""), Ok(vec![]));
    }

    #[test]
    fn nothing_that_is_cut_or_wrong_is_read() {
        let mut bytes = Vec::new();
        encode(&some()[1], &mut bytes).unwrap();
        for length in 1..bytes.len() {
            assert_eq!(decode(&bytes[..length]), Err(NotRecords), "{length}");
        }
        for wrong in [
            &b"X"[..],
            b"R\0\x01\x04",
            b"R\0\x01\x02\xff\xff\xff\xffa",
            b"R\0\x01\x02\0\0\0\x01\0",
            b"T\0\x01\xff\0\0",
        ] {
            assert_eq!(decode(wrong), Err(NotRecords), "{wrong:?}");
        }
    }
}
