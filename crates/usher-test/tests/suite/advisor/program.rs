//! The door for programs: query and body say the same, and everything that is not known or not allowed is named.

use super::without_the_store;
use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use serde_json::{Value, json};
use usher_core::advisor::{Answers, Kit, Mode, Question, document};
use usher_test::{Answer, TestServer};
use usher_types::{Endpoint, limits};

async fn post(t: &TestServer, media_type: &str, body: impl Into<Bytes>) -> Answer {
    let request = Request::post(Endpoint::AdvisorApi.path())
        .header("content-type", media_type)
        .body(Full::new(body.into()))
        .unwrap();
    t.browser().exchange(request).await
}

async fn get(t: &TestServer, query: &str) -> Answer {
    t.browser().get(&format!("{}?{query}", Endpoint::AdvisorApi.path())).await
}

/// The way to each mode, as pairs of names and values.
fn ways() -> Vec<(Mode, Vec<(&'static str, &'static str)>)> {
    vec![
        (Mode::ClientCredentials, vec![("person", "no")]),
        (
            Mode::AuthorizationCode,
            vec![("person", "yes"), ("public_code", "no"), ("trusted_with_passwords", "no")],
        ),
        (Mode::NativeCode, vec![("person", "yes"), ("public_code", "yes"), ("application", "native")]),
        (
            Mode::SinglePageCode,
            vec![
                ("person", "yes"),
                ("public_code", "yes"),
                ("application", "single_page"),
                ("web_crypto", "yes"),
            ],
        ),
        (
            Mode::Implicit,
            vec![
                ("web_crypto", "no"),
                ("application", "single_page"),
                ("public_code", "yes"),
                ("person", "yes"),
            ],
        ),
        (
            Mode::Password,
            vec![
                ("person", "yes"),
                ("public_code", "no"),
                ("one_party", "yes"),
                ("trusted_with_passwords", "yes"),
                ("other_modes_fit", "no"),
            ],
        ),
    ]
}

#[tokio::test]
async fn query_and_body_lead_to_the_same_advice() {
    let t = TestServer::start().await;
    for (mode, pairs) in ways() {
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&pairs).finish();
        let body: Value = pairs.iter().map(|(n, v)| ((*n).to_owned(), Value::from(*v))).collect();
        let by_query = without_the_store(&t, get(&t, &query)).await;
        let by_body = without_the_store(&t, post(&t, "application/json", body.to_string())).await;
        assert_eq!((by_query.status.as_u16(), by_query.json()), (200, by_body.json()), "{mode:?}");
        assert_eq!(by_query.json()["advice"]["mode"], mode.as_str());
        assert_eq!(by_query.header("content-type"), "application/json");
        assert_eq!(by_query.header("cache-control"), "no-store");
        assert!(by_query.headers.get("set-cookie").is_none());
        let mut answers = Answers::default();
        for (question, answer) in pairs {
            answers.give(question, answer).unwrap();
        }
        assert_eq!(by_query.json(), document(&answers, &Kit::new(&t.origin())), "{mode:?}");
    }
}

