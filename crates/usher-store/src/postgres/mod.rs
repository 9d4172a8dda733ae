//! Placeholder.
use crate::{Applied, Batch, Fault, OpenError, Options, Row, Value};
#[derive(Debug)]
pub(crate) struct Postgres;
impl Postgres {
    pub(crate) async fn open(_: &str, _: &Options) -> Result<Self, OpenError> { Err(OpenError::Address("x".into())) }
    pub(crate) async fn rows(&self, _: &'static str, _: &[Value]) -> Result<Vec<Row>, Fault> { Err(Fault::closed()) }
    pub(crate) async fn apply(&self, _: Batch) -> Result<Applied, Fault> { Err(Fault::closed()) }
    pub(crate) async fn check_statement(&self, _: &'static str) -> Result<(), Fault> { Err(Fault::closed()) }
    pub(crate) async fn close(&self) {}
}
