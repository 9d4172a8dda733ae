//! What an administrator writes to change a setting: `NAME=VALUE`, `NAME+=VALUE`, `NAME-=VALUE`, and `NAME=` to go back to the default.

/// A setting's name, what to do, and the value as it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Assignment<'a> {
    /// The setting.
    pub name: &'a str,
    /// What to do with the value.
    pub operation: Operation,
    /// The value; empty for the default.
    pub text: &'a str,
}

/// What to do with a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// It takes the place of what is there.
    Set,
    /// It is added to what is there.
    Add,
    /// It is taken away from what is there.
    Remove,
}

impl Operation {
    /// As it is written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Set => "=",
            Self::Add => "+=",
            Self::Remove => "-=",
        }
    }
}

/// Why a text changes no setting.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AssignmentError {
    /// No equals sign. What is before one may be a secret in the wrong place, so nothing of it is repeated.
    #[error("a setting is written NAME=VALUE, NAME+=VALUE or NAME-=VALUE")]
    Shape,
    /// A name that none has.
    #[error("{0:?} cannot be the name of a setting")]
    Name(String),
    /// U+0000 in the value.
    #[error("{0}: the character U+0000 is not allowed")]
    Nul(String),
    /// Nothing to add or to take away.
    #[error("{0}: a value is needed after += and -=")]
    Empty(String),
}

/// Bytes of a name.
const NAME_BYTES: usize = 200;

impl<'a> Assignment<'a> {
    /// Takes a text apart at its first equals sign.
    pub fn parse(text: &'a str) -> Result<Self, AssignmentError> {
        let (left, text) = text.split_once('=').ok_or(AssignmentError::Shape)?;
        let (name, operation) = match (left.strip_suffix('+'), left.strip_suffix('-')) {
            (Some(name), _) => (name, Operation::Add),
            (None, Some(name)) => (name, Operation::Remove),
            (None, None) => (left, Operation::Set),
        };
        let is_name = !name.is_empty()
            && name.len() <= NAME_BYTES
            && !name.starts_with(['+', '-', '.'])
            && !name.chars().any(|c| c.is_whitespace() || c.is_control());
        if !is_name {
            return Err(AssignmentError::Name(name.chars().take(NAME_BYTES).collect()));
        }
        if text.contains('\0') {
            return Err(AssignmentError::Nul(name.to_owned()));
        }
        if text.is_empty() && operation != Operation::Set {
            return Err(AssignmentError::Empty(name.to_owned()));
        }
        Ok(Self { name, operation, text })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> (&str, &str, &str) {
        let read = Assignment::parse(text).unwrap();
        (read.name, read.operation.as_str(), read.text)
    }

    #[test]
    fn the_first_equals_sign_divides_and_the_sign_before_it_tells_what_to_do() {
        assert_eq!(parsed("client_name=Shop"), ("client_name", "=", "Shop"));
        assert_eq!(
            parsed("redirect_uris+=https://a.test/?x=1"),
            ("redirect_uris", "+=", "https://a.test/?x=1")
        );
        assert_eq!(parsed("scope-=email"), ("scope", "-=", "email"));
        assert_eq!(parsed("colour="), ("colour", "=", ""));
        assert_eq!(parsed("custom.a-b=-1"), ("custom.a-b", "=", "-1"));
        assert_eq!(parsed("label==x"), ("label", "=", "=x"));
    }

    #[test]
    fn what_is_no_assignment_is_refused_in_one_sentence() {
        for wrong in [
            "",
            "client_name",
            "=x",
            "+=x",
            "-=x",
            " a=b",
            "a b=c",
            "a\n=b",
            "a=b\0",
            "scope+=",
            "scope-=",
            "--a=b",
        ] {
            let error = Assignment::parse(wrong).unwrap_err().to_string();
            assert!(!error.contains('\n'), "{error:?}");
        }
    }
}
