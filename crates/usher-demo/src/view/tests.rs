//! Tests of the module above: every page in every state, with hostile text in it.

use crate::app::App;
use crate::app::tests::demo;
use crate::codes::Codes;
use crate::kind::Kind;
use crate::options::{AuthorizationRequest, Options, To};
use crate::pages;
use crate::provider::Provider;
use crate::reply::Reply;
use crate::verify::{Check, Report};
use crate::walk::{
    Ask, Callback, Judged, Outcome, Problem, Progress, Step, Tokens, Travel, Tried, Verdict, Walk,
};
use crate::ways;
use crate::wire::{Answer, Apart, Exchange};
use http_body_util::BodyExt as _;
use usher_types::Params;

/// Text that must never become markup.
const HOSTILE: &str = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>{{ 7 * 7 }}\u{202e}";

fn hostile() -> String {
    HOSTILE.to_owned()
}

/// What such a walk asks with, as its kind does.
fn ask(kind: Kind) -> Ask {
    let form = "scope=openid&scope=phone&pkce=none&response_mode=web_message";
    let options = Options::read(kind, &Params::parse(form.as_bytes()).unwrap());
    let to = To { endpoint: HOSTILE, client_id: HOSTILE, redirect_uri: hostile() };
    match kind {
        Kind::Device => {
            let codes = Codes {
                device_code: hostile(),
                user_code: hostile(),
                verification_uri: hostile(),
                verification_uri_complete: hostile(),
                picture: hostile(),
                expires_in: 600,
                interval: 5,
            };
            Ask::Device(codes, hostile())
        }
        Kind::Password | Kind::Machine | Kind::Exchange | Kind::Assertion => Ask::Direct(hostile()),
        _ => Ask::Browser(AuthorizationRequest::new(to, &options)),
    }
}

fn exchange(outcome: Result<Answer, String>, secrets: Vec<String>) -> Exchange {
    let request = format!("POST /token\n\na=b&c={HOSTILE}");
    let apart = vec![Apart { title: "A token", header: hostile(), payload: hostile() }];
    Exchange { title: "Something", note: hostile(), request, outcome, secrets, apart }
}

/// A walk that has come this far, every text in it hostile.
fn walk(app: &App, kind: Kind, progress: Progress) -> Walk {
    let mut walk = Walk::new("mine", kind, app.credentials(kind), Provider::default(), ask(kind));
    for step in [Step::Discovery, Step::Beginning, Step::Exchange, Step::Verification, Step::Later] {
        let body = format!("{{\"a\":{:?}}}", "<script>");
        walk.record(step, exchange(Ok(Answer { status: 200, head: hostile(), body }), vec![]));
        let refused = Answer { status: 400, head: hostile(), body: hostile() };
        walk.record(step, exchange(Ok(refused), vec![hostile(), "<script>".to_owned()]));
        walk.record(step, exchange(Err(hostile()), vec![]));
    }
    for (way, verdict) in ways::of(kind).iter().zip([Verdict::Refused, Verdict::Otherwise, Verdict::Accepted])
    {
        walk.tried.push(Tried { name: way.name, exchanges: vec![exchange(Err(hostile()), vec![])], verdict });
    }
    walk.progress = progress;
    walk
}

fn callback(travel: Travel) -> Callback {
    Callback { travel, parameters: vec![(hostile(), hostile()), ("code".to_owned(), hostile())] }
}

fn judged(travel: Travel) -> Judged {
    Judged { callback: callback(travel), checks: checks(), beside: Some(Box::new(tokens())) }
}

fn checks() -> Vec<Check> {
    vec![Check::new("one", Ok(hostile())), Check::new("two", Err(hostile())), Check::absent("three", HOSTILE)]
}

fn tokens() -> Tokens {
    let report = || Some(Report { header: hostile(), payload: hostile(), checks: checks() });
    Tokens {
        access_token: Some(hostile()),
        rejected_scope: Some(hostile()),
        refresh_token_withheld: Some(hostile()),
        refresh_token: Some(hostile()),
        id_token: Some(hostile()),
        expires_in: Some(600),
        scope: Some(hostile()),
        subject: Some(hostile()),
        id_report: report(),
        access_report: report(),
        spent_refresh_token: Some(hostile()),
        ended: Some("The end."),
    }
}

fn problem() -> Problem {
    Problem { code: hostile(), description: hostile(), meaning: hostile(), advice: hostile() }
}

async fn html(app: &App, reply: Reply) -> String {
    let response = reply.into_response(app);
    assert!(response.status().is_success(), "{}", response.status());
    String::from_utf8(response.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap()
}

#[tokio::test]
async fn every_state_of_a_walk_has_a_page_in_which_nothing_becomes_markup() {
    let bare = Tokens { id_token: Some(hostile()), ..Tokens::default() };
    for kind in Kind::ALL {
        for progress in [
            Progress::Asked,
            Progress::Returned(callback(Travel::Fragment)),
            Progress::Exchanging(callback(Travel::Form)),
            Progress::Settled(Some(judged(Travel::Message)), Outcome::Refused(problem())),
            Progress::Settled(Some(judged(Travel::Query)), Outcome::Acknowledged),
            Progress::Settled(Some(judged(Travel::Query)), Outcome::Tokens(Box::new(tokens()))),
            Progress::Settled(None, Outcome::Tokens(Box::new(tokens()))),
            Progress::Settled(None, Outcome::Tokens(Box::new(bare.clone()))),
        ] {
            let app = App::new(demo());
            let walk = walk(&app, kind, progress);
            let id = walk.id.clone();
            app.walks().insert(walk);
            let page = html(&app, pages::walk(&app, &id, Some("mine"))).await;
            let page = page.replace("<script type=\"module\" src=\"/assets/", "");
            assert!(
                !page.contains("<script") && !page.contains("<img src=x") && !page.contains("49\u{202e}"),
                "{page}"
            );
            assert!(page.contains("&lt;script&gt;"));
            assert!(page.contains("must not happen") && page.contains("as it should be"), "{kind:?}");
        }
    }
}

#[tokio::test]
async fn introspection_is_offered_to_those_who_may() {
    let app = App::new(demo());
    for (kind, may) in [
        (Kind::Web, true),
        (Kind::Bank, true),
        (Kind::Hybrid, true),
        (Kind::Machine, true),
        (Kind::Native, false),
        (Kind::Implicit, false),
        (Kind::Device, false),
    ] {
        let walk = walk(&app, kind, Progress::Settled(None, Outcome::Tokens(Box::new(tokens()))));
        let id = walk.id.clone();
        app.walks().insert(walk);
        let page = html(&app, pages::walk(&app, &id, Some("mine"))).await;
        assert_eq!(page.contains("/introspect\""), may, "{kind:?}");
        assert_eq!(page.contains("may not introspect"), !may, "{kind:?}");
    }
}

#[test]
fn every_file_that_a_page_names_is_there() {
    for name in [
        "demo.css",
        "icon.svg",
        "copy.js",
        "fragment.js",
        "message.js",
        "device.js",
        "spa.js",
        "spa-client.js",
        "spa-verify.js",
        "spa-view.js",
    ] {
        assert!(super::asset(name).is_some(), "{name}");
    }
    assert!(super::asset("../lib.rs").is_none());
}
