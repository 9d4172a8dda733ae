//! The grants: each reads its parameters and says for whom tokens may be made. One file each.

pub mod authorization_code;
pub(crate) mod birth;
pub(crate) mod client_credentials;
pub mod device_code;
pub(crate) mod jwt_bearer;
pub(crate) mod password;
pub mod refresh_token;
pub mod token_exchange;

use crate::OauthError;
use usher_core::client::GrantType;
use usher_types::Params;

/// The grants that the token endpoint takes.
pub(crate) const SUPPORTED: &[GrantType] = &[
    GrantType::AuthorizationCode,
    GrantType::RefreshToken,
    GrantType::Password,
    GrantType::ClientCredentials,
    GrantType::DeviceCode,
    GrantType::JwtBearer,
    GrantType::TokenExchange,
];

/// What a person has to do before anybody may act for them, or they by a grant that shows nothing.
pub(crate) fn new_password_first() -> OauthError {
    OauthError::refused(
        "interaction_required",
        "the person has to choose a new password first, which this grant cannot show: send them through the authorization code flow",
    )
}

/// A token request's grant with its parameters.
pub(crate) enum Grant {
    /// RFC 6749 §4.1.3.
    AuthorizationCode(authorization_code::CodeRequest),
    /// RFC 6749 §6.
    RefreshToken(refresh_token::RefreshRequest),
    /// RFC 6749 §4.4.
    ClientCredentials(client_credentials::ClientCredentialsRequest),
    /// RFC 6749 §4.3.
    Password(password::PasswordRequest),
    /// RFC 8628 §3.4.
    DeviceCode(device_code::DeviceRequest),
    /// RFC 7523 §2.1.
    JwtBearer(jwt_bearer::JwtBearerRequest),
    /// RFC 8693.
    TokenExchange(token_exchange::ExchangeRequest),
}

impl Grant {
    /// Which one.
    pub(crate) const fn kind(&self) -> GrantType {
        match self {
            Self::AuthorizationCode(_) => GrantType::AuthorizationCode,
            Self::RefreshToken(_) => GrantType::RefreshToken,
            Self::ClientCredentials(_) => GrantType::ClientCredentials,
            Self::Password(_) => GrantType::Password,
            Self::DeviceCode(_) => GrantType::DeviceCode,
            Self::JwtBearer(_) => GrantType::JwtBearer,
            Self::TokenExchange(_) => GrantType::TokenExchange,
        }
    }

    /// Reads `grant_type` and what belongs to it.
    pub(crate) fn parse(params: &Params) -> Result<Self, OauthError> {
        let name =
            params.one("grant_type")?.ok_or_else(|| OauthError::invalid_request("grant_type is missing"))?;
        match GrantType::parse(name) {
            Some(GrantType::AuthorizationCode) => {
                authorization_code::CodeRequest::parse(params).map(Self::AuthorizationCode)
            }
            Some(GrantType::Password) => password::PasswordRequest::parse(params).map(Self::Password),
            Some(GrantType::RefreshToken) => {
                refresh_token::RefreshRequest::parse(params).map(Self::RefreshToken)
            }
            Some(GrantType::ClientCredentials) => {
                client_credentials::ClientCredentialsRequest::parse(params).map(Self::ClientCredentials)
            }
            Some(GrantType::DeviceCode) => device_code::DeviceRequest::parse(params).map(Self::DeviceCode),
            Some(GrantType::JwtBearer) => jwt_bearer::JwtBearerRequest::parse(params).map(Self::JwtBearer),
            Some(GrantType::TokenExchange) => {
                token_exchange::ExchangeRequest::parse(params).map(Self::TokenExchange)
            }
            _ => {
                let names: Vec<&str> = SUPPORTED.iter().map(|g| g.as_str()).collect();
                Err(OauthError::refused(
                    "unsupported_grant_type",
                    format!("grant_type must be one of: {}", names.join(", ")),
                ))
            }
        }
    }
}
