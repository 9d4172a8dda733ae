//! Attack classes 61 and 63 against the audit trail: rows that somebody outside makes without bound, and secrets that end up in it.

use super::support::Managed;
use usher_store::Engine;
use usher_test::PASSWORD;
use usher_types::{Span, limits};

mod unbounded_growth {
    use super::{Engine, Managed, PASSWORD, limits};

    const ROWS: &str = "SELECT COUNT(*) FROM audit";
    const SUMS: &str = "SELECT COUNT(*) FROM refusals";

    async fn count(m: &Managed, sql: &'static str) -> i64 {
        m.t.app.store.list(sql, Vec::new()).await.unwrap()[0].get(0).unwrap()
    }

    async fn garbage_makes_no_row_and_few_sums(engine: Engine) {
        let m = Managed::on(engine).await;
        let web = m.t.application("web");
        let (rows, before) = (count(&m, ROWS).await, count(&m, SUMS).await);
        for n in 0..200 {
            web.exchange(&format!("made-up-{n}")).await.refused("invalid_grant");
            web.refresh(&format!("made-up-{n}")).await.refused("invalid_grant");
            let stranger = web.clone().with_secret(&format!("made-up-secret-{n}-0123456789-0123456789"));
            stranger.exchange("x").await;
        }
        m.t.app.flush_refusals().await.unwrap();
        assert_eq!(count(&m, ROWS).await, rows, "what changes nothing writes no row");
        let sums = count(&m, SUMS).await - before;
        assert!(sums <= 3, "{sums} sums of 600 refusals");
    }

    async fn saying_the_same_again_writes_nothing_again(engine: Engine) {
        let m = Managed::on(engine).await;
        let web = m.t.application("web");
        let mut browser = m.t.browser();
        let tokens = web.sign_in(&mut browser, "alice", "openid offline_access").await;
        let code = web.authorize(&mut browser, "alice", &[]).await.code().to_owned();
        web.exchange(&code).await.tokens();
        let rows = count(&m, ROWS).await;
        for _ in 0..20 {
            web.exchange(&code).await.refused("invalid_grant");
            web.revoke(tokens.refresh.as_deref().unwrap()).await;
            web.refresh(tokens.refresh.as_deref().unwrap()).await;
        }
        assert_eq!(count(&m, ROWS).await, rows + 2, "one replay, one revocation");
    }

    async fn wrong_passwords_write_no_more_rows_than_are_counted(engine: Engine) {
        let m = Managed::on(engine).await;
        let web = m.t.application("web");
        let rows = count(&m, ROWS).await;
        let mut browser = m.t.browser();
        let mut page = browser.open(&web.request(&[])).await.page();
        for n in 0..limits::FAILURES_BY_ACCOUNT + 15 {
            let wrong = format!("a wrong password, number {n}");
            page = browser.submit(&page, &[("identifier", "alice"), ("password", &wrong)]).await.page();
        }
        let written = count(&m, ROWS).await - rows;
        assert_eq!(written, i64::from(limits::FAILURES_BY_ACCOUNT), "a try beyond the limit writes no row");
        let rows = m.run(&["audit", "list", "--event", "sign_in_refused", "--user", "alice"]).await;
        let row = &rows["audit_rows"][0];
        assert_eq!(
            (row["actor"].as_str(), row["cause"].as_str()),
            (Some("unknown"), Some("sign_in: the password is wrong"))
        );
        let told = rows.to_string();
        assert!(!told.contains("a wrong password, number") && !told.contains(PASSWORD), "{told}");
    }

    on_both_engines! {
        garbage_makes_no_row_and_few_sums
        saying_the_same_again_writes_nothing_again
        wrong_passwords_write_no_more_rows_than_are_counted
    }
}

/// Everything secret that a person, an application and an administrator handle, and every row there is afterwards.
async fn leaks(engine: Engine) {
    let m = Managed::on(engine).await;
    let web = m.t.application("web");
    let mut browser = m.t.browser();
    let mut secrets = vec![PASSWORD.to_owned(), web.secret.clone().unwrap()];
    let tokens = web.sign_in(&mut browser, "alice", "openid offline_access").await;
    secrets.extend([tokens.access.clone(), tokens.id.clone().unwrap(), tokens.refresh.clone().unwrap()]);
    let next = web.refresh(tokens.refresh.as_deref().unwrap()).await.tokens();
    secrets.extend([next.access.clone(), next.refresh.clone().unwrap()]);
    web.refresh(tokens.refresh.as_deref().unwrap()).await;
    m.t.advance(Span::minutes(1));
    web.refresh(tokens.refresh.as_deref().unwrap()).await.refused("invalid_grant");
    let code = web.authorize(&mut browser, "alice", &[]).await.code().to_owned();
    web.exchange(&code).await.tokens();
    web.exchange(&code).await.refused("invalid_grant");
    secrets.push(code);
    secrets.extend(browser.cookies.values().cloned());
    let wrong = "a-wrong-secret-0123456789-0123456789-012345";
    web.clone().with_secret(wrong).exchange("x").await;
    secrets.push(wrong.to_owned());
    let page = m.t.browser().open(&web.request(&[])).await.page();
    m.t.browser().submit(&page, &[("identifier", "my password in the wrong field"), ("password", "x")]).await;
    secrets.push("my password in the wrong field".to_owned());
    for (line, of, name) in [
        (&["app", "rotate-secret", "web"][..], "app", "client_secret"),
        (&["user", "set-password", "alice", "--generate"], "user", "password"),
        (&["access-key", "create", "--app", "web", "label=x"], "access_key", "secret_key"),
    ] {
        if let Ok(shown) = m.attempt(line).await {
            secrets.extend(shown[of][name].as_str().map(str::to_owned));
        }
    }
    m.run(&["app", "set", "web", "client_name=A Name That Nobody Tells"]).await;
    secrets.push("A Name That Nobody Tells".to_owned());
    secrets.push("alice@example.com".to_owned());

    m.t.app.flush_refusals().await.unwrap();
    m.t.app.seal_audit().await.unwrap();
    let mut told = String::new();
    for line in [
        &["audit", "list", "--limit", "1000"][..],
        &["audit", "refusals"],
        &["audit", "verify"],
        &["audit", "checkpoint"],
    ] {
        told.push_str(&m.run(line).await.to_string());
    }
    assert!(told.len() > 4_000 && secrets.len() >= 12, "{} {}", told.len(), secrets.len());
    for secret in secrets {
        assert!(secret.len() > 8 && !told.contains(&secret), "{secret} is told");
    }
}

on_both_engines! { leaks }
