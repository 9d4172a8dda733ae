//! A target for what an administrator writes to change a setting.

use crate::input::{first_line, utf8};
use usher_admin::setting::{ACCESS_KEY, APPLICATION, POOL, Table, USER};
use usher_admin::{Action, Assignment, Operation, read_change};

/// `NAME=VALUE`: what is taken apart can be put together again, and what is read of it is a change of the setting that it names. The first
/// line is written for one of the tables, which the second names.
pub fn assignment(data: &[u8]) {
    let Some(text) = utf8(data) else { return };
    let (written, kind) = first_line(text);
    let assignment = match Assignment::parse(written) {
        Ok(assignment) => assignment,
        Err(error) => return one_sentence(&error.to_string()),
    };
    let Assignment { name, operation, text } = assignment;
    assert_eq!(format!("{name}{}{text}", operation.as_str()), written, "nothing is lost");
    assert!(!name.is_empty() && !name.chars().any(|c| c.is_control() || c.is_whitespace()));
    assert!(!text.contains('\0') && (!text.is_empty() || operation == Operation::Set));
    let table: &Table = match kind.trim() {
        "pool" => &POOL,
        "user" => &USER,
        "access-key" => &ACCESS_KEY,
        _ => &APPLICATION,
    };
    let change = match read_change(table, assignment) {
        Ok(change) => change,
        Err(error) => return one_sentence(&error.to_string()),
    };
    assert_eq!(change.name, name);
    let found = table.find(name).ok();
    let is_known = found.is_some_and(|(setting, member)| {
        name == setting.name || member.is_some_and(|member| name == format!("{}.{member}", setting.name))
    });
    assert!(is_known, "{name} is no setting");
    match change.action {
        Action::Reset => assert!(text.is_empty()),
        Action::Set(value) => {
            assert_eq!(operation, Operation::Set);
            assert!(!value.is_null() || text.trim() == "null");
        }
        Action::Add(values) => assert!(operation == Operation::Add && values.len() <= text.len()),
        Action::Remove(values) => assert!(operation == Operation::Remove && values.len() <= text.len()),
    }
}

fn one_sentence(message: &str) {
    assert!(!message.is_empty() && !message.contains('\n'), "{message:?}");
}
