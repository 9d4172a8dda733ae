//! What a person has allowed applications, and how they take it back.

use super::support::{at_home, browser_of, recorded, send, visit};
use usher_test::TestServer;
use usher_types::Endpoint;
use usher_types::page::AccountPlace;

async fn access_that_is_removed_is_gone_at_once_and_asked_for_again(t: TestServer) {
    let web = t.application("web");
    let own = t.application("first-party");
    let mut browser = browser_of(&t, "alice").await;
    let none = visit(&mut browser, AccountPlace::Applications).await;
    assert!(!none.has("#applications li"));
    web.authorize(&mut browser, "alice", &[]).await;
    let fresh = visit(&mut browser, AccountPlace::Applications).await.words();
    assert!(fresh.contains("Web Shop") && !fresh.contains("Last used"), "nothing was fetched yet: {fresh}");
    let tokens = web.sign_in(&mut browser, "alice", "openid email orders offline_access").await;
    let kept = own.sign_in(&mut browser, "alice", "openid profile").await;
    let unspent = web.authorize(&mut browser, "alice", &[]).await;
    let page = visit(&mut browser, AccountPlace::Applications).await;
    let words = page.words();
    assert!(words.contains("Last used"), "{words}");
    for said in ["Web Shop", "See your email address", "See your orders", "Our Own", "See your profile"] {
        assert!(words.contains(said), "{said}: {words}");
    }
    assert_eq!(page.answer.text().matches("It keeps this access while you are away").count(), 1);
    let fields = [("decision", "remove"), ("client_id", "web")];
    let answer = send(&mut browser, &page, Endpoint::AccountApplications, &fields).await;
    let page = at_home(browser.follow("", answer).await.page());
    assert!(page.has("#notice.good"));
    assert!(!page.words().contains("Web Shop") && page.words().contains("Our Own"));
    assert!(!web.is_active(&tokens.access).await);
    web.refresh(&tokens.refresh.unwrap()).await.refused("invalid_grant");
    web.exchange(unspent.code()).await.refused("invalid_grant");
    assert!(own.is_active(&kept.access).await);
    assert!(browser.open(&web.request(&[])).await.page().has("#allow"), "consent is asked for again");
    assert_eq!(recorded(&t, "access_removed").await, 1);
    // A second time there is nothing, and nothing is recorded.
    let answer = send(&mut browser, &page, Endpoint::AccountApplications, &fields).await;
    assert!(answer.location().contains("done=gone"), "{}", answer.location());
    assert_eq!(recorded(&t, "access_removed").await, 1);
}
both_engines!(
    access_that_is_removed_is_gone_on_sqlite,
    access_that_is_removed_is_gone_on_postgres,
    access_that_is_removed_is_gone_at_once_and_asked_for_again
);

async fn many_applications_come_in_parts(t: TestServer) {
    use usher_store::tables::write;
    let mut browser = browser_of(&t, "alice").await;
    let pool = t.app.snapshot().pool(None).unwrap().id;
    let user = t.app.store.user_by_identifier(pool, "alice").await.unwrap().unwrap().id;
    let now = t.app.world.clock.now();
    let mut batch = usher_store::Batch::new();
    for number in 0..45 {
        let consent = write::consent::Consent {
            user_id: user,
            client_id: format!("gone-{number:02}"),
            scope: usher_types::Scope::parse("openid").unwrap(),
            claims: String::new(),
        };
        write::consent::put(&mut batch, pool, &consent, now);
    }
    assert!(matches!(t.app.store.apply(batch).await.unwrap(), usher_store::Applied::Done));
    t.application("web").sign_in(&mut browser, "alice", "openid").await;
    let mut page = visit(&mut browser, AccountPlace::Applications).await;
    let mut seen = Vec::new();
    loop {
        let text = page.answer.text();
        seen.extend(
            text.split("name=\"client_id\" value=\"")
                .skip(1)
                .map(|rest| rest.split('"').next().unwrap().to_owned()),
        );
        let Some(next) = page.attribute("a#next", "href") else { break };
        page = at_home(browser.open(&next).await.page());
    }
    let mut expected: Vec<String> = (0..45).map(|number| format!("gone-{number:02}")).collect();
    expected.push("web".to_owned());
    assert_eq!(seen, expected);
}
both_engines!(
    many_applications_come_in_parts_on_sqlite,
    many_applications_come_in_parts_on_postgres,
    many_applications_come_in_parts
);

#[tokio::test]
async fn access_is_removed_by_one_of_many_and_no_token_is_born_beside_it() {
    let t = TestServer::start().await;
    let web = t.application("web");
    for _ in 0..8 {
        let mut browser = browser_of(&t, "alice").await;
        let page = visit(&mut browser, AccountPlace::Applications).await;
        let code = web.authorize(&mut browser, "alice", &[]).await;
        let fields = [("decision", "remove"), ("client_id", "web")];
        let (answer, exchanged) = tokio::join!(
            send(&mut browser, &page, Endpoint::AccountApplications, &fields),
            web.exchange(code.code())
        );
        assert!(answer.location().contains("done=access_removed"), "{}", answer.location());
        if exchanged.status == 200 {
            assert!(!web.is_active(&exchanged.tokens().access).await);
        }
    }
}
