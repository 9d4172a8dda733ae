//! Wrong requests to the endpoints that an application calls itself.

use super::Scene;
use crate::clients::{ASSERTION_TYPE, Credentials, Post, SecretClient, Statement, client_assertion};
use crate::device;
use crate::direct::{JWT_BEARER, exchange_form};
use crate::kind::Kind;
use crate::random::unguessable;
use crate::walk::Step;
use crate::ways::{Back, Flaw};
use crate::wire::{self, Exchange, Outgoing};
use http::Method;
use std::sync::Arc;
use usher_crypto::jose::{SigningAlgorithm, SigningKey};

/// The parameters of a form.
type Form<'a> = Vec<(&'static str, &'a str)>;

impl Scene<'_> {
    async fn post(&self, by: &Credentials, form: Form<'_>, secrets: &[&str]) -> Exchange {
        let url = &self.provider.token_endpoint;
        by.post(Post { title: "Token request", url, form, secrets }).await
    }

    fn access_token(&self) -> Option<&str> {
        self.walk?.tokens()?.access_token.as_deref()
    }
}

/// Sends a wrong request, and what it needs before; the last exchange is the wrong one.
pub(super) async fn send(scene: &Scene<'_>, request: Back) -> Vec<Exchange> {
    let own = &scene.credentials;
    match request {
        Back::Form(form) => vec![scene.post(own, form.to_vec(), &[]).await],
        Back::FormOf(kind, form) => {
            vec![scene.post(&scene.app.credentials(kind), form.to_vec(), &[]).await]
        }
        Back::WrongSecret => vec![wrong_secret(scene).await],
        Back::StolenCode => vec![stolen_code(scene).await],
        Back::AccessTokenAsRefreshToken => {
            let token = scene.access_token().unwrap_or("an-access-token");
            let form = vec![("grant_type", "refresh_token"), ("refresh_token", token)];
            vec![scene.post(own, form, &[token]).await]
        }
        Back::Key(number) => {
            let key = scene.app.demo.clients.keys.get(number).map_or_else(|| own.clone(), Credentials::from);
            vec![scene.post(&key, vec![("grant_type", "client_credentials")], &[]).await]
        }
        Back::Userinfo => userinfo(scene).await,
        Back::WrongPassword => {
            let name = scene.app.demo.people.first().map_or("alice", |person| &person.username);
            let form =
                vec![("grant_type", "password"), ("username", name), ("password", "not the password at all")];
            vec![scene.post(own, form, &[]).await]
        }
        Back::StrangersProof | Back::ProofTwice | Back::SecretForProof => proof(scene, request).await,
        Back::StolenCodes | Back::ImpatientDevice | Back::DeviceOfAnother => by_device(scene, request).await,
        Back::Exchange { by, audience, subject_token, scope } => {
            exchange(scene, by, (audience, subject_token, scope)).await
        }
        Back::Statement(flaw) => statement(scene, flaw).await,
    }
}

async fn wrong_secret(scene: &Scene<'_>) -> Exchange {
    let by = Credentials::Secret(SecretClient {
        client_id: scene.credentials.client_id().to_owned(),
        client_secret: unguessable(),
    });
    // What is asked for does not matter: nobody gets so far.
    scene.post(&by, vec![("grant_type", "client_credentials")], &[]).await
}

async fn stolen_code(scene: &Scene<'_>) -> Exchange {
    let thief = scene.app.credentials(match scene.kind {
        Kind::Web => Kind::Hybrid,
        _ => Kind::Web,
    });
    let code = scene.walk.and_then(|walk| walk.code()).unwrap_or("a-code-that-was-never-given");
    let request = scene.walk.and_then(|walk| walk.request());
    let redirect_uri = request.map_or("", |r| r.redirect_uri.as_str());
    let form = vec![("grant_type", "authorization_code"), ("code", code), ("redirect_uri", redirect_uri)];
    scene.post(&thief, form, &[code]).await
}

async fn userinfo(scene: &Scene<'_>) -> Vec<Exchange> {
    let key = scene.post(&scene.credentials, vec![("grant_type", "client_credentials")], &[]).await;
    let token =
        key.json().and_then(|a| Some(a.get("access_token")?.as_str()?.to_owned())).unwrap_or_default();
    let asked = wire::send(Outgoing {
        title: "Userinfo",
        method: Method::GET,
        url: &scene.provider.userinfo_endpoint,
        authorization: Some(format!("Bearer {token}")),
        form: Vec::new(),
        secrets: vec![token],
    });
    vec![asked.await]
}

/// A key that usher has never heard of.
fn strangers_key() -> Option<SigningKey> {
    let made = SigningKey::generate(SigningAlgorithm::Es256).ok()?;
    SigningKey::from_pkcs8(SigningAlgorithm::Es256, made.pkcs8.expose()).ok()
}

