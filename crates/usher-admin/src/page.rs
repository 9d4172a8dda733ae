//! Parts of lists: how many entries, and where a list goes on.

use crate::error::AdminError;
use serde::{Deserialize, Serialize};

/// The most entries of one page.
const MOST_ENTRIES: u32 = 1_000;

/// A part of a list.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Page {
    /// What the page before this one said is next; nothing for the first page.
    pub after: Option<String>,
    /// The most entries.
    pub limit: u32,
}

/// How many entries to read for a page: one more than it has, to know whether there is a next one.
pub(crate) fn entries(page: &Page) -> Result<u32, AdminError> {
    if (1..=MOST_ENTRIES).contains(&page.limit) {
        return Ok(page.limit + 1);
    }
    Err(AdminError::setting("limit", &format!("1 to {MOST_ENTRIES} are allowed")))
}

/// Cuts a list to its page; where it goes on is the key of the page's last entry.
pub(crate) fn cut<T>(page: &Page, entries: &mut Vec<T>, key: impl Fn(&T) -> String) -> Option<String> {
    let limit = usize::try_from(page.limit).unwrap_or(usize::MAX);
    if entries.len() <= limit {
        return None;
    }
    entries.truncate(limit);
    entries.last().map(key)
}
