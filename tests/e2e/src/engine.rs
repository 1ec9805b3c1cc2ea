//! The three engines, and what of driving them is different in each.

use crate::Outcome;
use serde_json::{Value, json};
use std::env;
use std::ffi::OsString;
use std::path::Path;

/// A browser engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// Chromium, through ChromeDriver, with the DevTools protocol beside it.
    Chromium,
    /// Firefox, through geckodriver.
    Firefox,
    /// WebKitGTK's small browser, through its own driver; it needs a display.
    WebKit,
}

/// No request of the browser's own, and the same picture everywhere.
const CHROMIUM_FLAGS: [&str; 15] = [
    "--headless=new",
    "--no-sandbox", // CI runs as root in a container
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--no-first-run",
    "--no-default-browser-check",
    "--lang=en-US",
    "--force-color-profile=srgb",
    "--font-render-hinting=none",
    "--window-size=1360,900",
    "--js-flags=--expose-gc", // what is timed begins without what came before
];

impl Engine {
    /// All of them.
    pub const ALL: [Engine; 3] = [Engine::Chromium, Engine::Firefox, Engine::WebKit];

    /// The one that the variable `TRACE_TAB_ENGINE` names; Chromium if it is not set.
    pub fn chosen() -> Outcome<Self> {
        match env::var("TRACE_TAB_ENGINE") {
            Ok(name) => Engine::named(&name),
            Err(_) => Ok(Engine::Chromium),
        }
    }

    /// The engine of this name.
    pub fn named(name: &str) -> Outcome<Self> {
        Engine::ALL
            .into_iter()
            .find(|it| it.name().eq_ignore_ascii_case(name))
            .ok_or_else(|| {
                format!("There is no engine `{name}`, but chromium, firefox and webkit.").into()
            })
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Engine::Chromium => "Chromium",
            Engine::Firefox => "Firefox",
            Engine::WebKit => "WebKit",
        }
    }

    /// The driver's program.
    pub(crate) fn driver(self) -> OsString {
        let (variable, name) = match self {
            Engine::Chromium => ("CHROMEDRIVER", "chromedriver"),
            Engine::Firefox => ("GECKODRIVER", "geckodriver"),
            Engine::WebKit => ("WEBKITDRIVER", "WebKitWebDriver"),
        };
        env::var_os(variable).unwrap_or_else(|| name.into())
    }

    /// What the driver is told at its start, beside its port.
    pub(crate) fn driver_flags(self) -> &'static [&'static str] {
        match self {
            // Scripts of the browser itself change what a page cannot.
            Engine::Firefox => &["--allow-system-access", "--log=fatal"],
            Engine::Chromium | Engine::WebKit => &[],
        }
    }

    /// What a session asks for; downloads go into this folder.
    pub(crate) fn capabilities(self, downloads: &Path) -> Value {
        match self {
            Engine::Chromium => json!({
                "browserName": "chrome",
                "goog:chromeOptions": { "args": CHROMIUM_FLAGS },
                "goog:loggingPrefs": { "browser": "ALL" },
            }),
            Engine::Firefox => json!({
                "browserName": "firefox",
                "moz:firefoxOptions": {
                    "args": ["-headless", "-width", "1360", "-height", "1000"],
                    "prefs": {
                        "browser.download.folderList": 2,
                        "browser.download.dir": downloads,
                        "browser.download.alwaysOpenPanel": false,
                        "intl.accept_languages": "en-US",
                        "layout.css.devPixelsPerPx": "1.0",
                        // What is timed is timed exactly.
                        "privacy.reduceTimerPrecision": false,
                        "ui.prefersReducedMotion": 1,
                    },
                },
            }),
            Engine::WebKit => json!({ "browserName": "MiniBrowser" }),
        }
    }
}
