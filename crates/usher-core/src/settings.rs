//! What an operator decides about the server as a whole.

use usher_types::uri::PublicUrl;

/// The operator's decisions.
#[derive(Debug, Clone)]
pub struct ServerSettings {
    /// Where people and applications reach it.
    pub public_url: PublicUrl,
    /// Whether errors explain themselves to developers.
    pub developer: bool,
}
