//! Renders every page in every language, with and without an application, with the longest and with hostile texts, and looks at
//! the HTML as a browser would.

mod sample;

#[cfg(test)]
mod tests {
    use crate::sample::{Sample, all, longest};
    use aws_lc_rs::digest::{SHA256, digest};
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use flate2::{Compression, write::GzEncoder};
    use scraper::{Html, Node, Selector};
    use std::io::Write as _;
    use usher_pages::render::{Mode, Rendered, application_style, html, icon, style_css};
    use usher_types::Locale;
    use usher_types::page::{AccountContent, AdvisorStep, Content, LinkPage};

    const MODE: Mode = Mode { developer: true };

    fn as_it_is(text: &str) -> String {
        text.to_owned()
    }

    /// Every sample, plain and longest, in every language.
    fn samples() -> Vec<Sample> {
        let each = |locale| all(locale, &as_it_is).into_iter().chain(all(locale, &longest));
        Locale::ALL.into_iter().flat_map(each).collect()
    }

    fn rendered(sample: &Sample) -> (Rendered, Html) {
        let rendered = html(&sample.page, MODE);
        let document = Html::parse_document(&rendered.body);
        (rendered, document)
    }

    fn select(document: &Html, selector: &str) -> Vec<String> {
        document.select(&Selector::parse(selector).unwrap()).map(|e| e.html()).collect()
    }

    fn has(document: &Html, selector: &str) -> bool {
        !select(document, selector).is_empty()
    }

    /// Every element, in order, with the names of its attributes.
    fn structure(document: &Html) -> Vec<String> {
        let elements = document.tree.values().filter_map(Node::as_element);
        let described = elements.map(|e| {
            let mut names: Vec<&str> = e.attrs().map(|(name, _)| name).collect();
            names.sort_unstable();
            format!("{} {}", e.name(), names.join(" "))
        });
        described.collect()
    }

    #[test]
    fn every_page_is_well_formed_and_is_not_the_page_of_last_resort() {
        for sample in samples() {
            let (rendered, document) = rendered(&sample);
            assert!(document.errors.is_empty(), "{}: {:?}\n{}", sample.name, document.errors, rendered.body);
            assert!(!rendered.body.contains("server_error"), "{}", sample.name);
            let opened = rendered.body.matches("<div").count();
            assert_eq!(opened, rendered.body.matches("</div>").count(), "{}", sample.name);
            for needed in ["html[lang]", "title", "meta[name=viewport]", "main h1", "link[rel=stylesheet]"] {
                assert!(has(&document, needed), "{}: {needed}", sample.name);
            }
            assert_eq!(select(&document, "h1").len(), 1, "{}", sample.name);
            let tag = sample.page.frame.locale.tag();
            assert!(has(&document, &format!("html[lang={tag}]")), "{}", sample.name);
        }
    }