#[tokio::test]
async fn without_an_answer_the_first_question_is_asked_and_the_path_grows_with_each() {
    let t = TestServer::start().await;
    let first = get(&t, "").await.json();
    assert_eq!((&first["step"], &first["path"]), (&json!("question"), &json!([])));
    assert_eq!(first["question"]["name"], "person");
    assert_eq!(first["question"]["answers"][0]["value"], "yes");
    let second = post(&t, "application/json; charset=utf-8", r#"{"person":"yes"}"#).await.json();
    assert_eq!(second["question"]["name"], "public_code");
    assert_eq!(second["path"], json!([{ "question": "person", "answer": "yes" }]));
}

#[tokio::test]
async fn samples_and_settings_are_filled_by_the_application_s_own_names_and_this_pool_s_addresses() {
    let t = TestServer::start().await;
    let body = json!({ "person": "yes", "public_code": "no", "one_party": "no", "client_id": "books",
        "redirect_uris": ["https://books.test/cb", "https://books.test/other"] });
    let request = Request::post(format!("/staff{}", Endpoint::AdvisorApi.path()))
        .header("content-type", "application/json")
        .body(Full::new(Bytes::from(body.to_string())))
        .unwrap();
    let advice = t.browser().exchange(request).await.json()["advice"].clone();
    assert_eq!(
        advice["settings"]["redirect_uris"],
        json!(["https://books.test/cb", "https://books.test/other"])
    );
    let command = advice["commands"][0].as_str().unwrap();
    assert!(
        command.starts_with("usher app create books ") && command.ends_with(" --pool staff"),
        "{command}"
    );
    for sample in advice["samples"].as_array().unwrap() {
        let code = sample["code"].as_str().unwrap();
        assert!(code.contains(&format!("{}/staff/oidc", t.origin())), "{code}");
        assert!(code.contains("\"books\"") && code.contains("https://books.test/cb"), "{code}");
    }
    let query = "person=yes&public_code=no&one_party=no&client_id=books&redirect_uris=https%3A%2F%2Fbooks.test%2Fcb&redirect_uris=https%3A%2F%2Fbooks.test%2Fother";
    let by_query = get(&t, query).await.json();
    assert_eq!(by_query["advice"]["settings"], advice["settings"]);
}

#[tokio::test]
async fn whatever_is_not_known_or_not_allowed_is_refused_and_named() {
    let t = TestServer::start().await;
    let json = "application/json";
    for (body, named) in [
        (r#"{"person":"maybe"}"#, "yes and no"),
        (r#"{"application":"web"}"#, "single_page and native"),
        (r#"{"Person":"yes"}"#, "person, public_code"),
        (r#"{"person":true}"#, "person"),
        (r#"{"person":null}"#, "person"),
        (r#"{"answers":{"person":"yes"}}"#, "\"answers\" is not known"),
        (r#"{"person":"yes","person":"yes"}"#, "every member once"),
        (r#"{"person":"yes","\u0070erson":"yes"}"#, "every member once"),
        (r#"["person"]"#, "JSON object"),
        ("", "JSON object"),
        ("{", "JSON object"),
        (r#"{"client_id":7}"#, "client_id"),
        (r#"{"client_id":"a\"b"}"#, "client_id"),
        (r#"{"redirect_uris":"https://a.test/"}"#, "redirect_uris"),
        (r#"{"redirect_uris":[7]}"#, "redirect_uris"),
        (r#"{"redirect_uris":["javascript:alert(1)"]}"#, "redirect_uri"),
        (r#"{"redirect_uris":["https://a.test/$(x)"]}"#, "redirect_uri"),
    ] {
        let answer = without_the_store(&t, post(&t, json, body)).await;
        assert_eq!(answer.status, 400, "{body}");
        let error = answer.refused("invalid_request").json()["error_description"].to_string();
        let error: String = serde_json::from_str(&error).unwrap();
        assert!(error.contains(named), "{body}: {error}");
    }
    for (query, named) in [
        ("person=maybe", "yes and no"),
        ("person=yes&person=yes", "more than once"),
        ("who=yes", "person, public_code"),
        ("person=%ff", "UTF-8"),
        ("client_id=a&client_id=b", "client_id"),
        ("client_id=a%20b", "client_id"),
        ("redirect_uris=http%3A%2F%2Fa.test", "redirect_uri"),
    ] {
        let error = get(&t, query).await.refused("invalid_request").json()["error_description"].to_string();
        assert!(error.contains(named), "{query}: {error}");
    }
}

#[tokio::test]
async fn a_body_of_another_type_or_beyond_its_bound_is_refused() {
    let t = TestServer::start().await;
    for media_type in ["application/x-www-form-urlencoded", "text/plain", "", "application/jsonp"] {
        post(&t, media_type, r#"{"person":"no"}"#).await.refused("invalid_request");
    }
    let long = format!("{{\"person\":\"{}\"}}", "a".repeat(limits::BODY_BYTES));
    assert_eq!(post(&t, "application/json", long).await.status, 413);
    let deep = format!("{{\"person\":{}1{}}}", "[".repeat(10_000), "]".repeat(10_000));
    post(&t, "application/json", deep).await.refused("invalid_request");
}

#[tokio::test]
async fn no_page_of_another_origin_may_read_it() {
    let t = TestServer::start().await;
    let request = Request::get(Endpoint::AdvisorApi.path())
        .header("origin", "https://spa.test")
        .body(Full::default())
        .unwrap();
    let answer = t.browser().exchange(request).await;
    assert_eq!(answer.status, 200);
    assert!(answer.headers.keys().all(|name| !name.as_str().starts_with("access-control")));
}

#[tokio::test]
async fn every_question_is_offered_with_every_answer_that_it_allows() {
    let t = TestServer::start().await;
    let mut open = vec![String::new()];
    let mut seen = std::collections::BTreeSet::new();
    while let Some(query) = open.pop() {
        let answer = get(&t, &query).await.json();
        let Some(question) = answer.get("question") else { continue };
        let name = question["name"].as_str().unwrap();
        let offered: Vec<&str> =
            question["answers"].as_array().unwrap().iter().map(|a| a["value"].as_str().unwrap()).collect();
        let allowed = Question::find(name).unwrap().answers().map(usher_core::advisor::Answer::as_str);
        assert_eq!(offered, allowed);
        seen.insert(name.to_owned());
        open.extend(offered.iter().map(|value| format!("{query}&{name}={value}")));
    }
    assert_eq!(seen.len(), Question::ALL.len());
}
