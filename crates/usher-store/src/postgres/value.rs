//! Values on their way to PostgreSQL and back. Its INTEGER columns are BIGINT, but a literal or an expression may have a
//! smaller type, and a comparison is a BOOLEAN: these are numbers too.

use crate::{Fault, Row, Value};
use bytes::BytesMut;
use std::error::Error;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};

/// Whether a value can be sent for a parameter of a type.
pub(crate) fn fits(value: &Value, wanted: &Type) -> bool {
    match value {
        Value::Null => true,
        Value::Int(number) => match *wanted {
            Type::INT8 => true,
            Type::INT4 => i32::try_from(*number).is_ok(),
            Type::INT2 => i16::try_from(*number).is_ok(),
            _ => false,
        },
        Value::Text(_) => matches!(*wanted, Type::TEXT | Type::VARCHAR),
        Value::Blob(_) => *wanted == Type::BYTEA,
    }
}

/// A row as it came.
pub(crate) fn row(row: &tokio_postgres::Row) -> Result<Row, Fault> {
    let columns = row.columns().iter().enumerate().map(|(n, column)| {
        row.try_get::<_, Value>(n).map_err(|_| {
            Fault::bug(&format!(
                "column {n} has the type {}, which the dialect does not have",
                column.type_()
            ))
        })
    });
    columns.collect::<Result<_, _>>().map(Row::new)
}

impl ToSql for Value {
    fn to_sql(&self, wanted: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Int(number) => match *wanted {
                Type::INT4 => i32::try_from(*number)?.to_sql(wanted, out),
                Type::INT2 => i16::try_from(*number)?.to_sql(wanted, out),
                _ => number.to_sql(wanted, out),
            },
            Self::Text(text) => text.to_sql(wanted, out),
            Self::Blob(bytes) => bytes.to_sql(wanted, out),
        }
    }

    fn accepts(_: &Type) -> bool {
        // Which value goes with which type depends on the value: see `fits`.
        true
    }

    to_sql_checked!();
}

impl<'a> FromSql<'a> for Value {
    fn from_sql(given: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(match *given {
            Type::INT8 => Self::Int(i64::from_sql(given, raw)?),
            Type::INT4 => Self::Int(i64::from(i32::from_sql(given, raw)?)),
            Type::INT2 => Self::Int(i64::from(i16::from_sql(given, raw)?)),
            Type::BOOL => Self::Int(i64::from(bool::from_sql(given, raw)?)),
            Type::BYTEA => Self::Blob(raw.to_vec()),
            _ => Self::Text(String::from_sql(given, raw)?),
        })
    }

    fn from_sql_null(_: &Type) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self::Null)
    }

    fn accepts(given: &Type) -> bool {
        matches!(
            *given,
            Type::INT8 | Type::INT4 | Type::INT2 | Type::BOOL | Type::BYTEA | Type::TEXT | Type::VARCHAR
        )
    }
}
