//! Why a command was not carried out: one sentence each, and whose affair it is.

use serde::{Deserialize, Serialize};
use usher_core::Fault;
use usher_core::client::SettingError;

/// Why a command was not carried out. Unless it says otherwise, nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "error", content = "message", rename_all = "snake_case")]
pub enum AdminError {
    /// What the administrator wrote is wrong: a name, a value, a contradiction.
    #[error("{0}")]
    Wrong(String),
    /// What the administrator named is not there.
    #[error("{0}")]
    NotFound(String),
    /// What is to be made is there already.
    #[error("{0}")]
    Exists(String),
    /// It would break something that must hold.
    #[error("{0}")]
    Refused(String),
    /// Somebody else changed the same thing at the same time.
    #[error("{0}")]
    Conflict(String),
    /// Our mistake or the world's.
    #[error("{0}")]
    Fault(String),
}

impl AdminError {
    /// Whether another command is what helps, rather than another time.
    pub const fn is_administrators(&self) -> bool {
        match self {
            Self::Wrong(_) | Self::NotFound(_) | Self::Exists(_) | Self::Refused(_) => true,
            Self::Conflict(_) | Self::Fault(_) => false,
        }
    }

    pub(crate) fn setting(name: &str, message: &str) -> Self {
        Self::Wrong(format!("{name}: {message}"))
    }

    pub(crate) fn conflict(what: &str) -> Self {
        Self::Conflict(format!(
            "{what} was changed by somebody else at the same time: look at it and try again"
        ))
    }
}

impl From<Fault> for AdminError {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault.to_string())
    }
}

impl From<SettingError> for AdminError {
    fn from(error: SettingError) -> Self {
        Self::Wrong(error.to_string())
    }
}
