//! Access that is removed at the moment in which more of it is given: nothing survives but what is allowed afterwards.

use super::support::{browser_of, send, visit};
use usher_store::{Engine, params};
use usher_test::{Application, Arrival, Browser, Callback, TestServer};
use usher_types::Endpoint;
use usher_types::page::AccountPlace;

const REMOVE: [(&str, &str); 2] = [("decision", "remove"), ("client_id", "web")];

/// Opens a request; the code where one is given, and nothing where consent is asked for.
async fn code(browser: &mut Browser, web: &Application) -> Option<String> {
    match browser.open(&web.request(&[("scope", "openid offline_access")])).await {
        Arrival::Elsewhere(target) => Some(Callback::parse(&target).code().to_owned()),
        Arrival::Page(page) => {
            assert!(page.has("#allow"), "{}", page.answer.text());
            None
        }
    }
}

async fn living_grants(t: &TestServer) -> i64 {
    let sql = "SELECT COUNT(*) FROM grants WHERE client_id = $1 AND revoked_at IS NULL";
    t.app.store.list(sql, params!["web"]).await.unwrap()[0].get(0).unwrap()
}

async fn no_code_outlives_the_removal_that_it_was_given_beside(engine: Engine) {
    let t = TestServer::on(engine).await;
    let web = t.application("web");
    let mut browser = browser_of(&t, "alice").await;
    for _ in 0..16 {
        // The consent that is removed.
        let page = browser.open(&web.request(&[("scope", "openid offline_access")])).await.page();
        browser.submit(&page, &[("decision", "allow")]).await.elsewhere();
        let page = visit(&mut browser, AccountPlace::Applications).await;
        let mut tabs: [Browser; 4] = std::array::from_fn(|_| browser.clone());
        let [one, two, three, four] = &mut tabs;
        let (answer, one, two, three, four) = tokio::join!(
            send(&mut browser, &page, Endpoint::AccountApplications, &REMOVE),
            code(one, &web),
            code(two, &web),
            code(three, &web),
            code(four, &web),
        );
        assert!(answer.location().contains("done=access_removed"), "{}", answer.location());
        for code in [one, two, three, four].into_iter().flatten() {
            web.exchange(&code).await.refused("invalid_grant");
        }
        assert_eq!(living_grants(&t).await, 0);
    }
}

async fn what_was_allowed_before_the_removal_gives_no_code_after_it(engine: Engine) {
    let t = TestServer::on(engine).await;
    let web = t.application("web");
    let mut browser = browser_of(&t, "alice").await;
    let page = browser.open(&web.request(&[("scope", "openid offline_access")])).await.page();
    let (action, mut fields) = page.form();
    fields.push(("decision".to_owned(), "allow".to_owned()));
    let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let allowed = browser.post(&action, &fields).await;

    let account = visit(&mut browser, AccountPlace::Applications).await;
    let answer = send(&mut browser, &account, Endpoint::AccountApplications, &REMOVE).await;
    assert!(answer.location().contains("done=access_removed"), "{}", answer.location());
    let page = browser.follow("", allowed).await.page();
    assert!(page.has("#allow"), "what was removed is asked for again: {}", page.answer.text());
    let callback = Callback::parse(&browser.submit(&page, &[("decision", "allow")]).await.elsewhere());
    web.exchange(callback.code()).await.tokens();
    assert_eq!(living_grants(&t).await, 1, "what is allowed later is given");
}

everywhere! {
    no_code_outlives_the_removal_that_it_was_given_beside
    what_was_allowed_before_the_removal_gives_no_code_after_it
}
