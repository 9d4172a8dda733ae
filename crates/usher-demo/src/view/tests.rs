//! Tests of the module above: every page in every state, with hostile text in it.

use crate::app::App;
use crate::app::tests::demo;
use crate::options::{AuthorizationRequest, Options};
use crate::pages;
use crate::provider::Provider;
use crate::reply::Reply;
use crate::verify::{Check, Report};
use crate::walk::{Callback, Kind, Outcome, Problem, Progress, Step, Tokens, Walk};
use crate::wire::{Answer, Exchange};
use http_body_util::BodyExt as _;
use usher_types::Params;

/// Text that must never become markup.
const HOSTILE: &str = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>{{ 7 * 7 }}\u{202e}";

fn hostile() -> String {
    HOSTILE.to_owned()
}

/// A walk that has come this far, every text in it hostile.
fn walk(kind: Kind, progress: Progress) -> Walk {
    let form = "scope=openid&scope=phone&pkce=none";
    let options = Options::read(&Params::parse(form.as_bytes()).unwrap());
    let request = AuthorizationRequest::new(HOSTILE, HOSTILE, hostile(), &options);
    let mut walk = Walk::new("mine", kind, Provider::default(), request);
    for step in [Step::Discovery, Step::Exchange, Step::Verification, Step::Later] {
        for (outcome, secrets) in [
            (
                Ok(Answer { status: 200, head: hostile(), body: format!("{{\"a\":{:?}}}", "<script>") }),
                vec![],
            ),
            (
                Ok(Answer { status: 400, head: hostile(), body: hostile() }),
                vec![hostile(), "<script>".to_owned()],
            ),
            (Err(hostile()), vec![]),
        ] {
            let request = format!("POST /token\n\na=b&c={HOSTILE}");
            walk.record(step, Exchange { title: "Something", note: hostile(), request, outcome, secrets });
        }
    }
    walk.progress = progress;
    walk
}

fn callback() -> Callback {
    Callback { method: "POST", parameters: vec![(hostile(), hostile()), ("code".to_owned(), hostile())] }
}

fn checks() -> Vec<Check> {
    vec![Check::new("one", Ok(hostile())), Check::new("two", Err(hostile())), Check::absent("three", HOSTILE)]
}

fn tokens() -> Tokens {
    let report = || Some(Report { header: hostile(), payload: hostile(), checks: checks() });
    Tokens {
        access_token: hostile(),
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
    let settled = |outcome| Progress::Settled(callback(), checks(), outcome);
    let bare = Tokens { access_token: hostile(), ..Tokens::default() };
    for kind in [Kind::Web, Kind::Native] {
        for progress in [
            Progress::Asked,
            Progress::Returned(callback()),
            Progress::Exchanging(callback()),
            settled(Outcome::Refused(problem())),
            settled(Outcome::Tokens(Box::new(tokens()))),
            settled(Outcome::Tokens(Box::new(bare.clone()))),
        ] {
            let app = App::new(demo());
            let walk = walk(kind, progress);
            let id = walk.id.clone();
            app.walks().insert(walk);
            let page = html(&app, pages::walk(&app, &id, Some("mine"))).await;
            assert!(
                !page.contains("<script") && !page.contains("<img src=x") && !page.contains("49\u{202e}"),
                "{page}"
            );
            assert!(page.contains("&lt;script&gt;"));
        }
    }
}

#[tokio::test]
async fn introspection_is_offered_to_those_who_may() {
    let app = App::new(demo());
    for (kind, may) in [(Kind::Web, true), (Kind::Native, false)] {
        let walk = walk(kind, Progress::Settled(callback(), checks(), Outcome::Tokens(Box::new(tokens()))));
        let id = walk.id.clone();
        app.walks().insert(walk);
        let page = html(&app, pages::walk(&app, &id, Some("mine"))).await;
        assert_eq!(page.contains("/introspect\""), may);
        assert_eq!(page.contains("may not introspect"), !may);
    }
}

#[test]
fn every_file_that_a_page_names_is_there() {
    for name in ["demo.css", "icon.svg", "copy.js", "spa.js", "spa-client.js", "spa-verify.js", "spa-view.js"]
    {
        assert!(super::asset(name).is_some(), "{name}");
    }
    assert!(super::asset("../lib.rs").is_none());
}
