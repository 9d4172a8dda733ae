//! One Chromium with a chromedriver and a profile of its own, both gone with the value, however the test ends.

use fantoccini::actions::{InputSource as _, KeyAction, KeyActions, MouseActions, PointerAction};
use fantoccini::elements::Element;
use fantoccini::error::{CmdError, ErrorStatus};
use fantoccini::wd::{WebDriverCompatibleCommand, WindowHandle};
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;
use url::Url;

pub(super) use fantoccini::key::Key;

/// How long something may take to appear. Two cores may be shared with everything else that is tested.
const PATIENCE: Duration = Duration::from_secs(20);

/// How a browser is to be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Setup {
    language: &'static str,
    scripts: bool,
}

/// A browser that speaks British English and runs scripts.
pub(super) const fn chromium() -> Setup {
    Setup { language: "en-GB", scripts: true }
}

impl Setup {
    /// With its language, such as `zh-CN`.
    pub(super) const fn in_language(mut self, language: &'static str) -> Self {
        self.language = language;
        self
    }

    /// With scripts switched off.
    pub(super) const fn without_scripts(mut self) -> Self {
        self.scripts = false;
        self
    }

    /// Starts it; nothing where there is no browser and none is demanded.
    pub(super) async fn start(self) -> Option<Chromium> {
        let Some((driver, port)) = driver() else {
            assert!(!is_demanded(), "chromedriver and chromium are needed here: apt install chromium-driver");
            let test = std::thread::current().name().unwrap_or_default().to_owned();
            println!("not run for want of chromium and chromedriver: {test}");
            return None;
        };
        let profile = tempfile::Builder::new().prefix("usher-chromium-").tempdir().unwrap();
        let folder = format!("--user-data-dir={}", profile.path().display());
        let mut running = Running { driver, port, session: None, _profile: profile };
        let mut arguments: Vec<String> = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--disable-dev-shm-usage",
            // What moves cannot be clicked for sure, and has no colour yet.
            "--force-prefers-reduced-motion",
            "--window-size=1280,800",
        ]
        .map(str::to_owned)
        .into();
        arguments.push(folder);
        arguments.push(format!("--lang={}", self.language));
        arguments.push(format!("--accept-lang={}", self.language));
        if !self.scripts {
            arguments.push("--blink-settings=scriptEnabled=false".to_owned());
        }
        let capabilities = json!({
            "goog:chromeOptions": { "args": arguments },
            "goog:loggingPrefs": { "browser": "ALL" },
        });
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities.as_object().unwrap().clone())
            .connect(&format!("http://127.0.0.1:{port}"))
            .await
            .expect("chromedriver starts a Chromium");
        running.session = client.session_id().await.unwrap();
        Some(Chromium { client, _running: running })
    }
}

/// Whether a missing browser is a failure.
#[expect(
    clippy::disallowed_methods,
    reason = "there is no configuration: who runs the tests says what they must hold"
)]
fn is_demanded() -> bool {
    let is = |name, value: &str| std::env::var(name).is_ok_and(|v| v == value);
    is("USHER_REQUIRE_BROWSER", "1") || is("CI", "true")
}

/// Where pictures are kept.
fn pictures() -> Option<std::path::PathBuf> {
    std::env::var_os("USHER_PICTURES").map(std::path::PathBuf::from)
}

/// Starts chromedriver on a port of its own choice; nothing where it or Chromium is not installed.
fn driver() -> Option<(Child, u16)> {
    let quiet = |program: &str, argument: &str| {
        let mut command = Command::new(program);
        command.arg(argument).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        command
    };
    if !quiet("chromium", "--version").output().is_ok_and(|o| o.status.success()) {
        return None;
    }
    let mut child = quiet("chromedriver", "--port=0").spawn().ok()?;
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let port = lines.by_ref().map_while(Result::ok).find_map(|line| {
        line.split_once("successfully on port ")
            .map(|(_, port)| port.trim_end_matches('.').parse::<u16>().unwrap())
    });
    // Its output is read to the end, lest it waits for a reader.
    std::thread::spawn(move || lines.for_each(drop));
    Some((child, port.expect("chromedriver names its port")))
}

/// The processes and the folder behind a browser.
struct Running {
    driver: Child,
    port: u16,
    session: Option<String>,
    _profile: TempDir,
}