async fn proof(scene: &Scene<'_>, request: Back) -> Vec<Exchange> {
    let bank = &scene.app.demo.clients.bank;
    let audience = &scene.app.demo.issuer;
    let refresh = [("grant_type", "refresh_token"), ("refresh_token", "a-token-that-was-never-given")];
    let mut form: Form<'_> = refresh.to_vec();
    match request {
        Back::StrangersProof => {
            let mut stranger = bank.clone();
            if let Some(key) = strangers_key() {
                stranger.key = Arc::new(key);
            }
            vec![scene.post(&Credentials::Key(stranger, audience.clone()), form, &[]).await]
        }
        Back::ProofTwice => {
            let proof = client_assertion(&bank.key, &bank.client_id, audience);
            form.extend([("client_assertion_type", ASSERTION_TYPE), ("client_assertion", &proof)]);
            let first = scene.post(&Credentials::InForm, form.clone(), &[&proof]).await;
            let second = scene.post(&Credentials::InForm, form, &[&proof]).await;
            vec![first, second]
        }
        _ => {
            let id = bank.client_id.clone();
            form.extend([("client_id", id.as_str()), ("client_secret", "a-secret-in-place-of-the-key-0000")]);
            vec![scene.post(&Credentials::InForm, form, &[]).await]
        }
    }
}

async fn by_device(scene: &Scene<'_>, request: Back) -> Vec<Exchange> {
    let own = &scene.credentials;
    let url = scene.provider.device_authorization_endpoint.as_deref().unwrap_or_default();
    let (title, form) = ("Device authorization request", vec![("scope", "openid")]);
    if matches!(request, Back::DeviceOfAnother) {
        return vec![scene.app.credentials(Kind::Web).post(Post { title, url, form, secrets: &[] }).await];
    }
    // Codes of their own, so that the walk's go on as they were.
    let begun = own.post(Post { title, url, form, secrets: &[] }).await;
    let code =
        begun.json().and_then(|a| Some(a.get("device_code")?.as_str()?.to_owned())).unwrap_or_default();
    let question = vec![("grant_type", device::GRANT), ("device_code", code.as_str())];
    let second = match request {
        Back::StolenCodes => {
            vec![scene.post(&scene.app.credentials(Kind::Native), question, &[&code]).await]
        }
        _ => {
            let first = scene.post(own, question.clone(), &[&code]).await;
            vec![first, scene.post(own, question, &[&code]).await]
        }
    };
    std::iter::once(begun).chain(second).collect()
}

/// The token that the walk's exchange began with: of the person who signed in for it, or of another walk.
fn brought(scene: &Scene<'_>) -> Option<String> {
    let walk = scene.walk?;
    let signed_in = walk.wire.iter().find(|recorded| recorded.step == Step::Beginning);
    let token = signed_in.and_then(|r| Some(r.exchange.json()?.get("access_token")?.as_str()?.to_owned()));
    let earlier = || walk.wire.iter().find(|r| r.step == Step::Exchange)?.exchange.secrets.first().cloned();
    token.or_else(earlier)
}

async fn exchange(
    scene: &Scene<'_>,
    by: Kind,
    (audience, subject_token, scope): (&str, Option<&str>, &str),
) -> Vec<Exchange> {
    let own = brought(scene).unwrap_or_default();
    let subject = subject_token.unwrap_or(&own);
    let mut form = exchange_form(subject, audience);
    form.extend((!scope.is_empty()).then_some(("scope", scope)));
    vec![scene.post(&scene.app.credentials(by), form, &[subject]).await]
}

async fn statement(scene: &Scene<'_>, flaw: Flaw) -> Vec<Exchange> {
    let (partner, issuer) = (&scene.app.demo.clients.partner, &scene.app.demo.issuer);
    let subject = scene.app.demo.people.first().map_or("alice", |person| &person.username);
    let right = Statement::of(partner, subject, issuer);
    let wrong = match flaw {
        Flaw::Signature | Flaw::Twice => right,
        Flaw::Audience => Statement { audience: "https://another-server.example", ..right },
        Flaw::Expired => Statement { expires_in: -86_400, ..right },
        Flaw::Subject => Statement { subject: "nobody-of-this-name", ..right },
    };
    let assertion = match flaw {
        Flaw::Signature => strangers_key().map(|key| wrong.sign(&key)).unwrap_or_default(),
        _ => wrong.sign(&partner.key),
    };
    let form = vec![("grant_type", JWT_BEARER), ("assertion", assertion.as_str()), ("scope", "openid")];
    let mut exchanges = vec![scene.post(&scene.credentials, form.clone(), &[&assertion]).await];
    if matches!(flaw, Flaw::Twice) {
        exchanges.push(scene.post(&scene.credentials, form, &[&assertion]).await);
    }
    for exchange in &mut exchanges {
        exchange.apart.extend(wire::Apart::jwt("assertion: what is said, and by whom", &assertion));
    }
    exchanges
}
