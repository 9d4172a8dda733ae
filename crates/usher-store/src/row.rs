//! A row that a statement gave, read by the position of its columns.

use crate::value::FromValue;
use crate::{Fault, Value};

/// The columns of one row, in the order in which the statement lists them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row(Vec<Value>);

impl Row {
    /// A row of these columns.
    pub(crate) const fn new(columns: Vec<Value>) -> Self {
        Self(columns)
    }

    /// All of its columns.
    pub(crate) fn into_values(self) -> Vec<Value> {
        self.0
    }

    /// The column at a position, counted from 0. A column that is not there or holds something else is a bug of the
    /// statement, never of a request.
    pub fn get<T: FromValue>(&self, column: usize) -> Result<T, Fault> {
        let value = self.0.get(column).ok_or_else(|| {
            Fault::bug(&format!("column {column} was read from a row of {} columns", self.0.len()))
        })?;
        T::from_value(value).ok_or_else(|| {
            Fault::bug(&format!("column {column} holds {} where {} is expected", value.kind(), T::EXPECTED))
        })
    }

    /// The first columns as they are, whatever they hold; fewer where the row is shorter.
    pub(crate) fn first(&self, columns: usize) -> Vec<Value> {
        self.0.iter().take(columns).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::params;
    use usher_types::{PoolId, Timestamp};

    #[test]
    fn columns_read_back_as_what_they_were_written_from() {
        let pool = PoolId::from_bytes([7; 16]);
        let row = Row::new(params![
            pool,
            "text",
            5_i64,
            true,
            Timestamp::from_millis(9),
            [1_u8; 32],
            None::<PoolId>
        ]);
        assert_eq!(row.get::<PoolId>(0).unwrap(), pool);
        assert_eq!(row.get::<String>(1).unwrap(), "text");
        assert_eq!(row.get::<i64>(2).unwrap(), 5);
        assert!(row.get::<bool>(3).unwrap());
        assert_eq!(row.get::<Timestamp>(4).unwrap(), Timestamp::from_millis(9));
        assert_eq!(row.get::<[u8; 32]>(5).unwrap(), [1; 32]);
        assert_eq!(row.get::<Option<PoolId>>(6).unwrap(), None);
        assert_eq!(row.get::<Option<PoolId>>(0).unwrap(), Some(pool));
    }

    #[test]
    fn a_wrong_read_says_what_was_expected_and_never_what_was_there() {
        let row = Row::new(params!["secret", 2_i64]);
        assert!(row.get::<i64>(0).unwrap_err().to_string().contains("TEXT where an INTEGER"));
        assert!(row.get::<bool>(1).is_err());
        assert!(row.get::<String>(2).is_err());
        assert!(!format!("{row:?} {:?}", row.get::<i64>(0)).contains("secret"));
    }
}