impl Drop for Running {
    fn drop(&mut self) {
        // Killing chromedriver alone would leave its Chromium behind; ending the session ends Chromium. There is nobody to await here.
        if let (Some(session), Ok(mut stream)) =
            (&self.session, TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)))
        {
            let _ = stream.set_read_timeout(Some(PATIENCE));
            let _ = write!(
                stream,
                "DELETE /session/{session} HTTP/1.1\r\nhost: 127.0.0.1:{}\r\nconnection: close\r\n\r\n",
                self.port
            );
            let _ = stream.read(&mut [0; 64]);
        }
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

/// A running browser with one window.
pub(super) struct Chromium {
    client: Client,
    _running: Running,
}

impl Chromium {
    /// Opens an address.
    pub(super) async fn open(&self, address: &str) {
        self.client.goto(address).await.unwrap();
    }

    /// Opens an address in a new tab and goes there; gives a way back.
    pub(super) async fn open_in_another_tab(&self, address: &str) -> WindowHandle {
        let here = self.client.window().await.unwrap();
        let tab = self.client.new_window(true).await.unwrap();
        self.client.switch_to_window(tab.handle).await.unwrap();
        self.open(address).await;
        here
    }

    /// Its tabs, oldest first.
    pub(super) async fn tabs(&self) -> Vec<WindowHandle> {
        self.client.windows().await.unwrap()
    }

    /// Goes to a tab.
    pub(super) async fn turn_to(&self, tab: WindowHandle) {
        self.client.switch_to_window(tab).await.unwrap();
    }

    /// Presses the back button.
    pub(super) async fn back(&self) {
        self.client.back().await.unwrap();
    }

    /// Where it is.
    pub(super) async fn address(&self) -> Url {
        self.client.current_url().await.unwrap()
    }

    /// The page's title.
    pub(super) async fn title(&self) -> String {
        self.client.title().await.unwrap()
    }

    /// What a selector finds, as soon as it is there.
    pub(super) async fn see(&self, selector: &str) -> Element {
        let wait = self.client.wait().at_most(PATIENCE).every(Duration::from_millis(50));
        match wait.for_element(Locator::Css(selector)).await {
            Ok(element) => element,
            Err(error) => {
                let address = self.client.current_url().await.map(|u| u.to_string()).unwrap_or_default();
                let page = self.client.source().await.unwrap_or_default();
                panic!("{selector} is not at {address} ({error}):\n{page}")
            }
        }
    }

    /// How often a selector is found at this moment.
    pub(super) async fn count(&self, selector: &str) -> usize {
        self.client.find_all(Locator::Css(selector)).await.unwrap().len()
    }

    /// The text that can be seen in what a selector finds.
    pub(super) async fn text(&self, selector: &str) -> String {
        let mut text = self.see(selector).await.text().await;
        if is_gone(&text) {
            text = self.see(selector).await.text().await;
        }
        text.unwrap()
    }

    /// The texts of everything that a selector finds at this moment.
    pub(super) async fn texts(&self, selector: &str) -> Vec<String> {
        let mut texts = Vec::new();
        for element in self.client.find_all(Locator::Css(selector)).await.unwrap() {
            texts.push(element.text().await.unwrap());
        }
        texts
    }

    /// A property of an element, as a script would read it.
    pub(super) async fn property(&self, selector: &str, name: &str) -> String {
        self.see(selector).await;
        let script = "return String(document.querySelector(arguments[0])[arguments[1]])";
        self.run(script, vec![json!(selector), json!(name)]).await.as_str().unwrap().to_owned()
    }

    /// A style of an element as it is shown.
    pub(super) async fn style(&self, selector: &str, name: &str) -> String {
        self.see(selector).await.css_value(name).await.unwrap().replace(' ', "")
    }

    /// Clicks; once more where the page was replaced between seeing and clicking.
    pub(super) async fn click(&self, selector: &str) {
        let mut clicked = self.see(selector).await.click().await;
        if is_gone(&clicked) {
            clicked = self.see(selector).await.click().await;
        }
        clicked.unwrap_or_else(|e| panic!("{selector} cannot be clicked: {e}"));
    }