    #[test]
    fn every_page_has_the_names_that_were_agreed_on() {
        for sample in samples() {
            let (_, document) = rendered(&sample);
            let hidden = ["input[type=hidden][name=interaction]", "input[type=hidden][name=form_token]"];
            let needed: &[&str] = match &sample.page.content {
                Content::SignIn(_) => &[
                    "form[method=post] input[name=identifier][autocomplete=username][autocapitalize=none][spellcheck=false]",
                    "form input[name=password][type=password][autocomplete=current-password]",
                    "form input[name=remember][type=checkbox]",
                    "form button#sign-in[type=submit]",
                    "label[for=identifier]",
                    "label[for=password]",
                ],
                Content::ChangePassword(_) => &[
                    "form input[name=new_password][type=password][autocomplete=new-password]",
                    "form input[name=new_password_again][type=password][autocomplete=new-password]",
                    "form button#change-password[type=submit]",
                ],
                Content::Link(page) => match &**page {
                    LinkPage::Forgot(_) => &[
                        "form[method=post] input[name=identifier][autocomplete=username]",
                        "label[for=identifier]",
                        "form button#send[type=submit]",
                    ],
                    LinkPage::Confirm(_) => {
                        &["form button#continue[name=decision][value=continue]", "#asked"]
                    }
                    LinkPage::NewPassword(_) | LinkPage::FirstPassword(_) => &[
                        "form input[name=new_password][type=password][autocomplete=new-password]",
                        "form input[name=new_password_again][type=password][autocomplete=new-password]",
                        "form button#change-password[type=submit]",
                    ],
                    LinkPage::VerifyEmail(_) => {
                        &["form button#verify[name=decision][value=verify]", "#email"]
                    }
                    LinkPage::SignInFirst(_) => &["form button#sign-in[name=decision][value=sign-in]"],
                    LinkPage::SignUp(_) => &[
                        "form input[name=name][autocomplete=name]",
                        "form input[name=email][autocomplete=username]",
                        "form input[name=new_password][type=password][autocomplete=new-password]",
                        "form input[name=new_password_again][type=password][autocomplete=new-password]",
                        "form button#sign-up[type=submit]",
                    ],
                    LinkPage::FinishSignUp(_) => &["form button#make[name=decision][value=make]", "#account"],
                    LinkPage::Notice(_) => &["#done[data-done]"],
                },
                Content::ChooseAccount(_) => &["form button[name=session][value=another]"],
                Content::Consent(_) => &[
                    "form button#allow[name=decision][value=allow]",
                    "form button#deny[name=decision][value=deny]",
                ],
                Content::Device(_) => &[
                    "form[method=post] input#user_code[name=user_code][autocomplete=off][autocapitalize=characters][spellcheck=false]",
                    "form button#continue[type=submit]",
                    "label[for=user_code]",
                ],
                Content::DeviceConsent(_) => &[
                    "form button#allow[name=decision][value=allow]",
                    "form button#deny[name=decision][value=deny]",
                    "form input[type=hidden][name=session]",
                    "#user-code",
                    "#asked",
                ],
                Content::DeviceDone(_) => &["#device-done"],
                Content::SignOut(_) => &[
                    "form button#sign-out[name=decision][value=sign-out]",
                    "form button[name=decision][value=stay]",
                ],
                Content::SignedOut(_) => &["#signed-out"],
                Content::Error(_) => &["#error[data-error^=invalid_request]", "#request-id"],
                Content::Account(page) => match &page.content {
                    AccountContent::Overview => &["a.choice", "form button#sign-out", "a#choose-account"],
                    AccountContent::Profile(profile) if profile.fields.is_empty() => &["#sign-out"],
                    AccountContent::Profile(_) => &["form button#save", "form input[name=name]"],
                    AccountContent::Password(_) => &[
                        "form input[name=password][type=password][autocomplete=current-password]",
                        "form input[name=new_password][type=password][autocomplete=new-password]",
                        "form input[name=new_password_again][type=password][autocomplete=new-password]",
                        "form button#change-password[type=submit]",
                    ],
                    AccountContent::Sessions(_) => &["#sessions li.current", "#sign-out"],
                    AccountContent::Applications(_) => &["ul#applications", "#sign-out"],
                },
                Content::Advisor(_) => &["#advisor[data-step] h1", "aside ol, aside p", "svg[role=img]"],
                Content::FormPost(_) => {
                    &["form[method=post] input[type=hidden][name^=code]", "form noscript"]
                }
                Content::WebMessage(_) => &["#response[data-origin] input[type=hidden][name^=code]"],
            };
            for selector in needed {
                assert!(has(&document, selector), "{}: {selector}", sample.name);
            }
            let ours = has(&document, "form") && !matches!(sample.page.content, Content::FormPost(_));
            assert_eq!(hidden.iter().all(|h| has(&document, h)), ours, "{}", sample.name);
            assert!(!has(&document, "button[disabled], input[disabled]"), "{}", sample.name);
        }
    }

    #[test]
    fn one_button_stands_for_each_account_and_everyone_is_offered_only_where_there_are_others() {
        for sample in samples() {
            let (_, document) = rendered(&sample);
            match &sample.page.content {
                Content::ChooseAccount(chooser) => {
                    assert_eq!(select(&document, "button[name=session]").len(), chooser.accounts.len() + 1);
                }
                Content::SignOut(sign_out) => {
                    assert_eq!(
                        has(&document, "#everyone[name=decision][value=everyone]"),
                        sign_out.others > 0
                    );
                }
                _ => {}
            }
        }
    }

