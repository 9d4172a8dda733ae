//! The grants: each reads its parameters and says for whom tokens may be made. One file each.

pub mod authorization_code;
pub mod refresh_token;

use crate::OauthError;
use usher_core::client::GrantType;
use usher_types::Params;

/// A token request's grant with its parameters.
pub(crate) enum Grant {
    /// RFC 6749 §4.1.3.
    AuthorizationCode(authorization_code::CodeRequest),
    /// RFC 6749 §6.
    RefreshToken(refresh_token::RefreshRequest),
}

impl Grant {
    /// Reads `grant_type` and what belongs to it.
    pub(crate) fn parse(params: &Params) -> Result<Self, OauthError> {
        let name =
            params.one("grant_type")?.ok_or_else(|| OauthError::invalid_request("grant_type is missing"))?;
        let names: Vec<&str> = GrantType::ALL.iter().map(|g| g.as_str()).collect();
        let kind = GrantType::ALL.into_iter().find(|g| g.as_str() == name);
        match kind {
            Some(GrantType::AuthorizationCode) => {
                authorization_code::CodeRequest::parse(params).map(Self::AuthorizationCode)
            }
            Some(GrantType::RefreshToken) => {
                refresh_token::RefreshRequest::parse(params).map(Self::RefreshToken)
            }
            None => Err(OauthError::refused(
                "unsupported_grant_type",
                format!("grant_type must be one of: {}", names.join(", ")),
            )),
        }
    }
}
