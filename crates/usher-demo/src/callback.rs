//! Where authorization responses arrive (RFC 6749 §4.1.2; OAuth 2.0 Form Post Response Mode §2), for every application with a walk in
//! memory. An answer is only put down here; it is looked at when the browser that began the walk comes for it, with its cookie.

use crate::pages::{self, Message};
use crate::reply::Reply;
use crate::walk::{Callback, Progress};
use crate::{App, exchange};
use http::StatusCode;
use usher_types::Params;

/// Puts down an answer and sends the browser on. The 303 makes a POST from usher's page a navigation that carries our cookie.
pub(crate) fn receive(app: &App, method: &'static str, params: &Params) -> Reply {
    let Ok(Some(state)) = params.one("state") else {
        return pages::message(
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
        return pages::message(
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
    path.map_or_else(|| pages::no_walk(app, id), Reply::see_other)
}
