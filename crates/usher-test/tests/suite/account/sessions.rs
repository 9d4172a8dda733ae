//! Where a person is signed in: what is shown, and what ends.

use super::support::{at_home, browser_of, recorded, send, session_of, sign_in, trail, visit};
use usher_test::TestServer;
use usher_types::page::AccountPlace;
use usher_types::{Endpoint, Span, limits};

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0";
const SAFARI: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1";

async fn a_session_that_is_ended_is_over_at_once_with_what_hangs_on_it(t: TestServer) {
    let web = t.application("web");
    let (mut here, mut there) = (t.browser(), t.browser());
    here.user_agent = Some(FIREFOX);
    there.user_agent = Some(SAFARI);
    sign_in(&mut there, "alice").await;
    let tokens = web.sign_in(&mut there, "alice", "openid").await;
    let lasting = web.sign_in(&mut there, "alice", "openid offline_access").await;
    t.advance(Span::minutes(3));
    let unspent = web.authorize(&mut there, "alice", &[]).await;
    sign_in(&mut here, "alice").await;
    let page = visit(&mut here, AccountPlace::Sessions).await;
    let words = page.words().split_whitespace().collect::<Vec<_>>().join(" ");
    for said in
        ["Firefox on Linux", "Safari on iPhone", "This is where you are now", "3 minutes ago", "password"]
    {
        assert!(words.contains(said), "{said}: {words}");
    }
    let id = page.attribute("input[name=id]", "value").unwrap();
    let ended = send(&mut here, &page, Endpoint::AccountSessions, &[("decision", "end"), ("id", &id)]).await;
    let page = at_home(here.follow("", ended).await.page());
    assert!(page.has("#notice.good") && !page.has("input[name=id]"), "{}", page.answer.text());
    assert!(there.open("/account").await.page().has("button#sign-in"));
    assert!(!web.is_active(&tokens.access).await);
    web.exchange(unspent.code()).await.refused("invalid_grant");
    // What was meant to outlive sessions does: it is ended by its application.
    assert!(web.is_active(&lasting.access).await);
    assert_eq!(recorded(&t, "session_ended").await, 1);
    let ended = trail(&t).await.into_iter().find(|row| row.event == "session_ended").unwrap();
    assert!(ended.target.unwrap().contains(&id));
}
both_engines!(
    a_session_that_is_ended_is_over_on_sqlite,
    a_session_that_is_ended_is_over_on_postgres,
    a_session_that_is_ended_is_over_at_once_with_what_hangs_on_it
);

async fn all_others_end_and_this_one_goes_on(t: TestServer) {
    let web = t.application("web");
    let mut others = Vec::new();
    for _ in 0..3 {
        let mut browser = browser_of(&t, "alice").await;
        let tokens = web.sign_in(&mut browser, "alice", "openid").await;
        others.push((browser, tokens));
    }
    let mut bob = browser_of(&t, "bob").await;
    let mut here = browser_of(&t, "alice").await;
    let mine = web.sign_in(&mut here, "alice", "openid").await;
    let page = visit(&mut here, AccountPlace::Sessions).await;
    let answer = send(&mut here, &page, Endpoint::AccountSessions, &[("decision", "end-others")]).await;
    let page = at_home(here.follow("", answer).await.page());
    assert!(!page.has("#end-others") && page.has("#sessions li.current"));
    for (browser, tokens) in &mut others {
        assert!(browser.open("/account").await.page().has("button#sign-in"));
        assert!(!web.is_active(&tokens.access).await);
    }
    assert!(web.is_active(&mine.access).await);
    visit(&mut bob, AccountPlace::Overview).await;
    assert_eq!(recorded(&t, "other_sessions_ended").await, 1);
}
both_engines!(all_others_end_on_sqlite, all_others_end_on_postgres, all_others_end_and_this_one_goes_on);

#[tokio::test]
async fn ending_the_session_at_hand_is_signing_out() {
    let t = TestServer::start().await;
    let mut browser = browser_of(&t, "alice").await;
    let page = visit(&mut browser, AccountPlace::Sessions).await;
    let id = session_of(&page);
    let fields = [("decision", "end"), ("id", id.as_str())];
    let answer = send(&mut browser, &page, Endpoint::AccountSessions, &fields).await;
    assert!(browser.follow("", answer).await.page().has("#signed-out"));
    assert!(browser.cookies.is_empty());
}

async fn many_sessions_come_in_parts_and_this_one_leads_each(t: TestServer) {
    let per_part = usize::try_from(limits::ACCOUNT_ENTRIES).unwrap();
    for _ in 0..=per_part {
        browser_of(&t, "alice").await;
        t.advance(Span::millis(2));
    }
    let mut here = browser_of(&t, "alice").await;
    let page = visit(&mut here, AccountPlace::Sessions).await;
    let ids = |page: &usher_test::Page| page.answer.text().matches("value=\"end\"").count();
    assert_eq!(ids(&page), per_part);
    let next = page.attribute("a#next", "href").unwrap();
    let last = at_home(here.open(&next).await.page());
    assert_eq!((ids(&last), last.has("#sessions li.current"), last.has("a#next")), (1, true, false));
}
both_engines!(
    many_sessions_come_in_parts_on_sqlite,
    many_sessions_come_in_parts_on_postgres,
    many_sessions_come_in_parts_and_this_one_leads_each
);
