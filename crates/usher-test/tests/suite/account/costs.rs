//! What the pages of an account ask of the database.

use super::support::{browser_of, send, session_of, visit};
use usher_test::{PASSWORD, TestServer, cost};
use usher_types::Endpoint;
use usher_types::page::AccountPlace;

#[tokio::test]
async fn an_address_that_waits_costs_two_reads_where_people_may_change_theirs() {
    let settings = "name = \"main\"\nsettings = { profile_editable = [\"name\", \"email\"] }\n";
    let t = TestServer::builder().with_mail().edit("name = \"main\"\n", settings).start().await;
    let mut browser = browser_of(&t, "alice").await;
    let (page, counts) = cost(&t, visit(&mut browser, AccountPlace::Profile)).await;
    assert_eq!(counts, (2, 0));
    send(&mut browser, &page, Endpoint::AccountProfile, &[("email", "arden@example.com")]).await;
    let (page, counts) = cost(&t, visit(&mut browser, AccountPlace::Profile)).await;
    assert_eq!(counts, (3, 0));
    let fields = [("decision", "withdraw")];
    let (_, counts) = cost(&t, send(&mut browser, &page, Endpoint::AccountProfile, &fields)).await;
    assert_eq!(counts, (3, 1));
}

#[tokio::test]
async fn each_page_takes_a_few_reads_and_each_change_one_batch() {
    let t = TestServer::start().await;
    let mut other = browser_of(&t, "alice").await;
    let id = session_of(&visit(&mut other, AccountPlace::Overview).await);
    let mut browser = browser_of(&t, "alice").await;
    t.application("web").sign_in(&mut browser, "alice", "openid").await;
    for (place, reads) in [
        (AccountPlace::Overview, 1),
        (AccountPlace::Profile, 1),
        (AccountPlace::Password, 1),
        (AccountPlace::Sessions, 2),
        (AccountPlace::Applications, 4),
    ] {
        let (_, counts) = cost(&t, visit(&mut browser, place)).await;
        assert_eq!(counts, (reads, 0), "{place:?}");
    }
    let page = visit(&mut browser, AccountPlace::Overview).await;
    let new = "an entirely new pass phrase";
    for (endpoint, fields, counts) in [
        (Endpoint::AccountProfile, vec![("name", "Alice Moreau")], (2, 1)),
        (Endpoint::AccountSessions, vec![("decision", "end"), ("id", id.as_str())], (1, 1)),
        (Endpoint::AccountSessions, vec![("decision", "end-others")], (1, 1)),
        (Endpoint::AccountApplications, vec![("decision", "remove"), ("client_id", "web")], (2, 1)),
        (
            Endpoint::AccountPassword,
            vec![("password", PASSWORD), ("new_password", new), ("new_password_again", new)],
            (2, 1),
        ),
    ] {
        let (answer, counted) = cost(&t, send(&mut browser, &page, endpoint, &fields)).await;
        assert!(answer.location().contains("done="), "{endpoint:?} {}", answer.location());
        assert_eq!(counted, counts, "{endpoint:?} {fields:?}");
    }
}
