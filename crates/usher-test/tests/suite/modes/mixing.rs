//! Attack class "single-use store shared without namespace", for all modes at once: everything that usher hands out × every place where
//! it can be presented × whoever presents it. Every cell but the right one is refused, and a refused use burns nothing, with one
//! exception that is meant: a code that another application of the pool presents is burnt (RFC 6749 §4.1.3, RFC 9700 §4.5).

use super::artefacts::{Artefacts, Kind, Place, bearer, present, server};
use usher_test::{Application, Browser, PASSWORD, Response, TestServer};

/// Who presents something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Presenter {
    /// The application that it belongs to.
    Own,
    /// Another with a secret.
    Confidential,
    /// Another without.
    Public,
    /// One of the same name and secret in another pool.
    OtherPool,
}

impl Presenter {
    const ALL: [Self; 4] = [Self::Own, Self::Confidential, Self::Public, Self::OtherPool];

    fn application(self, t: &TestServer) -> Application {
        match self {
            Self::Own => t.application("owner"),
            Self::Confidential => t.application("other"),
            Self::Public => t.application("album"),
            Self::OtherPool => t.application_of("staff", "owner"),
        }
    }
}

/// What burns although it is refused.
fn burns(place: Place, presenter: Presenter, kind: Kind) -> bool {
    place == Place::Code
        && matches!(presenter, Presenter::Confidential | Presenter::Public)
        && matches!(kind, Kind::Code | Kind::HybridCode)
}

/// An application presents everything at one place; says what was refused wrongly or accepted wrongly, and what is dead afterwards.
async fn an_application_tries(t: &TestServer, place: Place, presenter: Presenter) -> Vec<String> {
    let artefacts = Artefacts::make(t).await;
    let app = presenter.application(t);
    let mut wrong = Vec::new();
    for (kind, text) in &artefacts.all {
        if presenter == Presenter::Own && place.takes(*kind) {
            continue;
        }
        if place == Place::Password {
            // A right password ends the count, so that each wrong one is looked at.
            let right = [("grant_type", "password"), ("username", "alice"), ("password", PASSWORD)];
            app.post("/oidc/token", &right).await;
        }
        let answer = present(&app, place, text).await;
        let status = answer.status.as_u16();
        let error = || answer.json()["error"].as_str().unwrap_or_default().to_owned();
        let refused = match (place, presenter) {
            // A public application has no secret, no introspection and no password grant at all.
            (Place::Introspection, Presenter::Public) | (Place::ClientSecret, _) => {
                status == 401 && error() == "invalid_client"
            }
            (Place::Password | Place::Username, Presenter::Public) => error() == "unauthorized_client",
            (Place::Introspection, _) => status == 200 && answer.text() == "{\"active\":false}",
            // RFC 7009 §2.2: "invalid tokens do not cause an error response"; a token of another application's does (§2.1).
            (Place::Revocation, _) => (status == 200 && answer.body.is_empty()) || error() == "invalid_grant",
            _ => status == 400 && error() == "invalid_grant",
        };
        if !refused {
            wrong.push(format!("{kind:?} at {place:?} by {presenter:?}: {status} {}", answer.text()));
        }
    }
    let expected: Vec<Kind> =
        artefacts.all.iter().map(|(kind, _)| *kind).filter(|kind| burns(place, presenter, *kind)).collect();
    let dead = artefacts.dead(t).await;
    let (mut expected, mut found) = (names(&expected), names(&dead));
    expected.sort();
    found.sort();
    if found != expected {
        wrong.push(format!("{place:?} by {presenter:?} burnt {found:?} instead of {expected:?}"));
    }
    wrong
}

fn names(kinds: &[Kind]) -> Vec<String> {
    kinds.iter().map(|kind| format!("{kind:?}")).collect()
}

