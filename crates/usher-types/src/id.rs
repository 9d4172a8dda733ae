//! Identifiers: 16-byte UUIDs of version 7 (RFC 9562 §5.7), one type per thing they name, so that one cannot stand for another.

use crate::{Random, Timestamp};
use std::fmt;
use uuid::Uuid;

/// What is wrong with a text that should be an identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an identifier: a UUID is expected")]
pub struct NotAnId;

/// Makes the 16 bytes of a version 7 UUID from the time and 74 random bits.
fn v7(now: Timestamp, random: &dyn Random) -> Uuid {
    let mut bits = [0_u8; 10];
    random.fill(&mut bits);
    let millis = u64::try_from(now.millis()).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, &bits).into_uuid()
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// A new identifier for the given moment.
            pub fn new(now: Timestamp, random: &dyn Random) -> Self {
                Self(v7(now, random))
            }

            /// The identifier whose 16 bytes these are.
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(Uuid::from_bytes(bytes))
            }

            /// Its 16 bytes.
            pub const fn as_bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = NotAnId;
            fn from_str(text: &str) -> Result<Self, NotAnId> {
                Uuid::try_parse(text).map(Self).map_err(|_| NotAnId)
            }
        }
    };
}

id!(/** A user pool. */ PoolId);
id!(/** A person of a pool; the `sub` of their tokens. */ UserId);
id!(/** A browser that has signed somebody in. */ BrowserId);
id!(/** A browser in which somebody signed in before. */ DeviceId);
id!(/** One person's session in one browser. */ SessionId);
id!(/** What a person, or a client for itself, has granted: the parent of all its tokens. */ GrantId);
id!(/** Something short-lived and single-use. */ TicketId);
id!(/** One access token; its `jti`. */ TokenId);
id!(/** One request, in logs and in small print on error pages. */ RequestId);
