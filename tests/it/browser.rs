//! A real browser, by the WebDriver protocol. Without one, tests are skipped; with
//! `STANDPOINT_BROWSER=1`, as in CI, they fail.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::Stdio,
    time::Duration,
};

use base64::Engine as _;
use serde_json::{Value, json};

use crate::process::{Child, Command};
use crate::skip::skip;

pub struct Browser {
    driver: Child,
    session: String,
    agent: ureq::Agent,
    _profile: tempfile::TempDir,
}

impl Browser {
    /// A headless Chromium with an empty profile.
    pub fn open() -> Option<Self> {
        let mut command = Command::new("chromedriver");
        command.arg("--port=0").stdout(Stdio::piped()).stderr(Stdio::null());
        let Ok(mut driver) = command.spawn() else {
            assert!(
                std::env::var_os("STANDPOINT_BROWSER").is_none(),
                "chromedriver must be installed"
            );
            skip("chromedriver is not installed");
            return None;
        };
        let lines = BufReader::new(driver.stdout.take().unwrap()).lines();
        // "ChromeDriver was started successfully on port 12345."
        let port = lines.map_while(Result::ok).find_map(|line| {
            line.split_once("started successfully on port ")?
                .1
                .trim_end_matches('.')
                .parse::<u16>()
                .ok()
        });
        let root =
            format!("http://127.0.0.1:{}/session", port.expect("chromedriver says its port"));
        let profile = tempfile::tempdir().unwrap();
        let mut arguments: Vec<String> = [
            "headless",
            "no-sandbox",
            "disable-gpu",
            "no-first-run",
            "disable-background-networking",
            "disable-component-update",
            "disable-sync",
            "hide-scrollbars",
            "window-size=1100,1200",
        ]
        .map(|argument| format!("--{argument}"))
        .to_vec();
        arguments.push(format!("--user-data-dir={}", profile.path().display()));
        let wanted = json!({ "capabilities": { "alwaysMatch": {
            "goog:chromeOptions": { "args": arguments },
            "goog:loggingPrefs": { "browser": "ALL" },
        } } });
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_mins(2)));
        let agent = ureq::Agent::new_with_config(config.build());
        let made = send(&agent, &root, &wanted);
        let id = made["sessionId"].as_str().unwrap_or_else(|| panic!("{made}")).to_owned();
        Some(Self { driver, session: format!("{root}/{id}"), agent, _profile: profile })
    }

    fn post(&self, what: &str, body: &Value) -> Value {
        send(&self.agent, &format!("{}/{what}", self.session), body)
    }

    /// Opens a file from disk.
    pub fn visit(&self, path: &Path) {
        self.post("url", &json!({ "url": format!("file://{}", path.display()) }));
    }

    /// The value of a script's `return`.
    pub fn run(&self, script: &str) -> Value {
        self.post("execute/sync", &json!({ "script": script, "args": [] }))
    }

    /// What a script hands to its last argument.
    pub fn wait_for(&self, script: &str) -> Value {
        self.post("execute/async", &json!({ "script": script, "args": [] }))
    }

    pub fn text(&self, selector: &str) -> String {
        let script = format!("return document.querySelector({}).textContent", json!(selector));
        self.run(&script).as_str().unwrap().to_owned()
    }

    /// Clicks what a reader sees, as a mouse does.
    pub fn click(&self, selector: &str) {
        let found = self.post("element", &json!({ "using": "css selector", "value": selector }));
        let id = found.as_object().unwrap().values().next().unwrap().as_str().unwrap().to_owned();
        self.post(&format!("element/{id}/click"), &json!({}));
    }

    /// Keys into what has the focus.
    pub fn press(&self, keys: &str) {
        let keys = keys.chars().flat_map(|key| {
            ["keyDown", "keyUp"].map(|kind| json!({ "type": kind, "value": key.to_string() }))
        });
        let actions = json!({ "actions": [{ "type": "key", "id": "k", "actions": keys.collect::<Vec<_>>() }] });
        self.post("actions", &actions);
    }

    /// What is seen, as PNG.
    pub fn picture(&self) -> Vec<u8> {
        let mut response = self.agent.get(format!("{}/screenshot", self.session)).call().unwrap();
        let answer: Value =
            serde_json::from_str(&response.body_mut().read_to_string().unwrap()).unwrap();
        base64::engine::general_purpose::STANDARD.decode(answer["value"].as_str().unwrap()).unwrap()
    }

    /// What went wrong on the page, in the words of the console.
    pub fn errors(&self) -> Vec<Value> {
        self.post("se/log", &json!({ "type": "browser" })).as_array().unwrap().clone()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.agent.delete(&self.session).call();
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

fn send(agent: &ureq::Agent, url: &str, body: &Value) -> Value {
    let mut response = agent.post(url).send(body.to_string()).unwrap();
    let text = response.body_mut().read_to_string().unwrap();
    let answer: Value = serde_json::from_str(&text).unwrap();
    let value = answer["value"].clone();
    assert!(value.get("error").is_none(), "{url}: {value}");
    value
}
