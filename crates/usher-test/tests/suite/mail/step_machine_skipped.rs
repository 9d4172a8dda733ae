//! Attack class "reset or step machine skipped": a password is chosen by whoever holds the link, in the browser where they said so, and by
//! no other order of steps.

use super::support::{CHOSEN, alices_link, forgot_page, gets_in, server, token};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use usher_test::{Browser, PASSWORD, Page};

#[tokio::test]
async fn a_password_that_comes_before_the_click_is_not_taken() {
    let t = server().await;
    let link = alices_link(&t, &mut t.browser()).await;
    let mut other = t.browser();
    let page = other.open(&link).await.page();
    let fields = [("new_password", CHOSEN), ("new_password_again", CHOSEN)];
    assert!(other.submit(&page, &fields).await.page().has("#continue"));
    let both = [("decision", "continue"), fields[0], fields[1]];
    assert!(
        other.submit(&page, &both).await.page().has("#new-password"),
        "the click counts, the password does not"
    );
    assert!(gets_in(&t, "alice", PASSWORD).await);
}

#[tokio::test]
async fn without_the_link_there_is_no_way_past_the_page_that_asks_for_it() {
    let t = server().await;
    let web = t.application("web");
    let mut browser = t.browser();
    let forgot = forgot_page(&mut browser, &web).await;
    let (_, hidden) = forgot.form();
    browser.submit(&forgot, &[("identifier", "alice")]).await.page();
    t.mails().await;
    let handle = &hidden.iter().find(|(n, _)| n == "interaction").unwrap().1;
    let form_token = &hidden.iter().find(|(n, _)| n == "form_token").unwrap().1;
    for interaction in ["", "x", handle] {
        for page in ["/new-password", "/change-password"] {
            let fields = [
                ("interaction", interaction),
                ("form_token", form_token),
                ("decision", "continue"),
                ("new_password", CHOSEN),
                ("new_password_again", CHOSEN),
            ];
            browser.post(page, &fields).await;
        }
    }
    assert!(gets_in(&t, "alice", PASSWORD).await && !gets_in(&t, "alice", CHOSEN).await);
}

/// What somebody may do at these pages.
#[derive(Debug, Clone, Copy)]
enum Step {
    Look,
    Click,
    Type,
    TypeWithClick,
    Empty,
    LoseCookies,
    ForgeToken,
    AskAgain,
}

fn steps() -> impl Strategy<Value = Vec<(bool, Step)>> {
    use Step::{AskAgain, Click, Empty, ForgeToken, Look, LoseCookies, Type, TypeWithClick};
    let step = prop::sample::select(vec![
        Look,
        Click,
        Type,
        TypeWithClick,
        Empty,
        LoseCookies,
        ForgeToken,
        AskAgain,
    ]);
    prop::collection::vec((any::<bool>(), step), 1..7)
}

/// One person who has the link, and one who does not, do as they like in turn. Invariant: the password changes only by whoever has the
/// link, and by a form that was shown after the link was good in that very browser.
#[tokio::test(flavor = "multi_thread")]
async fn no_order_of_steps_changes_a_password_without_the_link() {
    let mut runner = TestRunner::deterministic();
    for _ in 0..12 {
        let plan = steps().new_tree(&mut runner).unwrap().current();
        let t = server().await;
        let web = t.application("web");
        let mut asker = t.browser();
        let link = alices_link(&t, &mut asker).await;
        let mut holder = t.browser();
        let (mut meant, mut changed) = (false, false);
        for (has_link, step) in &plan {
            let browser = if *has_link { &mut holder } else { &mut asker };
            let target = if *has_link { token(&link) } else { format!("{}A", &token(&link)[..65]) };
            let form_token = form_token(browser, *has_link, &link).await;
            let mut fields = vec![("interaction", target.as_str()), ("form_token", form_token.as_str())];
            match step {
                Step::Look => {
                    browser.get(&format!("/new-password?token={target}")).await;
                    continue;
                }
                Step::AskAgain => {
                    super::support::ask(browser, &web, "alice").await;
                    continue;
                }
                Step::LoseCookies => {
                    browser.cookies.clear();
                    meant &= !*has_link;
                    continue;
                }
                Step::ForgeToken => {
                    fields[1].1 = "AAAA";
                    fields.extend([("new_password", CHOSEN), ("new_password_again", CHOSEN)]);
                }
                Step::Click => fields.push(("decision", "continue")),
                Step::Type => fields.extend([("new_password", CHOSEN), ("new_password_again", CHOSEN)]),
                Step::TypeWithClick => fields.extend([
                    ("decision", "continue"),
                    ("new_password", CHOSEN),
                    ("new_password_again", CHOSEN),
                ]),
                Step::Empty => {}
            }
            browser.post("/new-password", &fields).await;
            if *has_link {
                changed |= meant && matches!(step, Step::Type | Step::TypeWithClick);
                meant |= matches!(step, Step::Click | Step::TypeWithClick);
            }
        }
        assert_eq!(gets_in(&t, "alice", CHOSEN).await, changed, "{plan:?}");
    }
}

/// The form token that a browser is shown, where it is shown a form.
async fn form_token(browser: &mut Browser, has_link: bool, link: &str) -> String {
    if !has_link {
        return "BBBB".to_owned();
    }
    let answer = browser.get(link).await;
    let page = Page { path: link.to_owned(), answer };
    page.attribute("input[name=form_token]", "value").unwrap_or_default()
}
