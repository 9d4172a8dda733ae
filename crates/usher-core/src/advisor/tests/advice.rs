//! What follows from a mode: tokens as in the mission's table, settings that hold and that the examination finds nothing serious in,
//! and samples whose holes are filled.

use crate::advisor::kit::KitError;
use crate::advisor::{Advice, Kit, Mode, Rule, Severity, Yield, examine};
use crate::client::{AuthMethod, ClientSettings};
use serde_json::{Map, Value};

const BASE: &str = "https://id.example";

fn advice(mode: Mode) -> Advice {
    Advice::new(mode, &Kit::new(BASE))
}

/// The advised settings as a registered application has them.
fn registered(advice: &Advice) -> ClientSettings {
    let mut object: Map<String, Value> =
        advice.settings.iter().map(|s| (s.name.to_owned(), s.value.clone())).collect();
    object.insert("client_id".to_owned(), "shop".into());
    serde_json::from_value(Value::Object(object)).unwrap()
}

#[test]
fn tokens_are_those_of_the_mission_s_table() {
    let table = [
        (Mode::AuthorizationCode, Yield::WithOpenid, Yield::WhenAllowed),
        (Mode::SinglePageCode, Yield::WithOpenid, Yield::WhenAllowed),
        (Mode::NativeCode, Yield::WithOpenid, Yield::WhenAllowed),
        (Mode::Implicit, Yield::WithOpenid, Yield::Never),
        (Mode::Password, Yield::WithOpenid, Yield::WhenAllowed),
        (Mode::ClientCredentials, Yield::Never, Yield::Never),
    ];
    for (mode, id, refresh) in table {
        let tokens = mode.tokens();
        assert_eq!((tokens.access, tokens.id, tokens.refresh), (Yield::Yes, id, refresh), "{mode:?}");
    }
}

#[test]
fn advised_settings_can_be_registered_and_switch_on_that_mode_and_its_refresh_only() {
    for mode in Mode::ALL {
        let settings = registered(&advice(mode));
        settings.check().unwrap();
        let grants: Vec<&str> = settings.grant_types.iter().map(|g| g.as_str()).collect();
        let refresh = mode.tokens().refresh == Yield::WhenAllowed;
        let own = match mode {
            Mode::AuthorizationCode | Mode::SinglePageCode | Mode::NativeCode => "authorization_code",
            other => other.as_str(),
        };
        let expected = if refresh { vec![own, "refresh_token"] } else { vec![own] };
        assert_eq!(grants, expected, "{mode:?}");
        assert_eq!(settings.auth_method() == AuthMethod::None, mode.is_public(), "{mode:?}");
        let asks_offline = settings.scope.iter().any(|s| s == "offline_access");
        assert!(asks_offline == refresh || mode == Mode::ClientCredentials, "{mode:?}");
    }
}

#[test]
fn the_examination_finds_nothing_in_advised_settings_but_that_a_deprecated_mode_is_on() {
    for mode in Mode::ALL {
        let found: Vec<Rule> = examine(&registered(&advice(mode))).iter().map(|f| f.rule).collect();
        let expected = match mode {
            Mode::Implicit => vec![Rule::ImplicitOn],
            Mode::Password => vec![Rule::PasswordOn],
            _ => vec![],
        };
        assert_eq!(found, expected, "{mode:?}");
        assert!(found.iter().all(|r| r.severity() < Severity::Serious));
        assert_eq!(mode.cost().is_empty(), expected.is_empty(), "{mode:?}");
    }
}

#[test]
fn the_declaration_and_the_command_say_the_same_as_the_settings() {
    for mode in Mode::ALL {
        let advice = advice(mode);
        for setting in &advice.settings {
            assert!(advice.declaration.contains(&format!("\n{} = ", setting.name)), "{}", advice.declaration);
            assert!(advice.commands[0].contains(&setting.argument()), "{}", advice.commands[0]);
        }
        assert!(advice.declaration.starts_with("[[pools.applications]]\nclient_id = \"shop\"\n"));
        assert_eq!(advice.declaration.contains("client_secret = "), !mode.is_public());
        assert!(advice.commands[0].starts_with("usher app create shop client_name=Shop "));
        let keys = advice.commands.iter().any(|c| c.starts_with("usher access-key create --app shop "));
        assert_eq!(keys, mode == Mode::ClientCredentials);
    }
}

#[test]
fn samples_are_filled_and_hold_no_secret() {
    for mode in Mode::ALL {
        let kit = Kit::new(BASE).named("books").unwrap().returning_to("https://books.test/back?x=1").unwrap();
        let samples = Advice::new(mode, &kit).samples;
        assert!(samples.len() >= 2, "{mode:?}");
        for sample in samples {
            let code = &sample.code;
            assert!(!code.contains("%ISSUER") && !code.contains("_URI%") && !code.contains("_ID%"), "{code}");
            let percent = code.split('%').skip(1).any(|rest| {
                rest.split('%').next().is_some_and(|hole| {
                    hole.len() > 2 && hole.bytes().all(|b| b.is_ascii_uppercase() || b == b'_')
                })
            });
            assert!(!percent, "{}: a hole is left\n{code}", sample.title);
            let reached = code.contains(BASE);
            assert!(reached, "{}: the server is not named\n{code}", sample.title);
            let machine = mode == Mode::ClientCredentials;
            assert!(machine || code.contains("books"), "{}", sample.title);
            assert!(!code.contains("localStorage"), "{}", sample.title);
        }
    }
}

#[test]
fn a_server_without_tls_is_reached_by_samples_that_allow_it_and_only_by_those() {
    for mode in Mode::ALL {
        let insecure = |base: &str| {
            let samples = Advice::new(mode, &Kit::new(base)).samples;
            samples.iter().any(|s| s.code.contains("allowInsecureRequests"))
        };
        assert!(!insecure(BASE));
        let node =
            Advice::new(mode, &Kit::new(BASE)).samples.iter().any(|s| s.title.contains("openid-client"));
        assert_eq!(insecure("http://localhost:8100"), node, "{mode:?}");
    }
}

#[test]
fn what_could_end_a_quote_or_a_command_never_gets_into_a_sample() {
    for wrong in ["", "a b", "a\"b", "a'b", "a`b", "a$b", "a;b", "a\\b", "a\nb", "-a", "ä", &"a".repeat(65)]
    {
        assert_eq!(Kit::new(BASE).named(wrong).unwrap_err(), KitError::ClientId, "{wrong:?}");
    }
    for wrong in [
        "https://a.test/'x",
        "https://a.test/$(x)",
        "https://a.test/x,y",
        "https://a.test/!x",
        "https://a.test/*",
    ] {
        assert_eq!(Kit::new(BASE).returning_to(wrong).unwrap_err(), KitError::Sign, "{wrong:?}");
    }
    for wrong in ["", "/x", "javascript:alert(1)", "http://a.test/", "https://a.test/#x", "https://a.test/`"]
    {
        assert!(matches!(Kit::new(BASE).returning_to(wrong), Err(KitError::RedirectUri(_))), "{wrong:?}");
    }
    assert!(Kit::new(BASE).returning_to("com.example.shop:/cb").is_ok());
    assert!(Kit::new(BASE).returning_to("http://[::1]/cb?a=b&c=%20").is_ok());
}
