//! A pool's settings, as a seed declares them and the database keeps them.

use crate::client::SettingError;
use crate::profile::CHANGEABLE;
use serde::{Deserialize, Serialize};
use usher_types::{Locale, Span, limits};

/// A pool's settings. Spans are in seconds.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PoolSettings {
    /// Its name for people, small on every page.
    pub display_name: Option<String>,
    /// The pages' language where neither the request nor the browser asks for one of ours.
    #[serde(default)]
    pub default_locale: Locale,
    /// How long a session lives without use.
    pub session_idle_lifetime: Option<u32>,
    /// How long a session lives at most.
    pub session_absolute_lifetime: Option<u32>,
    /// How long the session of a person who asked to be remembered lives, used or not.
    pub session_remembered_lifetime: Option<u32>,
    /// The least number of characters of a password (NIST SP 800-63B-4 §3.1.1.2 asks for 15 where it stands alone).
    pub password_min_characters: Option<u32>,
    /// How long the audit trail is kept; 0 is for ever.
    pub audit_retention: Option<u32>,
    /// How long a signing key signs before the next one takes over; 0 where it does so by command only.
    pub signing_key_lifetime: Option<u32>,
    /// Whether people who forgot their password can choose another one by a link in a mail; they can where nothing is said.
    pub password_reset: Option<bool>,
    /// Whether people whose e-mail address is not verified get a mail by which they verify it.
    #[serde(default)]
    pub verify_email: bool,
    /// Whether people can make accounts for themselves.
    #[serde(default)]
    pub sign_up: bool,
    /// The name of the sender of mails; the server's own where there is none.
    pub mail_from: Option<String>,
    /// The claims that people may change themselves, by name; where it is absent, those that are neither login names nor verified.
    pub profile_editable: Option<Vec<String>>,
}

impl PoolSettings {
    /// Reads settings as the database keeps them. What a later version of this program has put there and this one does not know is left
    /// out: the pool goes on without it beside a node that knows it.
    pub fn stored(text: &str) -> Result<Self, serde_json::Error> {
        let mut settings: serde_json::Map<String, serde_json::Value> = serde_json::from_str(text)?;
        if let serde_json::Value::Object(known) = serde_json::to_value(Self::default())? {
            settings.retain(|name, _| known.contains_key(name));
        }
        serde_json::from_value(serde_json::Value::Object(settings))
    }

    /// Checks the bounds.
    pub fn check(&self) -> Result<(), SettingError> {
        let bounds = [
            ("session_idle_lifetime", self.session_idle_lifetime, 60, 31_536_000),
            ("session_absolute_lifetime", self.session_absolute_lifetime, 60, 31_536_000),
            ("session_remembered_lifetime", self.session_remembered_lifetime, 60, 31_536_000),
            ("password_min_characters", self.password_min_characters, 8, 128),
            ("signing_key_lifetime", self.signing_key_lifetime.filter(|s| *s != 0), 172_800, 315_360_000),
        ];
        for (key, value, least, most) in bounds {
            if value.is_some_and(|v| v < least || v > most) {
                let or_never =
                    if key == "signing_key_lifetime" { "0, for by command only, and " } else { "" };
                return Err(SettingError::new(key, format!("{or_never}{least} to {most} are allowed")));
            }
        }
        if self.audit_retention.is_some_and(|v| v != 0 && !(86_400..=3_153_600_000).contains(&v)) {
            let message = "0, or 86400 to 3153600000 (1 to 36,500 days), are allowed".to_owned();
            return Err(SettingError::new("audit_retention", message));
        }
        if let Some(name) = &self.mail_from
            && (name.trim().is_empty() || name.len() > 100 || name.chars().any(char::is_control))
        {
            let message = "a name of at most 100 bytes on one line is expected".to_owned();
            return Err(SettingError::new("mail_from", message));
        }
        let mut editable = self.profile_editable.iter().flatten();
        if editable.clone().any(|claim| claim == "phone_number") {
            let message = "phone_number is a login name, and nobody can show here that one is theirs: only a command sets it";
            return Err(SettingError::new("profile_editable", message.to_owned()));
        }
        if let Some(wrong) = editable.find(|claim| !CHANGEABLE.contains(&claim.as_str())) {
            let message = format!("{wrong:?} is not among {}", CHANGEABLE.join(", "));
            return Err(SettingError::new("profile_editable", message));
        }
        Ok(())
    }

    /// The settings that somebody switched on and that do nothing where no mail can be sent.
    pub fn needing_mail(&self) -> Vec<&'static str> {
        [
            ("sign_up", self.sign_up),
            ("verify_email", self.verify_email),
            ("password_reset", self.password_reset == Some(true)),
        ]
        .into_iter()
        .filter_map(|(name, is_on)| is_on.then_some(name))
        .collect()
    }

    /// How long a session lives without use.
    pub fn session_idle(&self) -> Span {
        self.session_idle_lifetime.map_or(limits::SESSION_IDLE, Span::seconds)
    }

    /// How long a session lives at most.
    pub fn session_absolute(&self) -> Span {
        self.session_absolute_lifetime.map_or(limits::SESSION_ABSOLUTE, Span::seconds)
    }

    /// How long a remembered session lives.
    pub fn session_remembered(&self) -> Span {
        self.session_remembered_lifetime.map_or(limits::SESSION_REMEMBERED, Span::seconds)
    }

    /// How long the audit trail is kept; for ever where there is no answer.
    pub fn audit_kept(&self) -> Option<Span> {
        match self.audit_retention {
            None => Some(limits::AUDIT_KEPT),
            Some(0) => None,
            // What was put into the database past the check of settings is no reason to remove more.
            Some(seconds) => Some(Span::seconds(seconds.max(86_400))),
        }
    }

    /// How long a signing key signs; `None` where the next one takes over by command only.
    pub fn signing_key_life(&self) -> Option<Span> {
        match self.signing_key_lifetime {
            Some(0) => None,
            Some(seconds) => Some(Span::seconds(seconds)),
            None => Some(limits::SIGNING_KEY),
        }
    }

    /// The least number of characters of a password.
    pub fn password_characters(&self) -> usize {
        self.password_min_characters
            .and_then(|n| usize::try_from(n).ok())
            .unwrap_or(limits::PASSWORD_CHARACTERS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_later_version_has_put_there_is_left_out_and_the_rest_is_read() {
        let read = PoolSettings::stored(r#"{"sign_up":true,"of_a_later_version":{"x":1}}"#).unwrap();
        assert!(read.sign_up);
        assert!(PoolSettings::stored("[]").is_err() && PoolSettings::stored(r#"{"sign_up":5}"#).is_err());
    }

    #[test]
    fn no_setting_lets_the_trail_be_removed_within_a_day() {
        let kept = |text: &str| PoolSettings::stored(text).unwrap().audit_kept();
        assert_eq!(kept(r#"{"audit_retention":1}"#), Some(Span::days(1)));
        assert_eq!((kept("{}"), kept(r#"{"audit_retention":0}"#)), (Some(limits::AUDIT_KEPT), None));
    }
}
