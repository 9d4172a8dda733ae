//! The audit trail as something that can be checked: what events there are ([`event`]), who does them to what ([`Party`]), the marks,
//! links and signatures ([`key`]), the chore that numbers and seals what is committed ([`seal`]), the one that removes what is old
//! ([`keep`]), the seals over sums of refusals ([`sums`]), and the check of it all ([`verify`]). Nothing here knows a request or a running server; `audit` does.
//!
//! Invariant: nobody who writes waits for the trail. A row is written without a number in the batch of its change, with a mark that only
//! who has the key can make. Which rows exist is known when they are committed, so that the sealer alone gives numbers, in the order in
//! which it finds them, and signs the running digest over them ([ADR 22](../../../docs/adr/0022-an-audit-trail-that-is-sealed-afterwards.md)).

pub mod checkpoint;
pub mod event;
pub mod keep;
pub mod key;
mod marker;
mod party;
pub mod seal;
pub mod sums;
pub mod verify;

pub use checkpoint::Checkpoint;
pub use event::Event;
pub use key::TrailKeys;
pub use marker::Marker;
pub use party::Party;
