//! What a person has granted, as it is stored with the grant, and the refresh token: the grant's id, a generation and a MAC.
//! The token is never stored, so a stolen database yields none, and a lost answer can be given again.

use crate::App;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use usher_store::tables::GrantRow;
use usher_types::opaque::{base64url, base64url_decode};
use usher_types::{GrantId, PoolId, Scope, Timestamp};

/// What was granted.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Granted {
    /// The scope.
    pub scope: Scope,
    /// Single claims for the ID token and for userinfo.
    #[serde(default, skip_serializing_if = "RequestedClaims::is_empty")]
    pub claims: RequestedClaims,
    /// The request's nonce.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
    /// When the person proved who they are to us; none where somebody else vouched for them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth_time: Option<Timestamp>,
    /// How, as RFC 8176 names it; empty where they did not.
    #[serde(default)]
    pub amr: String,
    /// The authentication context class; empty where they did not.
    #[serde(default)]
    pub acr: String,
    /// The session's `sid`; none where no browser was there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sid: Option<String>,
    /// Who acts for the person (RFC 8693 §4.1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub act: Option<serde_json::Value>,
    /// The only APIs that its access tokens are for, where they were named (RFC 8693 §2.1).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub audience: Vec<String>,
    /// The grant of the token that it was exchanged for (RFC 8693 §1.1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<GrantId>,
    /// How many exchanges led here.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub exchanges: u8,
    /// The end that its tokens never outlive, where there is one beside their own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
const fn is_zero(number: &u8) -> bool {
    *number == 0
}

/// Claims asked for one by one (OpenID Connect Core §5.5), reduced to what can be given.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestedClaims {
    /// In the ID token.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub id_token: Vec<String>,
    /// From userinfo.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub userinfo: Vec<String>,
}

impl RequestedClaims {
    /// Whether none was asked for.
    pub const fn is_empty(&self) -> bool {
        self.id_token.is_empty() && self.userinfo.is_empty()
    }

    /// All of them, wherever they go, each once, in order.
    pub fn all(&self) -> Vec<&str> {
        let names: BTreeSet<&str> = self.id_token.iter().chain(&self.userinfo).map(String::as_str).collect();
        names.into_iter().collect()
    }

    /// These claims without those that `keep` does not want.
    #[must_use]
    pub fn filtered(&self, keep: impl Fn(&str) -> bool) -> Self {
        let pick = |names: &[String]| names.iter().filter(|n| keep(n)).cloned().collect();
        Self { id_token: pick(&self.id_token), userinfo: pick(&self.userinfo) }
    }
}

impl Granted {
    /// Reads the stored form.
    pub fn parse(text: &str) -> Result<Self, usher_store::Fault> {
        serde_json::from_str(text)
            .map_err(|e| usher_store::Fault::bug(&format!("a stored grant cannot be read: {e}")))
    }

    /// The stored form.
    pub fn to_text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// A refresh token as presented: nothing is proven until [`RefreshToken::stands_for`] says so.
#[derive(Clone, Copy)]
pub struct RefreshToken {
    /// The grant that it names.
    pub grant: GrantId,
    /// Its generation.
    pub generation: u32,
    mac: [u8; 32],
}

/// Bytes of a refresh token: grant id, generation, MAC.
const BYTES: usize = 16 + 4 + 32;

impl RefreshToken {
    /// Reads the written form: base64url of grant id, generation (big endian) and MAC.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() != BYTES.div_ceil(3) * 4 - 2 {
            return None;
        }
        let bytes: [u8; BYTES] = base64url_decode(text)?.try_into().ok()?;
        let (id, rest) = bytes.split_first_chunk::<16>()?;
        let (generation, rest) = rest.split_first_chunk::<4>()?;
        let mac = rest.first_chunk::<32>()?;
        Some(Self { grant: GrantId::from_bytes(*id), generation: u32::from_be_bytes(*generation), mac: *mac })
    }

    /// Whether this server made it for the grant.
    pub fn stands_for(&self, app: &App, pool: PoolId, grant: &GrantRow) -> bool {
        usher_crypto::matches(&self.mac, &mac(app, pool, grant.id, self.generation, &grant.salt))
    }

    /// The written form of a grant's token of one generation.
    pub fn reveal(app: &App, pool: PoolId, grant: GrantId, generation: u32, salt: &[u8; 16]) -> String {
        let mut bytes = Vec::with_capacity(BYTES);
        bytes.extend_from_slice(grant.as_bytes());
        bytes.extend_from_slice(&generation.to_be_bytes());
        bytes.extend_from_slice(&mac(app, pool, grant, generation, salt));
        base64url(&bytes)
    }
}

fn mac(app: &App, pool: PoolId, grant: GrantId, generation: u32, salt: &[u8; 16]) -> [u8; 32] {
    usher_crypto::hmac_sha256(
        &app.keys.refresh,
        &[pool.as_bytes(), grant.as_bytes(), &generation.to_be_bytes(), salt],
    )
}