    #[test]
    fn a_problem_is_summed_up_with_focus_and_stands_beside_its_field() {
        for sample in samples() {
            let Content::SignIn(sign_in) = &sample.page.content else { continue };
            let (rendered, document) = rendered(&sample);
            assert_eq!(select(&document, "[autofocus]").len(), 1, "{}", sample.name);
            assert_eq!(has(&document, "[role=alert][tabindex='-1'][autofocus]"), sign_in.problem.is_some());
            assert_eq!(
                rendered.body.contains("Error: ") || rendered.body.contains("出错了："),
                sign_in.problem.is_some()
            );
            for invalid in document.select(&Selector::parse("[aria-invalid]").unwrap()) {
                let described = invalid.value().attr("aria-describedby").unwrap();
                assert!(has(&document, &format!("#{described}")), "{}", sample.name);
            }
            let kept = document.select(&Selector::parse("#identifier").unwrap()).next().unwrap();
            assert_eq!(kept.value().attr("value"), Some(sign_in.identifier.as_str()));
            assert!(!has(&document, "#password[value]"));
            assert_eq!(has(&document, "#choose-account"), sign_in.choose_account.is_some());
        }
    }

    #[test]
    fn every_mistake_is_summed_up_and_stands_beside_its_field() {
        let mut most = 0;
        for sample in samples() {
            let mistakes = match &sample.page.content {
                Content::ChangePassword(change) => change.problems.len(),
                Content::Account(page) => match &page.content {
                    AccountContent::Password(password) => password.problems.len(),
                    _ => continue,
                },
                Content::Link(page) => match &**page {
                    LinkPage::SignUp(sign_up) => sign_up.problems.len(),
                    LinkPage::NewPassword(new) | LinkPage::FirstPassword(new) => new.problems.len(),
                    _ => continue,
                },
                _ => continue,
            };
            most = most.max(mistakes);
            let (_, document) = rendered(&sample);
            assert_eq!(select(&document, "#problem p").len(), mistakes, "{}", sample.name);
            let fields = select(&document, "#problem a").len();
            assert_eq!(select(&document, "[aria-invalid]").len(), fields, "{}", sample.name);
            assert_eq!(select(&document, ".field-problem").len(), fields, "{}", sample.name);
            for to in document.select(&Selector::parse("#problem a").unwrap()) {
                let field = to.value().attr("href").unwrap();
                assert!(has(&document, &format!("{field}[aria-invalid=true]")), "{}: {field}", sample.name);
                assert!(has(&document, &format!("{field}-problem")), "{}: {field}", sample.name);
            }
        }
        assert_eq!(most, 4);
    }

    #[test]
    fn a_page_of_an_account_says_whose_it_is_and_each_thing_in_it_has_its_own_form() {
        for sample in samples() {
            let Content::Account(page) = &sample.page.content else { continue };
            let (_, document) = rendered(&sample);
            assert_eq!(select(&document, "nav a[aria-current=page]").len(), 1, "{}", sample.name);
            let name = document.select(&Selector::parse(".mine .who-name").unwrap()).next().unwrap();
            assert!(name.text().collect::<String>().contains(page.account.name.trim()), "{}", sample.name);
            assert_eq!(has(&document, "#notice"), page.notice.is_some(), "{}", sample.name);
            for form in document.select(&Selector::parse("form").unwrap()) {
                let session = Selector::parse("input[type=hidden][name=session]").unwrap();
                assert_eq!(form.select(&session).count(), 1, "{}", sample.name);
            }
            match &page.content {
                AccountContent::Sessions(own) => {
                    let others = own.sessions.iter().filter(|s| !s.current).count();
                    assert_eq!(select(&document, "button[value=end]").len(), others, "{}", sample.name);
                    assert_eq!(has(&document, "#end-others"), own.others, "{}", sample.name);
                }
                AccountContent::Applications(own) => {
                    let buttons = select(&document, "button[value=remove]").len();
                    assert_eq!(buttons, own.applications.len(), "{}", sample.name);
                }
                AccountContent::Profile(own) => {
                    let wrong = own.fields.iter().filter(|f| f.problem.is_some()).count();
                    assert_eq!(select(&document, "[aria-invalid]").len(), wrong, "{}", sample.name);
                    assert_eq!(select(&document, "#problem a").len(), wrong, "{}", sample.name);
                }
                AccountContent::Overview | AccountContent::Password(_) => {}
            }
        }
    }

