//! Consent: what an application asks for in words for people, whether it is covered already, and how an answer is stored.

use crate::audit::About;
use crate::trail::{Event, Party};
use crate::{AuthnContext, Client, Cx};
use usher_store::Batch;
use usher_store::tables::write::consent::Consent;
use usher_store::tables::{AuditEvent, write};
use usher_types::page::ConsentItem;
use usher_types::{Scope, TicketId};

/// The kind of ticket that authorization codes are.
pub const CODE: &str = usher_store::tables::kind::CODE;

/// What an application asks a person for.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The scope.
    pub scope: Scope,
    /// Single claims that the scope does not yield anyway.
    pub claims: Vec<String>,
}

impl Asked {
    /// Whether everything asked for was allowed before, or an administrator decided that nobody is asked.
    pub fn is_covered(&self, client: &Client, person: &AuthnContext) -> bool {
        let allowed = person.consented_claims();
        // Even a request for nothing tells the application who is here, so it is asked for once.
        client.settings.skip_consent
            || (person.has_consented()
                && self.scope.is_within(person.consented_scope())
                && self.claims.iter().all(|c| allowed.iter().any(|a| a == c)))
    }
}

/// What the consent page lists.
pub fn items(client: &Client, scope: &Scope, claims: &[String]) -> Vec<ConsentItem> {
    let mut items: Vec<ConsentItem> = scope
        .iter()
        .map(|token| match token {
            "openid" => ConsentItem::Identity,
            "profile" => ConsentItem::Profile,
            "email" => ConsentItem::Email,
            "phone" => ConsentItem::Phone,
            "address" => ConsentItem::Address,
            "offline_access" => ConsentItem::OfflineAccess,
            own => ConsentItem::Scope {
                name: own.to_owned(),
                description: client.own_scope(own).and_then(|s| s.description.clone()),
            },
        })
        .collect();
    items.extend(claims.iter().map(|name| ConsentItem::Claim { name: name.clone() }));
    items
}

/// Stores that a person allowed an application what it asked for, on top of what was allowed before.
pub fn allow(
    cx: &Cx,
    batch: &mut Batch,
    person: &AuthnContext,
    client: &Client,
    scope: &Scope,
    claims: &[String],
) {
    let mut all: Vec<&str> = person.consented_claims().iter().map(String::as_str).collect();
    all.extend(
        claims.iter().map(String::as_str).filter(|c| !person.consented_claims().iter().any(|a| a == c)),
    );
    let consent = Consent {
        user_id: person.user_id(),
        client_id: client.id().to_owned(),
        scope: person.consented_scope().union(scope),
        claims: all.join(" "),
    };
    write::consent::put(batch, cx.pool.id, &consent, cx.now);
    let event = AuditEvent {
        event: Event::Consent.name(),
        client_id: Some(client.id().to_owned()),
        user_id: Some(person.user_id()),
        network: Some(cx.peer.network()),
        detail: serde_json::json!({ "scope": scope.to_string(), "claims": claims }).to_string(),
    };
    let application = Party::Application(client.id().to_owned());
    cx.audit_about(batch, event, About { target: Some(application), ..About::default() });
}

/// Voids a code that an earlier answer gave, if it was not used.
pub fn take_back(cx: &Cx, batch: &mut Batch, code: TicketId) {
    write::ticket::void(batch, cx.pool.id, CODE, code);
}
