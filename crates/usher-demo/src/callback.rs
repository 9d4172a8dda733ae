//! Where authorization responses arrive (RFC 6749 §4.1.2; OAuth 2.0 Form Post Response Mode §2), for every application with a walk in
//! memory. An answer is only put down here; it is looked at when the browser that began the walk comes for it, with its cookie.

use crate::app::App;
use crate::exchange;
use crate::message::{self, Message};
use crate::reply::Reply;
use crate::walk::{Callback, Progress};
use http::StatusCode;
use usher_types::Params;

/// Puts down an answer and sends the browser on. The 303 makes a POST from usher's page a navigation that carries our cookie.
pub(crate) fn receive(app: &App, method: &'static str, params: &Params) -> Reply {
    let Ok(Some(state)) = params.one("state") else {
        return message::page(
            app,
            StatusCode::BAD_REQUEST,
            Message {
                title: "An answer without a state",
                what: "Something came to the callback that carries no state, or two, so it cannot belong to any request of this application.",
                why: "This happens when the address was opened by hand, or when somebody tries to slip in an answer of their own.",
                links: &[("/", "Start from the beginning")],
            },
        );
    };
    let mut walks = app.walks();
    let Some(walk) = walks.find_by_state(state) else {
        return message::page(
            app,
            StatusCode::BAD_REQUEST,
            Message {
                title: "An answer that nobody asked for",
                what: "The state of this answer is not one that this application sent, so the answer was thrown away unread.",
                why: "Either the demo was restarted meanwhile and forgot the request, or somebody tries to sign you in as somebody else: that is what state protects from.",
                links: &[("/", "Start a new walk")],
            },
        );
    };
    // The first answer counts. A back button or a second click ends at what came of it.
    if matches!(walk.progress, Progress::Asked) {
        walk.progress = Progress::Returned(Callback { method, parameters: params.pairs().to_vec() });
    }
    Reply::see_other(format!("{}{}/continue", app.demo.base, walk.path()))
}

/// Looks at the answer that waits in a walk, and shows what came of it.
pub(crate) async fn proceed(app: &App, id: &str, browser: Option<&str>) -> Reply {
    let waiting = app.walks().take(id, browser);
    if let Some((walk, callback)) = waiting {
        exchange::settle(app, walk, callback).await;
    }
    let path = app.walks().find(id, browser).map(|walk| walk.path());
    path.map_or_else(|| message::no_walk(app, id), Reply::see_other)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::tests::demo;
    use crate::options::{AuthorizationRequest, Options};
    use crate::pages;
    use crate::provider::Provider;
    use crate::walk::{Kind, Outcome, Walk};

    /// A demo with a walk that waits for its answer; gives the walk's name and state.
    fn asked() -> (App, String, String) {
        let app = App::new(demo());
        let redirect_uri = format!("{}/web/callback", app.demo.base);
        let request = AuthorizationRequest::new(
            "http://localhost:1/oidc/auth",
            "shop",
            redirect_uri,
            &Options::default(),
        );
        let provider =
            Provider { token_endpoint: "http://localhost:1/oidc/token".to_owned(), ..Provider::default() };
        let walk = Walk::new("mine", Kind::Web, provider, request);
        let (id, state) = (walk.id.clone(), walk.request.state.clone());
        app.walks().insert(walk);
        (app, id, state)
    }

    fn answer(app: &App, query: &str) -> Reply {
        receive(app, "GET", &Params::parse(query.as_bytes()).unwrap())
    }

    const ISS: &str = "iss=http://localhost:1/oidc";

    #[test]
    fn an_answer_is_put_down_and_the_browser_sent_on() {
        let (app, id, state) = asked();
        let reply = answer(&app, &format!("code=c&state={state}&{ISS}")).into_response(&app);
        assert_eq!(reply.status(), StatusCode::SEE_OTHER);
        assert_eq!(reply.headers()["location"], format!("http://127.0.0.1:2/walk/{id}/continue"));
        let kept = app.walks().find(&id, Some("mine")).cloned().unwrap();
        assert!(matches!(kept.progress, Progress::Returned(c) if c.one("code") == Some("c")));
    }

    #[test]
    fn a_second_answer_does_not_replace_the_first() {
        let (app, id, state) = asked();
        answer(&app, &format!("code=c&state={state}&{ISS}"));
        answer(&app, &format!("code=other&state={state}&{ISS}"));
        let kept = app.walks().find(&id, Some("mine")).cloned().unwrap();
        assert!(matches!(kept.progress, Progress::Returned(c) if c.one("code") == Some("c")));
    }

    #[tokio::test]
    async fn only_the_browser_that_asked_goes_on_with_the_answer() {
        let (app, id, state) = asked();
        answer(&app, &format!("error=access_denied&state={state}&{ISS}"));
        for stranger in [None, Some("yours")] {
            assert_eq!(
                proceed(&app, &id, stranger).await.into_response(&app).status(),
                StatusCode::FORBIDDEN
            );
            assert!(matches!(app.walks().find(&id, Some("mine")).unwrap().progress, Progress::Returned(_)));
        }
        assert_eq!(
            proceed(&app, &id, Some("mine")).await.into_response(&app).status(),
            StatusCode::SEE_OTHER
        );
        let kept = app.walks().find(&id, Some("mine")).cloned().unwrap();
        assert!(
            matches!(kept.progress, Progress::Settled(_, _, Outcome::Refused(p)) if p.code == "access_denied")
        );
    }

    #[tokio::test]
    async fn a_code_that_cannot_be_exchanged_ends_in_an_explanation() {
        let (app, id, state) = asked();
        answer(&app, &format!("code=c&state={state}&{ISS}"));
        proceed(&app, &id, Some("mine")).await;
        let kept = app.walks().find(&id, Some("mine")).cloned().unwrap();
        assert!(
            matches!(kept.progress, Progress::Settled(_, _, Outcome::Refused(p)) if p.meaning.contains("cannot be reached"))
        );
        let html = pages::walk(&app, &id, Some("mine")).into_response(&app);
        assert_eq!(html.status(), StatusCode::OK);
    }
}
