//! Every setting written wrongly, in the file and in the environment: one sentence that names the place, exit status 2, nothing touched.

use std::path::Path;
use std::process::{Command, Stdio};

const USHER: &str = env!("CARGO_BIN_EXE_usher");
const RIGHT: &str = "[server]\npublic_url = \"http://localhost:8080\"\n\n[storage]\nfolder = \"data\"\n";

/// What is written below `[server]`, or instead of the whole file where it begins with `[`; variables; and what the sentence must hold.
type Case = (&'static str, &'static [(&'static str, &'static str)], &'static [&'static str]);

const CASES: &[Case] = &[
    // [server], in the file.
    (
        "public_ur = \"x\"",
        &[],
        &["usher.toml:3: [server] public_ur: ", "listen", "trusted_proxies", "did you mean public_url"],
    ),
    ("listen = 8080", &[], &["usher.toml:3", "listen", "127.0.0.1:8080"]),
    ("listen = \"localhost:8080\"", &[], &["usher.toml:3", "localhost:8080", "IP address"]),
    ("listen = \"127.0.0.1\"", &[], &["usher.toml:3", "a port"]),
    ("listen = \"0.0.0.0:8080\"", &[], &["usher.toml:3", "loopback", "trusted_proxies"]),
    ("development = \"yes\"", &[], &["usher.toml:3", "development", "true or false"]),
    ("development = 1", &[], &["usher.toml:3", "true or false"]),
    ("trusted_proxies = \"127.0.0.1\"", &[], &["usher.toml:3", "trusted_proxies", "a list"]),
    ("trusted_proxies = [\"10.0.0.0/33\"]", &[], &["usher.toml:3", "10.0.0.0/33", "10.0.0.0/8"]),
    ("trusted_proxies = [\"0.0.0.0/0\"]", &[], &["usher.toml:3", "everybody"]),
    ("trusted_proxies = [\"proxy\"]", &[], &["usher.toml:3", "\"proxy\"", "address"]),
    ("trusted_proxies = [1]", &[], &["usher.toml:3", "trusted_proxies"]),
    ("shutdown_delay = -1", &[], &["usher.toml:3", "shutdown_delay", "0 to 300"]),
    ("shutdown_delay = 301", &[], &["usher.toml:3", "shutdown_delay", "0 to 300"]),
    ("shutdown_delay = \"5s\"", &[], &["usher.toml:3", "whole seconds"]),
    ("shutdown_delay = 1.5", &[], &["usher.toml:3", "whole seconds"]),
    ("[server]\npublic_url = 1\n", &[], &["usher.toml:2", "public_url", "https://"]),
    ("[server]\npublic_url = \"login.example\"\n", &[], &["usher.toml:2", "public_url", "https://"]),
    ("[server]\npublic_url = \"http://login.example\"\n", &[], &["usher.toml:2", "https"]),
    ("[server]\npublic_url = \"https://login.example\"\n", &[], &["usher.toml:2", "trusted_proxies"]),
    (
        "[server]\nlisten = \"127.0.0.1:1\"\n",
        &[],
        &["usher.toml:1: [server] public_url: this key is missing", "https://"],
    ),
    (
        "[storage]\nfolder = \"data\"\n",
        &[],
        &["usher.toml:1: [server] public_url: this key is missing", "https://"],
    ),
    (
        "[sever]\npublic_url = \"http://localhost\"\n",
        &[],
        &["usher.toml:1", "sever", "storage", "pools", "did you mean server"],
    ),
    ("server = 5\n", &[], &["usher.toml:1"]),
    // [server.tls].
    ("tls = true", &[], &["usher.toml:3"]),
    ("tls = { certificate = \"c.pem\" }", &[], &["usher.toml:3: [server.tls] private_key: ", "PEM"]),
    ("tls = { certificate = 1, private_key = \"k.pem\" }", &[], &["usher.toml:3", "PEM"]),
    ("tls = { certificate = \"c.pem\", private_key = 2 }", &[], &["usher.toml:3", "PEM"]),
    (
        "tls = { certificate = \"c.pem\", private_key = \"k.pem\", ciphers = 1 }",
        &[],
        &["usher.toml:3", "ciphers", "certificate"],
    ),
    (
        "tls = { certificate = \"c.pem\", private_key = \"k.pem\" }",
        &[],
        &["usher.toml", "public_url", "https"],
    ),
    (
        "[server]\npublic_url = \"https://a.test\"\n[server.tls]\ncertificate = \"no.pem\"\nprivate_key = \"no.key\"\n",
        &[],
        &["usher.toml:4", "certificate", "no.pem", "PEM"],
    ),
    (
        "[server]\npublic_url = \"https://a.test\"\n[server.tls]\ncertificate = \"usher.toml\"\nprivate_key = \"usher.toml\"\n",
        &[],
        &["usher.toml:4", "PEM"],
    ),
    (
        "[server]\npublic_url = \"https://a.test\"\n[server.tls]\ncertificate = \"c\"\nprivate_key = \"k\"\n[[server.tls.others]]\ncertificate = \"d\"\n",
        &[],
        &["usher.toml:6", "private_key"],
    ),
    (
        "[server]\npublic_url = \"https://a.test\"\n[server.tls]\ncertificate = \"c\"\nprivate_key = \"k\"\n[[server.tls.others]]\ncertificate = \"d\"\nprivate_key = \"e\"\nname = \"x\"\n",
        &[],
        &["usher.toml:9", "name"],
    ),
    // [storage].
    (
        "[server]\npublic_url = \"http://localhost\"\n[storage]\nfolder = 1\n",
        &[],
        &["usher.toml:4", "folder", "a folder"],
    ),
    (
        "[server]\npublic_url = \"http://localhost\"\n[storage]\npath = \"x\"\n",
        &[],
        &["usher.toml:4", "path", "folder", "url"],
    ),
    (
        "[server]\npublic_url = \"http://localhost\"\n[storage]\nurl = \"mysql://x\"\n",
        &[],
        &["usher.toml:4: [storage] url: ", "postgresql://"],
    ),
    (
        "[server]\npublic_url = \"http://localhost\"\n[storage]\nurl = 1\n",
        &[],
        &["usher.toml:4", "postgresql://"],
    ),
    (
        "[server]\npublic_url = \"http://localhost\"\n[storage]\nurl = \"postgresql://u:hunter2@h:port/d\"\n",
        &[],
        &["usher.toml:4", "postgresql://user"],
    ),
    (
        "[server]\npublic_url = \"http://localhost\"\n[storage]\nurl = \"postgresql://u:hunter2@db.test/d?sslmode=prefer\"\n",
        &[],
        &["usher.toml:4", "sslmode=disable"],
    ),
    (
        "[server]\npublic_url = \"http://localhost\"\n[storage]\nurl = \"postgresql://u:hunter2@db.test/d?sslrootcert=/no/such.pem\"\n",
        &[],
        &["usher.toml:4", "/no/such.pem"],
    ),
    // [log] and [operations].
    (
        "[server]\npublic_url = \"http://localhost\"\n[log]\nformat = \"xml\"\n",
        &[],
        &["usher.toml:4", "format", "xml", "json"],
    ),
    (
        "[server]\npublic_url = \"http://localhost\"\n[log]\nlevel = \"loud\"\n",
        &[],
        &["usher.toml:4: [log] level: ", "warn", "trace"],
    ),
    (
        "[server]\npublic_url = \"http://localhost\"\n[log]\nlevel = 3\n",
        &[],
        &["usher.toml:4", "level", "trace"],
    ),
    (
        "[server]\npublic_url = \"http://localhost\"\n[log]\nfile = \"x\"\n",
        &[],
        &["usher.toml:4", "file", "format", "level"],
    ),
    (
        "[server]\npublic_url = \"http://localhost\"\n[operations]\nlisten = \"9464\"\n",
        &[],
        &["usher.toml:4", "listen", "IP address"],
    ),
    (
        "[server]\npublic_url = \"http://localhost\"\n[operations]\nlisten = true\n",
        &[],
        &["usher.toml:4", "127.0.0.1:9464"],
    ),
    (
        "[server]\npublic_url = \"http://localhost\"\n[operations]\nport = 1\n",
        &[],
        &["usher.toml:4", "port", "listen"],
    ),
    (
        "[server]\npublic_url = \"http://localhost\"\n[operations]\nlisten = \"127.0.0.1:8080\"\n",
        &[],
        &["usher.toml:4", "of its own"],
    ),
    // [mail], and files that are named.
    (
        "[server]\npublic_url = \"http://localhost\"\n[mail]\nfrom = \"a@b.test\"\n",
        &[],
        &["usher.toml:3", "host"],
    ),
    (
        "[server]\npublic_url = \"http://localhost\"\n[mail]\nhost = \"mail.test\"\n",
        &[],
        &["usher.toml:3", "from"],
    ),
    (
        "[server]\npublic_url = \"http://localhost\"\n[mail]\nhost = \"mail.test\"\nfrom = \"a@b.test\"\nport = 0\n",
        &[],
        &["usher.toml:6", "port"],
    ),
    (
        "[server]\npublic_url = \"http://localhost\"\n[mail]\nhost = \"mail.test\"\nfrom = \"a@b.test\"\nsecurity = \"ssl\"\n",
        &[],
        &["usher.toml:6", "security", "starttls"],
    ),
    (
        "[server]\npublic_url = \"http://localhost\"\n[mail]\nhost = \"mail.test\"\nfrom = \"a@b.test\"\nsecurity = \"none\"\n",
        &[],
        &["usher.toml", "security", "this machine"],
    ),
    (
        "[server]\npublic_url = \"http://localhost\"\n[mail]\nhost = \"mail.test\"\nfrom = \"a@b.test\"\nusername = \"u\"\n",
        &[],
        &["usher.toml", "password"],
    ),
    (
        "[server]\npublic_url = \"http://localhost\"\n[mail]\nhost = \"mail.test\"\nfrom = \"a@b.test\"\nreply_to = \"nobody\"\n",
        &[],
        &["usher.toml:6", "reply_to"],
    ),
    (
        "[server]\npublic_url = \"http://localhost\"\n[mail]\nhost = \"mail.test\"\nfrom = \"a@b.test\"\nauthorities = \"no.pem\"\n",
        &[],
        &["usher.toml:6: [mail] authorities: ", "no.pem: there is no such file", "PEM"],
    ),
    (
        "password_block_list = \"no.txt\"",
        &[],
        &["usher.toml:3: [server] password_block_list: ", "no.txt: there is no such file", "SHA-1"],
    ),
    ("password_block_list = 1", &[], &["usher.toml:3", "password_block_list"]),
    (
        "[server]\npublic_url = \"http://localhost\"\n[storage]\nmaster_key_file = \"no.key\"\n",
        &[],
        &["usher.toml:4: [storage] master_key_file: ", "no.key: there is no such file", "32 bytes"],
    ),
    // [[pools]].
    (
        "[server]\npublic_url = \"http://localhost\"\n[[pools]]\nname = \"A\"\n",
        &[],
        &["usher.toml:4", "name", "a-z"],
    ),
    (
        "[server]\npublic_url = \"http://localhost\"\n[[pools]]\nnam = \"a\"\n",
        &[],
        &["usher.toml:4: [[pools]] nam: ", "did you mean name"],
    ),
    ("[server]\npublic_url = \"http://localhost\"\n[pools]\nname = \"a\"\n", &[], &["usher.toml:3"]),
    // No TOML.
    ("[server\n", &[], &["usher.toml:1"]),
    (
        "[server]\npublic_url = \"http://localhost\"\npublic_url = \"http://localhost\"\n",
        &[],
        &["usher.toml:3", "public_url"],
    ),
    // The environment.
    ("", &[("USHER_SERVER__PUBLIC_URL", "login.example")], &["USHER_SERVER__PUBLIC_URL: ", "https://"]),
    ("", &[("USHER_SERVER__LISTEN", "8080")], &["USHER_SERVER__LISTEN: ", "IP address"]),
    ("", &[("USHER_SERVER__LISTEN", "0.0.0.0:8080")], &["USHER_SERVER__LISTEN: ", "trusted_proxies"]),
    ("", &[("USHER_SERVER__DEVELOPMENT", "yes")], &["USHER_SERVER__DEVELOPMENT: ", "true or false"]),
    (
        "",
        &[("USHER_SERVER__TRUSTED_PROXIES", "127.0.0.1, proxy")],
        &["USHER_SERVER__TRUSTED_PROXIES: ", "\"proxy\""],
    ),
    ("", &[("USHER_SERVER__SHUTDOWN_DELAY", "5s")], &["USHER_SERVER__SHUTDOWN_DELAY: ", "whole"]),
    ("", &[("USHER_SERVER__SHUTDOWN_DELAY", "-5")], &["USHER_SERVER__SHUTDOWN_DELAY: ", "0 to 300"]),
    ("", &[("USHER_SERVER__SHUTDOWN_DELAY", "1000")], &["USHER_SERVER__SHUTDOWN_DELAY: ", "0 to 300"]),
    (
        "",
        &[("USHER_SERVER__TLS__CERTIFICATE", "c.pem")],
        &["USHER_SERVER__TLS__CERTIFICATE: with it USHER_SERVER__TLS__PRIVATE_KEY "],
    ),
    ("", &[("USHER_SERVER__TLS", "on")], &["USHER_SERVER__TLS: ", "table"]),
    ("", &[("USHER_SERVER__TLS__OTHERS", "c.pem")], &["USHER_SERVER__TLS__OTHERS: "]),
    ("", &[("USHER_SERVER__PORT", "80")], &["USHER_SERVER__PORT: ", "port", "listen", "public_url"]),
    ("", &[("USHER_SERVER__LISTEN__PORT", "80")], &["USHER_SERVER__LISTEN"]),
    ("", &[("USHER_STORAGE__URL", "mysql://hunter2@x")], &["USHER_STORAGE__URL: ", "postgresql://"]),
    (
        "",
        &[("USHER_STORAGE__URL_FILE", "/nowhere/url")],
        &["USHER_STORAGE__URL_FILE: ", "/nowhere/url: there is no such file", "one line"],
    ),
    (
        "",
        &[("USHER_STORAGE__URL_FILE", "usher.toml"), ("USHER_STORAGE__URL", "postgresql://localhost/x")],
        &["USHER_STORAGE__URL", "take one of them away"],
    ),
    ("", &[("USHER_STORAGE__FOLDER_FILE", "usher.toml")], &["USHER_STORAGE__FOLDER_FILE: ", "folder"]),
    ("", &[("USHER_LOG__FORMAT", "xml")], &["USHER_LOG__FORMAT: ", "json"]),
    ("", &[("USHER_LOG__LEVEL", "LOUD")], &["USHER_LOG__LEVEL: ", "trace"]),
    ("", &[("USHER_OPERATIONS__LISTEN", "x")], &["USHER_OPERATIONS__LISTEN: ", "IP address"]),
    ("", &[("USHER_SERVER__PASSWORD_BLOCK_LIST", "no.txt")], &["no.txt"]),
    ("", &[("USHER_STORAGE__MASTER_KEY_FILE", "no.key")], &["no.key"]),
    ("", &[("USHER_MASTER_KEY", "hunter2")], &["USHER_MASTER_KEY", "32 bytes"]),
    ("", &[("USHER_STORAGE__URL_FILE", "hunter2")], &["USHER_STORAGE__URL_FILE: ", "one line"]),
    (
        "",
        &[("USHER_MAIL__HOST", "u:hunter2@mail.test"), ("USHER_MAIL__FROM", "a@b.test")],
        &["USHER_MAIL__HOST: ", "alone"],
    ),
    (
        "",
        &[("USHER_MASTER_KEY_FILE", "hunter2AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")],
        &["USHER_MASTER_KEY_FILE: ", "a key stands where its file's path is expected"],
    ),
    (
        "",
        &[("USHER_MASTER_KEY_FILE", "no.key")],
        &["USHER_MASTER_KEY_FILE: ", "no.key: there is no such file", "32 bytes"],
    ),
    (
        "",
        &[("USHER_MAIL__HOST", "mail.test")],
        &["USHER_MAIL__HOST: with it USHER_MAIL__FROM must be set", "[mail] from"],
    ),
    (
        "",
        &[("USHER_MAIL__FROM", "a@b.test")],
        &["USHER_MAIL__FROM: with it USHER_MAIL__HOST must be set", "[mail] host"],
    ),
    (
        "",
        &[("USHER_MAIL__HOST", "mail.test"), ("USHER_MAIL__FROM", "a@b.test"), ("USHER_MAIL__PORT", "smtp")],
        &["USHER_MAIL__PORT: "],
    ),
    (
        "",
        &[
            ("USHER_MAIL__HOST", "mail.test"),
            ("USHER_MAIL__FROM", "a@b.test"),
            ("USHER_MAIL__SECURITY", "ssl"),
        ],
        &["USHER_MAIL__SECURITY: ", "starttls"],
    ),
    (
        "",
        &[("USHER_MAIL__HOST", "mail.test"), ("USHER_MAIL__FROM", "a@b.test"), ("USHER_MAIL__USERNAME", "u")],
        &["password"],
    ),
    (
        "",
        &[
            ("USHER_MAIL__HOST", "mail.test"),
            ("USHER_MAIL__FROM", "a@b.test"),
            ("USHER_MAIL__PASSWORD", "hunter2"),
        ],
        &["username"],
    ),
    (
        "",
        &[
            ("USHER_MAIL__HOST", "mail.test"),
            ("USHER_MAIL__FROM", "a@b.test"),
            ("USHER_MAIL__REPLY_TO", "nobody"),
        ],
        &["USHER_MAIL__REPLY_TO"],
    ),
    (
        "",
        &[
            ("USHER_MAIL__HOST", "mail.test"),
            ("USHER_MAIL__FROM", "a@b.test"),
            ("USHER_MAIL__AUTHORITIES", "no.pem"),
        ],
        &["USHER_MAIL__AUTHORITIES"],
    ),
    ("", &[("USHER_PUBLIC_URL", "http://localhost")], &["USHER_PUBLIC_URL: ", "USHER_SERVER__PUBLIC_URL"]),
    ("", &[("USHER_POOLS__NAME", "x")], &["USHER_POOLS__NAME: ", "SERVER"]),
    ("", &[("USHER_SEVER__LISTEN", "x")], &["USHER_SEVER__LISTEN: ", "SERVER, STORAGE"]),
    ("", &[("USHER_SERVER__", "x")], &["USHER_SERVER__: "]),
    ("", &[("USHER_CONFIG", "elsewhere.toml")], &["elsewhere.toml", "no such file"]),
];

