//! docs/guide/settings.md and the table of settings: both have every setting that the types know.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;
use usher::config::{self, table};
use usher_admin::setting::{ACCESS_KEY, APPLICATION, POOL, USER};

const HEAD: &str = "\
# Settings

Every setting of `usher.toml`. This page is made from the code: `USHER_WRITE_GUIDE=1 cargo test -p usher --test program settings_page` writes it, and
the same test fails where it differs.

A variable of the environment wins over the file. A list is written with commas between its items. An empty variable is as if it were not there. A
variable that begins with `USHER_` and means nothing ends the start, as an unknown key of the file does. `usher check-config` shows what is set, to
what, and where.

- A secret can stand in a file of its own: append `_FILE` to its variable and give the path, as in `USHER_STORAGE__URL_FILE=/run/secrets/url`.
- `USHER_CONFIG` names the file, as `--config` does. Where the file is the usual `usher.toml` it need not exist if `USHER_SERVER__PUBLIC_URL` is set.
- The variables that Kubernetes sets where a service is named usher (`USHER_SERVICE_…`, `USHER_PORT…`) mean nothing and are let through.
";

fn page() -> String {
    let mut page = HEAD.to_owned();
    for section in table::sections() {
        let _ = write!(
            page,
            "\n## [{section}]\n\n| key | variable | default | allowed | why |\n|---|---|---|---|---|\n"
        );
        for setting in table::TABLE.iter().filter(|s| s.key.split('.').next() == Some(section)) {
            let key = setting.key.strip_prefix(section).unwrap().trim_start_matches('.');
            let variable = setting.variable().map_or("in the file only".to_owned(), |v| format!("`{v}`"));
            let secret = if setting.secret { ". A secret: `…_FILE`, too" } else { "" };
            let _ = writeln!(
                page,
                "| `{key}` | {variable}{secret} | {} | {} | {} |",
                setting.default, setting.allowed, setting.reason
            );
        }
    }
    for (title, words, table) in [
        (
            "[pools.settings]",
            "Of a pool; in a file `[[pools]]` has `name` and `settings`, and times are seconds there.",
            &POOL,
        ),
        ("[[pools.applications]]", "Of an application.", &APPLICATION),
        ("[[pools.applications.access_keys]]", "Of an access key.", &ACCESS_KEY),
        ("[[pools.users]]", "Of a person; in a file the standard claims stand in `claims`.", &USER),
    ] {
        let _ = write!(
            page,
            "\n## {title}\n\n{words} [The command line](command-line.md) sets the same while the server runs.\n\n"
        );
        page.push_str(&usher::cli::markdown(table));
    }
    page
}

#[test]
fn the_page_says_what_the_code_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/guide/settings.md");
    if std::env::var_os("USHER_WRITE_GUIDE").is_some() {
        std::fs::write(&path, page()).unwrap();
        return;
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(written == page(), "run this test with USHER_WRITE_GUIDE set: the page is made from the code");
}

/// The keys that the types take in a table of the file, by their own words about one that they do not know.
fn known(text: &str) -> BTreeSet<String> {
    let error = config::parse(text, Path::new("usher.toml")).err().unwrap().to_string();
    let unknown = error.lines().find_map(|line| line.split_once("there is no such key; allowed: "));
    let (_, allowed) = unknown.unwrap_or_else(|| panic!("{text}: {error}"));
    let (allowed, _) = allowed.split_once(';').unwrap_or((allowed, ""));
    allowed.split(", ").map(str::to_owned).collect()
}

#[test]
fn the_table_has_every_setting_that_the_types_have_and_no_other() {
    let server = "[server]\npublic_url = \"http://localhost\"\n";
    let tls = "certificate = \"c\"\nprivate_key = \"k\"\n";
    let mut sections = known("nothing = 1\n");
    assert!(sections.remove("pools"));
    assert_eq!(sections, table::sections().into_iter().map(str::to_owned).collect());
    let mut all = BTreeSet::new();
    for (prefix, text) in [
        ("server", format!("{server}nothing = 1\n")),
        ("server.tls", format!("{server}[server.tls]\n{tls}nothing = 1\n")),
        (
            "server.tls.others[]",
            format!("{server}[server.tls]\n{tls}[[server.tls.others]]\n{tls}nothing = 1\n"),
        ),
    ] {
        all.extend(known(&text).into_iter().map(|key| format!("{prefix}.{key}")));
    }
    for section in sections.iter().filter(|s| *s != "server") {
        let text = format!("{server}[{section}]\nnothing = 1\n");
        all.extend(known(&text).into_iter().map(|key| format!("{section}.{key}")));
    }
    // Tables themselves.
    all.retain(|key| key != "server.tls" && key != "server.tls.others");
    let said: BTreeSet<String> = table::TABLE.iter().map(|setting| setting.key.to_owned()).collect();
    assert_eq!(all, said);
}
