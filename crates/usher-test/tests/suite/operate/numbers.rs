//! The numbers: that what happens is counted, that the number of series is bounded, and that every one is documented.

use std::collections::BTreeSet;
use usher::metrics::{Scrape, render};
use usher_test::{PASSWORD, TestServer};

async fn numbers(t: &TestServer) -> String {
    render(&Scrape { app: t.app.clone(), certificates: None }).await
}

/// The value of a series, written as it is in the text.
fn value(text: &str, series: &str) -> f64 {
    let line = text.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("no {series}:\n{text}")).parse().unwrap()
}

#[tokio::test]
async fn what_happens_is_counted() {
    let t = TestServer::start().await;
    let web = t.application("web");
    let mut browser = t.browser();
    let tokens = web.sign_in(&mut browser, "alice", "openid offline_access").await;
    web.refresh(&tokens.refresh.unwrap()).await.tokens();
    web.exchange("nonsense").await.refused("invalid_grant");
    let page = t.browser().open(&web.request(&[])).await.page();
    t.browser().get("/nothing").await;
    let mut other = t.browser();
    let form = other.open(&web.request(&[])).await.page();
    assert_eq!(form.path.split('?').next(), page.path.split('?').next());
    other.submit(&form, &[("identifier", "alice"), ("password", "not the password at all")]).await;
    let text = numbers(&t).await;
    for (series, wanted) in [
        ("usher_tokens_total{grant=\"authorization_code\"}", 1.0),
        ("usher_tokens_total{grant=\"refresh_token\"}", 1.0),
        ("usher_tokens_total{grant=\"password\"}", 0.0),
        ("usher_sign_ins_total", 1.0),
        ("usher_passwords_total{outcome=\"right\"}", 1.0),
        ("usher_passwords_total{outcome=\"wrong\"}", 1.0),
        ("usher_http_requests_total{endpoint=\"/oidc/token\",status=\"2xx\"}", 2.0),
        ("usher_http_requests_total{endpoint=\"/oidc/token\",status=\"4xx\"}", 1.0),
        ("usher_http_requests_total{endpoint=\"none\",status=\"4xx\"}", 1.0),
        ("usher_http_request_seconds_count{endpoint=\"/oidc/token\"}", 3.0),
        ("usher_password_hash_seconds_count", 2.0),
        ("usher_store_faults_total{kind=\"full\"}", 0.0),
        ("usher_configuration_age_seconds", 0.0),
        ("usher_ready", 1.0),
        ("usher_pools_unread", 0.0),
        ("usher_refusals_total{cause=\"sign_in: name and password do not go together\"}", 1.0),
    ] {
        assert!((value(&text, series) - wanted).abs() < 0.01, "{series}\n{text}");
    }
    for series in [
        "usher_store_read_seconds_count",
        "usher_store_batch_seconds_count",
        "process_resident_memory_bytes",
        "process_open_fds",
        "process_start_time_seconds",
    ] {
        assert!(value(&text, series) > 0.0, "{series}");
    }
    for secret in ["alice", PASSWORD, "nonsense", "127.0.0.1", "web.test"] {
        assert!(!text.contains(secret), "{secret}");
    }
}

#[tokio::test]
async fn whatever_is_sent_the_number_of_series_stays_what_it_is() {
    let t = TestServer::start().await;
    let round = async |n: usize| {
        let web = t.application("web");
        let mut browser = t.browser();
        for path in [
            format!("/{n}"),
            format!("/pool{n}/oidc/token"),
            format!("/oidc/auth?client_id=c{n}"),
            format!("/oidc/token?x={n}"),
        ] {
            browser.get(&path).await;
        }
        web.post("/oidc/token", &[("grant_type", &format!("grant{n}"))]).await;
        web.post_bare(
            "/oidc/token",
            &[("grant_type", "authorization_code"), ("client_id", &format!("client{n}"))],
        )
        .await;
        web.exchange(&format!("code{n}")).await;
        web.refresh(&format!("token{n}")).await;
        web.introspect(&format!("token{n}")).await;
        browser.get(&format!("/sign-in?i={n}")).await;
    };
    round(0).await;
    let before: BTreeSet<String> = series(&numbers(&t).await);
    for n in 1..20 {
        round(n).await;
    }
    let after = series(&numbers(&t).await);
    let new: Vec<_> = after.difference(&before).collect();
    assert!(new.is_empty(), "{new:?}");
    assert!(after.len() < 2000, "{}", after.len());
}

/// Every series without its value.
fn series(text: &str) -> BTreeSet<String> {
    text.lines()
        .filter(|l| !l.starts_with('#'))
        .filter_map(|l| l.rsplit_once(' '))
        .map(|(s, _)| s.to_owned())
        .collect()
}

/// The names of all families, as they are written in series.
fn families(text: &str) -> BTreeSet<String> {
    text.lines().filter_map(|l| l.strip_prefix("# TYPE ")?.split(' ').next()).map(str::to_owned).collect()
}

#[tokio::test]
async fn every_number_is_documented_and_the_dashboard_shows_numbers_that_there_are() {
    let t = TestServer::start().await;
    let there = families(&numbers(&t).await);
    assert!(there.len() > 25, "{there:?}");
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let page = std::fs::read_to_string(root.join("docs/guide/monitoring.md")).unwrap();
    let documented: BTreeSet<String> = page
        .lines()
        .filter_map(|l| l.strip_prefix("| `")?.split('`').next())
        .filter(|name| name.starts_with("usher_") || name.starts_with("process_"))
        .map(|name| name.split('{').next().unwrap().to_owned())
        .collect();
    assert_eq!(there, documented);
    let dashboard = std::fs::read_to_string(root.join("packaging/grafana/usher.json")).unwrap();
    let dashboard: serde_json::Value = serde_json::from_str(&dashboard).unwrap();
    let mut asked = 0;
    for target in dashboard["panels"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|p| p["targets"].as_array().into_iter().flatten())
    {
        let expression = target["expr"].as_str().unwrap();
        let words = expression.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        for name in words.filter(|w| w.starts_with("usher_") || w.starts_with("process_")) {
            let family =
                ["_bucket", "_sum", "_count"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name);
            assert!(there.contains(family) || there.contains(name), "{name} in {expression}");
            asked += 1;
        }
    }
    assert!(asked > 15, "{asked}");
}