/// Words of the program's language and libraries, which no sentence has.
const OURS: &[&str] =
    &["os error", "u16", "u32", "variant", "struct ", "field", "sequence", "invalid type", "boolean"];

/// What a start with a case's text and variables says.
fn told(folder: &Path, command: &str, (text, variables, _): &Case) -> (Option<i32>, String) {
    let written = match text.starts_with('[') || text.starts_with("server = ") {
        true => (*text).to_owned(),
        false => RIGHT.replace("\n\n", &format!("\n{text}\n\n")),
    };
    std::fs::write(folder.join("usher.toml"), written).unwrap();
    // A start that is not refused is ended.
    let mut usher = Command::new("timeout");
    usher.args(["30", USHER, command]).current_dir(folder).stdin(Stdio::null()).stdout(Stdio::null());
    let output = usher.envs(variables.iter().copied()).output().unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn each_wrong_setting_is_one_sentence_and_nothing_is_touched() {
    assert!(CASES.len() >= 60);
    let folder = tempfile::tempdir().unwrap();
    let mut failures = Vec::new();
    for case in CASES {
        for command in ["serve", "check-config"] {
            let (status, told) = told(folder.path(), command, case);
            let files = std::fs::read_dir(folder.path()).unwrap().count();
            let missing: Vec<_> = case.2.iter().filter(|word| !told.contains(**word)).collect();
            let is_one =
                told.lines().count() == 1 && told.starts_with("usher: ") && !told.contains("hunter2");
            let is_one = is_one && !OURS.iter().any(|word| told.contains(word));
            if status != Some(2) || files != 1 || !missing.is_empty() || !is_one {
                failures.push(format!(
                    "{command} {case:?}: {status:?}, {files} files, without {missing:?}: {told}"
                ));
            }
        }
    }
    assert!(failures.is_empty(), "{} wrong:\n{}", failures.len(), failures.join("\n"));
}

/// Without a file it is the variable that is wrong.
#[test]
fn a_misspelt_variable_is_named_where_there_is_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let mut usher = Command::new(USHER);
    usher
        .arg("check-config")
        .current_dir(folder.path())
        .env("USHER_SERVER__PUBLIC_ULR", "http://localhost:8080");
    let output = usher.output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert!(
        told.starts_with(
            "usher: USHER_SERVER__PUBLIC_ULR: there is no such setting; did you mean USHER_SERVER__PUBLIC_URL"
        ),
        "{told}"
    );
}

/// No setting is wrong: a service manager that leaves status 2 alone starts the server again.
#[test]
fn a_database_that_is_away_ends_the_start_with_status_1() {
    let folder = tempfile::tempdir().unwrap();
    let away: Case = (RIGHT, &[("USHER_STORAGE__URL", "postgresql://u:hunter2@127.0.0.1:1/ids")], &[]);
    let (status, told) = told(folder.path(), "serve", &away);
    assert_eq!(status, Some(1), "{told}");
    assert!(told.contains("the PostgreSQL database ids at 127.0.0.1") && !told.contains("hunter2"), "{told}");
}

#[test]
fn every_setting_is_among_them() {
    let said = format!("{CASES:?}");
    for setting in usher::config::table::TABLE {
        let key = setting.key.rsplit('.').next().unwrap();
        assert!(said.contains(key), "{key}");
        if let Some(variable) =
            setting.variable().filter(|v| !v.contains("__TLS__") && !v.ends_with("STORAGE__FOLDER"))
        {
            assert!(said.contains(&variable), "{variable}");
        }
    }
}
