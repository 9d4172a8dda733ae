//! What is shown of the audit trail.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A row of the trail.
#[derive(Debug, Serialize, Deserialize)]
pub struct AuditRowView {
    /// Its id, by which the list goes on.
    pub id: String,
    /// When.
    pub at: String,
    /// What happened.
    pub event: String,
    /// Who did it.
    pub actor: Option<String>,
    /// What it was done to.
    pub target: Option<String>,
    /// Through which application.
    pub client_id: Option<String>,
    /// The person.
    pub user_id: Option<String>,
    /// From which network.
    pub network: Option<String>,
    /// In which request.
    pub request_id: Option<String>,
    /// `done`, or `refused`.
    pub outcome: String,
    /// Why it was refused.
    pub cause: Option<String>,
    /// What else there is to say.
    pub detail: Value,
    /// Its number, once it is sealed.
    pub number: Option<i64>,
}

/// A sum of refusals.
#[derive(Debug, Serialize, Deserialize)]
pub struct RefusalView {
    /// The minute, as its first moment.
    pub minute: String,
    /// How often.
    pub times: i64,
    /// The real cause.
    pub cause: String,
    /// The application, where it was recognised.
    pub client_id: String,
    /// From which network.
    pub network: String,
}

/// What a check of a pool's trail found.
#[derive(Debug, Serialize, Deserialize)]
pub struct AuditReportView {
    /// The pool.
    pub pool: String,
    /// Whether nothing is wrong.
    pub intact: bool,
    /// The number of the first row that is there, where older ones were removed in their time.
    pub begins_with: Option<i64>,
    /// When they were removed.
    pub removed_at: Option<String>,
    /// The number of the last sealed row up to which everything is right.
    pub sealed_until: Option<i64>,
    /// When that was sealed.
    pub sealed_at: Option<String>,
    /// How many rows wait for the sealer.
    pub unsealed: i64,
    /// When the oldest of them was written.
    pub oldest_unsealed_at: Option<String>,
    /// How many rows an older version wrote, without a mark.
    pub unmarked: i64,
    /// Up to when sums of refusals are sealed.
    pub refusals_sealed_until: Option<String>,
    /// How many sums of refusals wait for their seal.
    pub refusals_unsealed: i64,
    /// The minute of the oldest of them.
    pub oldest_unsealed_refusal_at: Option<String>,
    /// How the checkpoint compares: `same`, or `removed` where its rows were removed in their time.
    pub checkpoint: Option<String>,
    /// The first thing that is wrong.
    pub broken: Option<BrokenView>,
}

/// Something that is wrong in a trail.
#[derive(Debug, Serialize, Deserialize)]
pub struct BrokenView {
    /// At which number; none where the row has no number yet.
    pub number: Option<i64>,
    /// What, in a sentence.
    pub what: String,
}