    /// Clicks twice, as fast as the driver can.
    pub(super) async fn double_click(&self, selector: &str) {
        let element = self.see(selector).await;
        let mut mouse = MouseActions::new("mouse".to_owned()).then(PointerAction::MoveToElement {
            element,
            duration: None,
            x: 0.,
            y: 0.,
        });
        for _ in 0..2 {
            mouse = mouse
                .then(PointerAction::Down { button: fantoccini::actions::MOUSE_BUTTON_LEFT })
                .then(PointerAction::Up { button: fantoccini::actions::MOUSE_BUTTON_LEFT });
        }
        self.client.perform_actions(mouse).await.unwrap();
    }

    /// Replaces the text of a field.
    pub(super) async fn fill(&self, selector: &str, text: &str) {
        let field = self.see(selector).await;
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    /// Types into whatever has the focus.
    pub(super) async fn keys(&self, text: &str) {
        let keys = text.chars().fold(KeyActions::new("keyboard".to_owned()), |keys, value| {
            keys.then(KeyAction::Down { value }).then(KeyAction::Up { value })
        });
        self.client.perform_actions(keys).await.unwrap();
    }

    /// Presses a key.
    pub(super) async fn press(&self, key: Key) {
        self.keys(&char::from(key).to_string()).await;
    }

    /// The id of what has the focus.
    pub(super) async fn focus(&self) -> String {
        match self.client.active_element().await {
            Ok(element) => element.attr("id").await.unwrap().unwrap_or_default(),
            Err(_) => String::new(),
        }
    }

    /// Goes into the n-th frame of the page.
    pub(super) async fn enter_frame(&self, index: u16) {
        self.client.enter_frame(index).await.unwrap();
    }

    /// Leaves a frame.
    pub(super) async fn leave_frame(&self) {
        self.client.enter_parent_frame().await.unwrap();
    }

    /// Runs a script in the page; a promise is awaited.
    pub(super) async fn run(&self, script: &str, arguments: Vec<Value>) -> Value {
        self.client.execute(script, arguments).await.unwrap()
    }

    /// Prefers `dark` or `light` pages from now on.
    pub(super) async fn prefer(&self, scheme: &str) {
        let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        let parameters = json!({ "cmd": "Emulation.setEmulatedMedia", "params": { "features": features } });
        self.command("goog/cdp/execute", parameters).await.unwrap();
    }

    /// Gives the page this much room, as a telephone or a desktop has.
    pub(super) async fn resize(&self, width: u32, height: u32) {
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        let parameters = json!({ "cmd": "Emulation.setDeviceMetricsOverride", "params": metrics });
        self.command("goog/cdp/execute", parameters).await.unwrap();
    }

    /// Keeps a picture of the page, to be looked at, in the folder that `USHER_PICTURES` names; nothing without one.
    pub(super) async fn picture(&self, name: &str) {
        if let Some(folder) = pictures() {
            let png = self.client.screenshot().await.unwrap();
            std::fs::write(folder.join(format!("{name}.png")), png).unwrap();
        }
    }

    /// What the browser's console said since it was asked last: errors of scripts and of the network, violations of policies.
    pub(super) async fn console(&self) -> Vec<String> {
        let entries = self.command("se/log", json!({ "type": "browser" })).await.unwrap();
        let entries = entries.as_array().cloned().unwrap_or_default();
        entries
            .iter()
            .map(|e| format!("{} {}", e["level"].as_str().unwrap(), e["message"].as_str().unwrap()))
            .collect()
    }

    async fn command(&self, path: &'static str, body: Value) -> Result<Value, CmdError> {
        self.client.issue_cmd(Own { path, body }).await
    }
}

/// Whether the element belonged to a page that another has replaced.
fn is_gone<T>(answer: &Result<T, CmdError>) -> bool {
    matches!(answer, Err(CmdError::Standard(e)) if e.error == ErrorStatus::StaleElementReference)
}

/// A command that only chromedriver knows.
#[derive(Debug)]
struct Own {
    path: &'static str,
    body: Value,
}

impl WebDriverCompatibleCommand for Own {
    fn endpoint(&self, base_url: &Url, session_id: Option<&str>) -> Result<Url, url::ParseError> {
        base_url.join(&format!("session/{}/{}", session_id.unwrap_or_default(), self.path))
    }

    fn method_and_body(&self, _: &Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(self.body.to_string()))
    }
}