/// One row of the table for each of them.
async fn rows_of(places: &[Place]) {
    let t = server().await;
    let mut wrong = Vec::new();
    for place in places {
        for presenter in Presenter::ALL {
            wrong.extend(an_application_tries(&t, *place, presenter).await);
            // What counts as guessing in one cell is none of the next one's.
            t.advance(usher_types::limits::FAILURE_WINDOW);
        }
    }
    assert!(wrong.is_empty(), "{} cells:\n{}", wrong.len(), wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_code_is_a_code_and_only_its_applications() {
    rows_of(&[Place::Code]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_refresh_token_is_one_and_only_its_applications() {
    rows_of(&[Place::RefreshToken]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_device_code_is_one_and_only_its_applications() {
    rows_of(&[Place::DeviceCode]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_is_handed_out_is_a_password_a_name_or_a_secret() {
    rows_of(&[Place::Password, Place::Username, Place::ClientSecret]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_tokens_are_introspected_and_only_by_their_application() {
    rows_of(&[Place::Introspection]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_tokens_are_revoked_and_only_by_their_application() {
    rows_of(&[Place::Revocation]).await;
}

/// Something at a place that browsers go to. Whether it was refused.
async fn a_browser_tries(
    t: &TestServer,
    own: &mut Browser,
    artefacts: &Artefacts,
    (place, base): (Place, &str),
    text: &str,
) -> bool {
    let app = match base {
        "" => t.application("owner"),
        _ => t.application_of("staff", "owner"),
    };
    let name = own.cookies.keys().next().cloned().unwrap_or_default();
    let raw = text;
    let text = &*url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    match place {
        Place::Userinfo => {
            // A token without a person is alive, but not for this.
            [401, 403].contains(&bearer(t, &app.path("/oidc/me"), raw).await.status.as_u16())
        }
        Place::HintOfAuthorize => {
            let r = app.respond_at_once(own, &[("prompt", "none"), ("id_token_hint", raw)]).await;
            r.error() == "invalid_request"
        }
        Place::HintOfSignOut => {
            own.get(&app.path(&format!("/oidc/session/end?id_token_hint={text}"))).await.status == 400
        }
        Place::PostedToAuthorize => {
            own.get(&app.path(&format!("/oidc/auth?posted={text}"))).await.status == 400
        }
        Place::PostedToSignOut => {
            let answer = own.get(&app.path(&format!("/oidc/session/end?posted={text}"))).await;
            match answer.status.as_u16() {
                // What does not even look like a handle is an unknown parameter: the sign-out then asks,
                303 => answer.location().contains("/sign-out?interaction="),
                // or there is nobody of the other pool who could be asked.
                200 => !base.is_empty(),
                status => status == 400,
            }
        }
        Place::Page => {
            let mut refused = true;
            for page in ["/sign-in", "/consent", "/choose-account", "/change-password"] {
                let answer = own.get(&app.path(&format!("{page}?interaction={text}"))).await;
                let fields = [
                    ("interaction", raw),
                    ("form_token", "x"),
                    ("identifier", "alice"),
                    ("password", PASSWORD),
                ];
                let posted = own.post(&app.path(page), &fields).await;
                refused &= answer.status == 400 && posted.status == 400;
            }
            refused
        }
        Place::Resume => {
            own.get(&app.path(&format!("/oidc/auth/resume?interaction={text}"))).await.status == 400
        }
        Place::Cookie => {
            let mut thief = t.browser();
            thief.cookies.insert(name, raw.to_owned());
            let r = app.respond_at_once(&mut thief, &[("prompt", "none")]).await;
            r.error() == "login_required"
        }
        Place::FormToken => {
            let fields = [
                ("interaction", artefacts.one(Kind::Interaction)),
                ("form_token", raw),
                ("identifier", "alice"),
                ("password", PASSWORD),
            ];
            // Decided again, which asks again: no session, no response.
            let answer = own.post(&app.path("/sign-in"), &fields).await;
            let cookie = answer.headers.contains_key("set-cookie");
            answer.status == 400 || (!cookie && Response::of(&own.follow("/sign-in", answer).await).is_none())
        }
        Place::UserCode => {
            let page = own.open(&app.path("/device")).await.page();
            let page = own.submit(&page, &[("user_code", raw)]).await.page();
            !page.has("#allow") && !page.has("#sign-in")
        }
        other => panic!("{other:?} is an application's"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_browsers_carry_opens_its_own_door_only_and_only_in_its_own_pool() {
    let t = server().await;
    let mut wrong = Vec::new();
    for place in Place::ALL.into_iter().filter(|place| !place.is_an_applications()) {
        for base in ["", "/staff"] {
            let artefacts = Artefacts::make(&t).await;
            let mut browser = artefacts.browser.clone();
            for (kind, text) in &artefacts.all {
                if base.is_empty() && place.takes(*kind) {
                    continue;
                }
                if !a_browser_tries(&t, &mut browser, &artefacts, (place, base), text).await {
                    wrong.push(format!("{kind:?} at {place:?} of {base:?} is not refused"));
                }
            }
            let dead = artefacts.dead(&t).await;
            if !dead.is_empty() {
                wrong.push(format!("{place:?} of {base:?} burnt {dead:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} cells:\n{}", wrong.len(), wrong.join("\n"));
}

/// The table would see a use that succeeds: each thing opens its own door.
#[tokio::test]
async fn every_thing_opens_its_own_door() {
    let t = server().await;
    let artefacts = Artefacts::make(&t).await;
    assert_eq!(artefacts.dead(&t).await, Vec::new());
    let artefacts = Artefacts::make(&t).await;
    assert_eq!(t.application("owner").revoke(artefacts.one(Kind::JwtAccessToken)).await.status, 200);
    // A grant's access token and refresh token end together.
    assert_eq!(artefacts.dead(&t).await, [Kind::JwtAccessToken, Kind::RefreshToken]);
}