    #[test]
    fn a_code_that_came_with_a_link_stands_in_the_field_and_is_asked_about() {
        for sample in samples() {
            let Content::Device(device) = &sample.page.content else { continue };
            let (_, document) = rendered(&sample);
            let field = document.select(&Selector::parse("#user_code").unwrap()).next().unwrap();
            assert_eq!(field.value().attr("value"), Some(device.user_code.as_str()));
            let focused = select(&document, "[autofocus]").len();
            assert_eq!(focused, usize::from(!device.from_link), "{}", sample.name);
            assert_eq!(has(&document, "[role=alert][tabindex='-1'][autofocus]"), device.problem.is_some());
            for invalid in document.select(&Selector::parse("[aria-invalid]").unwrap()) {
                let described = invalid.value().attr("aria-describedby").unwrap();
                assert!(has(&document, &format!("#{described}")), "{}", sample.name);
            }
        }
    }

    #[test]
    fn a_device_s_consent_names_code_network_and_time() {
        for sample in samples() {
            let Content::DeviceConsent(consent) = &sample.page.content else { continue };
            let (rendered, document) = rendered(&sample);
            let text = |selector: &str| {
                let element = document.select(&Selector::parse(selector).unwrap()).next().unwrap();
                element.text().collect::<String>()
            };
            assert_eq!(text("#user-code"), consent.user_code, "{}", sample.name);
            assert!(text("#asked").contains(&consent.network), "{}", sample.name);
            assert_eq!(text("#asked").contains('7'), consent.minutes == 7, "{}", rendered.body);
        }
    }

    #[test]
    fn no_page_has_a_script_or_a_style_of_its_own() {
        for sample in samples() {
            let (rendered, document) = rendered(&sample);
            let scripts = usize::from(sample.page.content.is_delivery());
            assert_eq!(select(&document, "script").len(), scripts, "{}", sample.name);
            assert!(!has(&document, "style, [style], iframe, object, base"), "{}", sample.name);
            assert!(structure(&document).iter().all(|e| !e.contains(" on")), "{}", sample.name);
            assert!(!rendered.csp.contains("unsafe") && rendered.csp.starts_with("default-src 'none'"));
            assert_eq!(rendered.csp.contains("form-action"), scripts == 1, "{}", sample.name);
            assert_eq!(rendered.csp.contains("frame-ancestors 'none'"), scripts == 0, "{}", sample.name);
        }
    }

    #[test]
    fn the_page_that_posts_a_response_holds_nothing_to_click_where_scripts_run() {
        for sample in samples().iter().filter(|s| s.page.content.is_delivery()) {
            // The parser reads as a browser with scripts does: what is in <noscript> is text to it.
            let (_, document) = rendered(sample);
            assert!(!has(&document, "a, button, input:not([type=hidden]), summary"), "{}", sample.name);
        }
    }

    #[test]
    fn the_only_script_is_named_by_its_hash() {
        for sample in samples().iter().filter(|s| s.page.content.is_delivery()) {
            let (rendered, _) = rendered(sample);
            let script = rendered.body.split_once("<script>").unwrap().1.split_once("</script>").unwrap().0;
            let hash = STANDARD.encode(digest(&SHA256, script.as_bytes()));
            assert!(rendered.csp.contains(&format!("script-src 'sha256-{hash}';")), "{}", rendered.csp);
        }
    }

    #[test]
    fn developers_are_told_only_where_they_are_meant_to_be() {
        for sample in samples() {
            let told = |mode| html(&sample.page, mode).body.contains("<details id=\"developers\"");
            assert_eq!(told(MODE), matches!(sample.page.content, Content::Error(_)), "{}", sample.name);
            assert!(!told(Mode { developer: false }), "{}", sample.name);
        }
    }

    #[test]
    fn hostile_texts_make_no_new_element_and_no_new_attribute() {
        for hostile in [
            r#""><script>alert(1)</script>"#,
            r"' autofocus onfocus='alert(1)",
            "</title></textarea></noscript><img src=x onerror=alert(1)>",
            "{{7919*7907}}{% raw %}${7919*7907}",
            "&#x3c;b&#x3e;&lt;b&gt;",
            "{ $pool } <bdi> </bdi>",
            "\u{202E}gnp.exe\u{2069}\u{2066}",
            "\u{0}\u{8}\r\n\t\u{2028}",
            "--><!--",
        ] {
            for locale in Locale::ALL {
                let benign = all(locale, &as_it_is);
                let attacked = all(locale, &|text| format!("{text}{hostile}"));
                for (benign, attacked) in benign.iter().zip(&attacked) {
                    // An address with a control character is no link at all.
                    let fewer = hostile.contains('\u{0}');
                    let (_, before) = rendered(benign);
                    let (after, document) = rendered(attacked);
                    if fewer {
                        assert!(structure(&document).len() <= structure(&before).len(), "{}", attacked.name);
                    } else {
                        assert_eq!(structure(&document), structure(&before), "{} {hostile}", attacked.name);
                    }
                    assert!(
                        !after.body.contains("62616") && !after.body.contains("62615533"),
                        "{}",
                        attacked.name
                    );
                    for text in document.tree.values().filter_map(Node::as_text) {
                        let turned = |c| matches!(c, '\u{202A}'..='\u{202E}' | '\u{0}'..='\u{8}');
                        assert!(!text.contains(turned), "{}: {:?}", attacked.name, &**text);
                    }
                }
            }
        }
    }

