//! Where authorization responses arrive (RFC 6749 §4.1.2; OAuth 2.0 Multiple Response Types §2.1; OAuth 2.0 Form Post Response Mode §2), for
//! every application with a walk in memory. An answer is only put down here; it is looked at when the browser that began the walk comes
//! for it, with its cookie.

use crate::app::App;
use crate::message::{self, Message};
use crate::reply::Reply;
use crate::request::Request;
use crate::settle;
use crate::view;
use crate::walk::{Callback, Progress, Travel};
use http::StatusCode;
use minijinja::context;
use usher_types::Params;

/// A GET of a callback. Without a query its answer, if there is one, is behind the `#`, where only a script can read it.
pub(crate) fn arrive(app: &App, request: &Request) -> Reply {
    if request.query.pairs().is_empty() {
        return view::page(app, StatusCode::OK, "fragment.html", context! {});
    }
    receive(app, Travel::Query, &request.query)
}

/// Puts down an answer and sends the browser on. The 303 makes a POST from usher's page a navigation that carries our cookie.
pub(crate) fn receive(app: &App, travel: Travel, params: &Params) -> Reply {
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
        walk.progress = Progress::Returned(Callback { travel, parameters: params.pairs().to_vec() });
    }
    Reply::see_other(format!("{}{}/continue", app.demo.base, walk.path()))
}

/// Looks at the answer that waits in a walk, and shows what came of it.
pub(crate) async fn proceed(app: &App, id: &str, browser: Option<&str>) -> Reply {
    let waiting = app.walks().take(id, browser);
    if let Some((walk, callback)) = waiting {
        settle::settle(app, walk, callback).await;
    }
    let path = app.walks().find(id, browser).map(|walk| walk.path());
    path.map_or_else(|| message::no_walk(app, id), Reply::see_other)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::tests::demo;
    use crate::kind::Kind;
    use crate::options::{AuthorizationRequest, Options, To};
    use crate::pages;
    use crate::provider::Provider;
    use crate::walk::{Ask, Outcome, Walk};

    /// A demo with a walk of this response type that waits for its answer; gives the walk's name and state.
    fn asked_for(kind: Kind, form: &str) -> (App, String, String) {
        let app = App::new(demo());
        let to = To {
            endpoint: "http://localhost:1/oidc/auth",
            client_id: "shop",
            redirect_uri: format!("{}/web/callback", app.demo.base),
        };
        let options = Options::read(kind, &Params::parse(form.as_bytes()).unwrap());
        let request = AuthorizationRequest::new(to, &options);
        let provider =
            Provider { token_endpoint: "http://localhost:1/oidc/token".to_owned(), ..Provider::default() };
        let state = request.state.clone();
        let walk = Walk::new("mine", kind, app.credentials(kind), provider, Ask::Browser(request));
        let id = walk.id.clone();
        app.walks().insert(walk);
        (app, id, state)
    }

    fn asked() -> (App, String, String) {
        asked_for(Kind::Web, "")
    }

    fn answer(app: &App, query: &str) -> Reply {
        receive(app, Travel::Query, &Params::parse(query.as_bytes()).unwrap())
    }

    /// What came of a walk's answer.
    async fn outcome(app: &App, id: &str) -> Outcome {
        proceed(app, id, Some("mine")).await;
        let kept = app.walks().find(id, Some("mine")).cloned().unwrap();
        let Progress::Settled(_, outcome) = kept.progress else { panic!("nothing came of it: {kept:?}") };
        outcome
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
        assert!(matches!(outcome(&app, &id).await, Outcome::Refused(p) if p.code == "access_denied"));
    }

    #[tokio::test]
    async fn a_code_that_cannot_be_exchanged_ends_in_an_explanation() {
        let (app, id, state) = asked();
        answer(&app, &format!("code=c&state={state}&{ISS}"));
        assert!(
            matches!(outcome(&app, &id).await, Outcome::Refused(p) if p.meaning.contains("cannot be reached"))
        );
        let html = pages::walk(&app, &id, Some("mine")).into_response(&app);
        assert_eq!(html.status(), StatusCode::OK);
    }

    #[tokio::test]
    async fn nothing_is_right_only_where_nothing_was_asked_for() {
        for (form, is_right) in [("response_type=none", true), ("", false)] {
            let (app, id, state) = asked_for(Kind::Web, form);
            answer(&app, &format!("state={state}&{ISS}"));
            assert_eq!(matches!(outcome(&app, &id).await, Outcome::Acknowledged), is_right, "{form}");
        }
    }

    #[tokio::test]
    async fn what_was_not_asked_for_is_not_used() {
        for (form, query) in [
            ("response_type=id_token", "code=c"),
            ("response_type=id_token", "access_token=a&token_type=Bearer"),
            ("response_type=id_token+token", "access_token=a&token_type=Bearer&id_token=x.y.z&code=c"),
            ("response_type=id_token", "id_token=x.y.z"),
        ] {
            let (app, id, state) = asked_for(Kind::Implicit, form);
            answer(&app, &format!("{query}&state={state}&{ISS}"));
            let outcome = outcome(&app, &id).await;
            assert!(matches!(outcome, Outcome::Refused(_)), "{form} {query}: {outcome:?}");
        }
    }
}
