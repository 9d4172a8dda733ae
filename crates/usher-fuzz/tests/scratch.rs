#[test]
fn counts() {
    use usher_crypto::jose::*;
    let dir = |t: &str| -> Vec<(String, Vec<u8>)> { std::fs::read_dir(format!("../../fuzz/corpus/{t}")).unwrap().map(|e| { let p = e.unwrap().path(); (p.file_name().unwrap().to_str().unwrap().to_owned(), std::fs::read(&p).unwrap()) }).collect() };
    let s = |b: &[u8]| String::from_utf8_lossy(b).into_owned();
    let show = |t: &str, f: &dyn Fn(&[u8]) -> bool| { let mut ok: Vec<String> = dir(t).into_iter().filter(|(_, d)| f(d)).map(|(n, _)| n).collect(); ok.sort(); println!("{t}: {ok:?}"); };
    let m = usher_crypto::seal::MasterKey::from_bytes(&[7; 32]).unwrap();
    show("seal", &|d| { let t = s(d); let Some((c, r)) = t.split_once('\n') else { return false }; usher_types::opaque::base64url_decode(r.trim_end()).is_some_and(|b| m.open(c, &b).is_ok()) });
    show("password", &|d| { let t = s(d); let Some((c, r)) = t.split_once('\n') else { return false }; usher_crypto::password::verify(c.as_bytes(), r) });
    show("opaque", &|d| usher_types::Opaque::parse(&s(d)).is_ok());
    show("refresh_token", &|d| usher_core::grant::RefreshToken::parse(&s(d)).is_some());
    show("granted", &|d| usher_core::grant::Granted::parse(&s(d)).is_ok());
    show("client_settings", &|d| serde_json::from_slice::<usher_core::ClientSettings>(d).is_ok_and(|c| c.check().is_ok()));
    for (n, d) in dir("config") { let e = usher::config::parse(&s(&d), std::path::Path::new("usher.toml")); let e = e.map_err(|e| e.to_string()).and_then(|l| usher_core::seed::check(&l.config.pools, l.base()).map_err(|e| l.seed_error(&e).to_string())); println!("config {n}: {:?}", e.err()); }
    show("redirect_uri", &|d| usher_types::uri::RedirectUri::parse(&s(d)).is_ok());
    show("web_url", &|d| usher_types::uri::WebUrl::parse(&s(d)).is_ok());
    show("public_url", &|d| usher_types::uri::PublicUrl::parse(&s(d)).is_ok());
    show("loopback", &|d| { let t = s(d); let (a, b) = t.split_once('\n').unwrap_or((&t, "")); usher_types::uri::RedirectUri::parse(a).is_ok_and(|u| u.matches_with_any_port(b, usher_types::uri::Localhost::Counts)) });
    show("jose_header", &|d| peek_header(&format!("{}.e30.AA", usher_types::opaque::base64url(d))).is_ok());
    show("json_object", &|d| parse_unique_object(d).is_ok());
    show("public_jwk", &|d| { let t = s(d); SigningAlgorithm::ALL.into_iter().any(|a| PublicJwk::parse(t.split_once('\n').map_or(&*t, |x| x.1).as_bytes(), a).is_ok_and(|k| VerifyingKey::from_jwk(&k).is_ok())) });
    show("basic", &|d| { use base64::Engine; usher_oauth::client_auth::parse_basic(&base64::engine::general_purpose::STANDARD.encode(d)).is_some() || usher_oauth::client_auth::parse_basic(&s(d)).is_some() });
    show("claims_parameter", &|d| usher_oauth::authorize::parse_claims_parameter(&s(d)).is_ok());
    show("identifier", &|d| usher_types::fold::IdentifierKey::fold(&s(d)).is_some());
}