    #[test]
    fn an_address_that_is_not_plain_is_not_linked() {
        for address in [
            "javascript:alert(1)",
            "JAVASCRIPT:alert(1)",
            "data:text/html,x",
            "//evil.example",
            "/\\evil.example",
        ] {
            let change = |text: &str| {
                let is_address = text.starts_with("https:") || text.starts_with('/');
                if is_address { address.to_owned() } else { text.to_owned() }
            };
            for sample in all(Locale::English, &change) {
                let (_, document) = rendered(&sample);
                for (selector, attribute) in [("a", "href"), ("img", "src"), ("link", "href")] {
                    for element in document.select(&Selector::parse(selector).unwrap()) {
                        assert_ne!(element.value().attr(attribute), Some(address), "{}", sample.name);
                    }
                }
                if sample.page.content.is_delivery() {
                    assert!(has(&document, "#error[data-error=server_error]"), "{}", sample.name);
                }
            }
        }
    }

    #[test]
    fn the_advisor_offers_each_answer_as_a_link_and_each_earlier_one_to_be_changed() {
        for sample in samples() {
            let Content::Advisor(advisor) = &sample.page.content else { continue };
            let (_, document) = rendered(&sample);
            assert_eq!(select(&document, ".path a").len(), advisor.path.len(), "{}", sample.name);
            assert_eq!(has(&document, "#start"), !advisor.path.is_empty());
            match &advisor.step {
                AdvisorStep::Question { .. } => {
                    assert_eq!(select(&document, "a.choice").len(), 2, "{}", sample.name);
                }
                AdvisorStep::Advice(advice) => {
                    assert!(has(&document, &format!("#advisor[data-mode={}]", advice.mode)));
                    assert!(has(&document, "#reason"));
                    assert_eq!(select(&document, "dl.tokens dd").len(), 3);
                    assert_eq!(
                        select(&document, "dl.tokens dd.given").len(),
                        advice.tokens.iter().filter(|t| t.given).count()
                    );
                    assert_eq!(has(&document, "#cost"), ["implicit", "password"].contains(&advice.mode));
                    let code_of_samples = Selector::parse("details.sample .copy code").unwrap();
                    let shown = document.select(&code_of_samples);
                    let shown: Vec<String> = shown.map(|code| code.text().collect()).collect();
                    let code: Vec<&String> = advice.samples.iter().map(|s| &s.code).collect();
                    assert_eq!(shown.iter().collect::<Vec<_>>(), code, "{}", sample.name);
                }
            }
        }
    }

    #[test]
    fn a_page_with_its_style_is_at_most_15_kilobytes_compressed() {
        let size = |bytes: &[u8]| {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
            encoder.write_all(bytes).unwrap();
            encoder.finish().unwrap().len()
        };
        let colour = usher_pages::render::Rgb::parse("#e91e63").unwrap();
        let style = size(style_css().0) + size(application_style(colour).as_bytes()) + icon().len();
        for sample in samples() {
            let page = size(html(&sample.page, MODE).body.as_bytes());
            assert!(page + style <= 15 * 1024, "{}: {page} + {style} bytes", sample.name);
        }
    }

    #[test]
    fn the_style_s_address_changes_with_its_content_and_names_nothing_elsewhere() {
        let (style, hash) = style_css();
        assert_eq!(hash.len(), 16);
        let style = std::str::from_utf8(style).unwrap();
        assert!(!style.contains("url(") && !style.contains("@import") && !style.contains("http"));
        let page = html(&all(Locale::English, &as_it_is)[0].page, MODE);
        assert!(page.body.contains(&format!("href=\"/assets/usher.css?v={hash}\"")));
        assert_eq!(icon().get(..4), Some(&[0, 0, 1, 0][..]));
    }
}
