//! Targets for what the server wrote itself: profiles, grants and refresh tokens. Damaged by whatever means, they must be
//! refused or read, never half of each.

use crate::input::utf8;
use usher_core::grant::{Granted, RefreshToken};
use usher_core::profile::Profile;
use usher_core::trail::Checkpoint;
use usher_types::Scope;
use usher_types::opaque::{base64url, base64url_decode};

/// Profiles: read, written and read again as the same; the login name is no claim.
pub fn profile(data: &[u8]) {
    let Some(text) = utf8(data) else { return };
    let profile = Profile::parse(text);
    let again = Profile::parse(&profile.to_text());
    assert!(
        again == profile && again.is_same_as(&profile),
        "{} becomes {}",
        profile.to_text(),
        again.to_text()
    );
    assert_eq!(profile.claim("username"), None);
    let names: Vec<_> = profile.login_names().collect();
    assert!(names.iter().all(|(_, name)| !name.is_empty()));
    assert_eq!(profile.login_name(), names.first().map(|(_, name)| *name));
    let shown = profile.display_name();
    let has_name = ["name", "nickname", "given_name"]
        .iter()
        .any(|n| profile.claim(n).and_then(|v| v.as_str()).is_some_and(|v| !v.is_empty()));
    assert_eq!(shown.is_empty(), names.is_empty() && !has_name);
}

/// Grants: read, written and read again as the same.
pub fn granted(data: &[u8]) {
    let Some(text) = utf8(data) else { return };
    let Ok(granted) = Granted::parse(text) else { return };
    let written = granted.to_text();
    let again = Granted::parse(&written);
    assert!(again.as_ref().is_ok_and(|again| again.to_text() == written), "{written}");
    assert_eq!(Scope::parse(&granted.scope.to_string()), Ok(granted.scope.clone()));
    let all = granted.claims.all();
    assert!(all.iter().zip(all.iter().skip(1)).all(|(a, b)| a < b), "each once, in order");
    assert_eq!(granted.claims.is_empty(), all.is_empty());
    assert!(
        granted.claims.filtered(|_| false).is_empty() && granted.claims.filtered(|_| true) == granted.claims
    );
}

/// Checkpoints of the audit trail: read, written and read again as the same; too long or torn ones are none.
pub fn checkpoint(data: &[u8]) {
    let Some(text) = utf8(data) else { return };
    let Ok(checkpoint) = Checkpoint::parse(text) else { return };
    assert!(text.len() <= Checkpoint::MOST_BYTES);
    let written = serde_json::to_string(&checkpoint).unwrap_or_default();
    assert!(Checkpoint::parse(&written).as_ref() == Ok(&checkpoint), "{written}");
    assert!(
        Checkpoint::parse(&format!("{{\"checkpoint\":{written}}}")).as_ref() == Ok(&checkpoint),
        "{written}"
    );
    assert!(written.len() < 2 || Checkpoint::parse(&written[..written.len() - 1]).is_err());
}

/// Refresh tokens: exactly one text stands for each.
pub fn refresh_token(data: &[u8]) {
    let Some(text) = utf8(data) else { return };
    for text in [text, text.trim_end()] {
        let Some(token) = RefreshToken::parse(text) else { continue };
        let bytes = base64url_decode(text).unwrap_or_default();
        assert_eq!((bytes.len(), base64url(&bytes).as_str()), (52, text), "no second spelling");
        assert_eq!(bytes.get(..16), Some(token.grant.as_bytes().as_slice()));
        assert_eq!(bytes.get(16..20), Some(token.generation.to_be_bytes().as_slice()));
        for wrong in [format!("{text}="), format!("{text}A"), text.replacen(char::is_alphanumeric, "+", 1)] {
            assert!(RefreshToken::parse(&wrong).is_none(), "{wrong}");
        }
    }
    assert!(text.len() == 70 || RefreshToken::parse(text).is_none());
}
