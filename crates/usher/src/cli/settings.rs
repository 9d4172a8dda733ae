//! Lists of what can be set: for people, for programs, and for the documentation.

use super::render::aligned;
use serde_json::json;
use usher_admin::setting::{Setting, Table};

/// What can be set of one kind of thing.
#[derive(Clone, Copy)]
pub struct Listing(pub(super) &'static Table);

impl Listing {
    /// Aligned for people.
    pub(super) fn text(self) -> String {
        let mut rows = vec![["NAME", "KIND", "DEFAULT", "MEANING"].map(str::to_owned).to_vec()];
        for setting in self.0.settings {
            rows.push(vec![
                setting.name.to_owned(),
                kind(self.0, setting),
                short(&self.0.default_in_words(setting)),
                setting.meaning.to_owned(),
            ]);
        }
        aligned(&rows)
    }

    /// JSON, a line break at its end.
    pub(super) fn json(self) -> String {
        let settings: Vec<_> = self
            .0
            .settings
            .iter()
            .map(|setting| {
                json!({
                    "name": setting.name,
                    "kind": setting.kind.in_words(),
                    "allowed": self.0.allowed(setting),
                    "default": self.0.default_in_words(setting),
                    "meaning": setting.meaning,
                })
            })
            .collect();
        format!("{:#}\n", json!({ "settings": settings }))
    }
}

/// A table for the documentation.
pub fn markdown(table: &Table) -> String {
    let mut out = "| name | value | default | meaning |\n|---|---|---|---|\n".to_owned();
    for setting in table.settings {
        let allowed = table.allowed(setting);
        let kind = match allowed.as_slice() {
            [] => setting.kind.in_words().to_owned(),
            allowed => allowed.iter().map(|value| format!("`{value}`")).collect::<Vec<_>>().join(", "),
        };
        let row = format!(
            "| `{}` | {kind} | {} | {} |\n",
            setting.name,
            table.default_in_words(setting).replace(',', ", ").replace(",  ", ", "),
            setting.meaning
        );
        out.push_str(&row);
    }
    out
}

fn kind(table: &Table, setting: &Setting) -> String {
    match table.allowed(setting).as_slice() {
        [] => setting.kind.in_words().to_owned(),
        allowed if allowed.len() <= 3 => allowed.join(", "),
        allowed => format!("one of {}", allowed.len()),
    }
}

/// A default that does not fill the screen.
fn short(text: &str) -> String {
    if text.chars().count() <= 32 {
        return text.to_owned();
    }
    text.chars().take(31).chain(['…']).collect()
}
