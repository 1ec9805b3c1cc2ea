//! What a scenario works with: a page in the browser, and the server behind it.

use crate::Outcome;
use crate::browser::Browser;
use crate::server::{Answer, Origin, STRICT, Site};
use serde_json::{Value, json};
use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::time::Duration;
use thirtyfour::{By, Key, TypingData, WebElement};
use tokio::time::{Instant, sleep};

const HELPERS: &str = include_str!("helpers.js");

/// The names of `helpers.js`, as scripts see them.
const NAMES: &str = "const { heard, sleep, painted, until, next, outcome, names, shown, rows, selected, title, \
                     bytesOf, same } = e2e; const el = document.querySelector('trace-tab');";

/// A page of a host, with the element in it.
#[derive(Clone, Debug)]
pub struct Host<'a> {
    /// What stands in its body.
    pub body: &'a str,
    /// Its Content-Security-Policy; "" for none.
    pub policy: &'a str,
    /// Where it takes the element's script from; "" for no script.
    pub script: &'a str,
}

impl Default for Host<'_> {
    fn default() -> Self {
        Host {
            body: "<trace-tab></trace-tab>",
            policy: STRICT,
            script: "/trace-tab.js",
        }
    }
}

/// One browser window and one server.
pub struct Page {
    /// The server.
    pub site: Site,
    browser: Browser,
    downloads: PathBuf,
}

impl Page {
    /// Starts the server and the browser.
    pub async fn start() -> Outcome<Self> {
        let site = Site::start()?;
        let browser = Browser::start().await?;
        browser
            .cdp(
                "Page.addScriptToEvaluateOnNewDocument",
                json!({ "source": format!("{{{HELPERS}}}") }),
            )
            .await?;
        let downloads = std::env::temp_dir().join(format!("trace-tab-e2e-{}", std::process::id()));
        std::fs::create_dir_all(&downloads)?;
        let page = Page {
            site,
            browser,
            downloads,
        };
        page.reset().await?;
        Ok(page)
    }

    /// Ends the browser.
    pub async fn stop(self) -> Outcome {
        std::fs::remove_dir_all(&self.downloads)?;
        self.browser.stop().await
    }

    /// As if nothing had been done before.
    pub async fn reset(&self) -> Outcome {
        self.browser.driver().goto("about:blank").await?;
        self.site.reset();
        self.viewport(1360, 830).await?;
        self.scheme("light").await?;
        self.browser
            .cdp(
                "Browser.setDownloadBehavior",
                json!({ "behavior": "allow", "downloadPath": self.downloads }),
            )
            .await?;
        for file in std::fs::read_dir(&self.downloads)? {
            std::fs::remove_file(file?.path())?;
        }
        self.console().await.map(drop)
    }

    /// A command of the DevTools protocol.
    pub async fn cdp(&self, method: &str, parameters: Value) -> Outcome<Value> {
        self.browser.cdp(method, parameters).await
    }

    /// The size of the page, in CSS pixels.
    pub async fn viewport(&self, width: u32, height: u32) -> Outcome {
        let size =
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.cdp("Emulation.setDeviceMetricsOverride", size)
            .await
            .map(drop)
    }

    /// What the system prefers: `light` or `dark`.
    pub async fn scheme(&self, scheme: &str) -> Outcome {
        let features = json!({ "features": [
            { "name": "prefers-color-scheme", "value": scheme },
            { "name": "prefers-reduced-motion", "value": "reduce" },
        ] });
        self.cdp("Emulation.setEmulatedMedia", features)
            .await
            .map(drop)
    }

    /// Opens an address of the host's.
    pub async fn open(&self, target: &str) -> Outcome {
        Ok(self
            .browser
            .driver()
            .goto(self.site.url(Origin::Host, target))
            .await?)
    }

    /// Opens the published page and waits for its trace.
    pub async fn open_sample(&self) -> Outcome {
        self.open("/").await?;
        self.loaded().await
    }

    /// Opens a page of a host.
    pub async fn host(&self, host: &Host<'_>) -> Outcome {
        let script = if host.script.is_empty() {
            String::new()
        } else {
            format!(
                "<script type=\"module\" crossorigin src=\"{}\"></script>",
                host.script
            )
        };
        let page = format!(
            "<!doctype html><html lang=en><meta charset=utf-8><title>A host</title>{script}\
             <link rel=icon href=\"data:,\"><link rel=stylesheet href=\"/host.css\"><body>{}",
            host.body
        );
        let answer = Answer::html(page);
        let answer = if host.policy.is_empty() {
            answer
        } else {
            answer.header("content-security-policy", host.policy)
        };
        self.site.set("/host.html", answer);
        let css = "html, body { margin: 0; height: 100% } trace-tab { height: 100% }";
        self.site.set("/host.css", Answer::of("text/css", css));
        self.open("/host.html").await
    }

    /// Opens a page with one element that shows this file.
    pub async fn show(&self, file: impl Into<Vec<u8>>) -> Outcome {
        self.site.set("/trace.json", Answer::json(file));
        self.host(&Host {
            body: "<trace-tab src=\"/trace.json\"></trace-tab>",
            ..Host::default()
        })
        .await?;
        self.loaded().await
    }

    /// Waits until the first element shows a trace.
    pub async fn loaded(&self) -> Outcome {
        self.run("await until(() => el.matches(':state(ready)'), 'state ready: ' + shown(el)); await painted()").await.map(drop)
    }

    /// Runs a script in the page: the body of an async function. It sees the names of `helpers.js`, and the
    /// first element as `el`.
    pub async fn run(&self, script: &str) -> Outcome<Value> {
        self.run_with(script, json!(null)).await
    }

    /// Runs a script that also sees `arg`.
    pub async fn run_with(&self, script: &str, arg: Value) -> Outcome<Value> {
        let script = format!(
            "const done = arguments[1];
             (async (arg) => {{ {NAMES} {script} }})(arguments[0]).then(
               (value) => done({{ value: value ?? null }}),
               (error) => done({{ error: `${{error?.code ?? error?.name}}: ${{error?.message ?? error}}` }}));"
        );
        let answer = self
            .browser
            .driver()
            .execute_async(script, vec![arg])
            .await?;
        match answer.json() {
            Value::Object(fields) if fields.contains_key("value") => {
                Ok(fields.get("value").cloned().unwrap_or_default())
            }
            other => {
                Err(format!("the script failed: {}", other.get("error").unwrap_or(other)).into())
            }
        }
    }

    /// From now on all is done in this frame of the page, also of another origin.
    pub async fn enter_frame(&self, at: u16) -> Outcome {
        Ok(self.browser.driver().enter_frame(at).await?)
    }

    /// From now on all is done in the page again.
    pub async fn leave_frame(&self) -> Outcome {
        Ok(self.browser.driver().enter_default_frame().await?)
    }

    /// Something inside the first element.
    pub async fn find(&self, selector: &str) -> Outcome<WebElement> {
        let root = self
            .browser
            .driver()
            .find(By::Css("trace-tab"))
            .await?
            .get_shadow_root()
            .await?;
        root.find(By::Css(selector.to_owned()))
            .await
            .map_err(|error| format!("{selector}: {error}").into())
    }

    /// Clicks on something inside the first element, with the mouse.
    pub async fn click(&self, selector: &str) -> Outcome {
        Ok(self.find(selector).await?.click().await?)
    }

    /// The text of something inside the first element, as far as it is visible.
    pub async fn text(&self, selector: &str) -> Outcome<String> {
        Ok(self.find(selector).await?.text().await?)
    }

    /// Presses keys, wherever the focus is.
    pub async fn keys(&self, keys: impl Into<TypingData>) -> Outcome {
        Ok(self
            .browser
            .driver()
            .action_chain()
            .send_keys(keys)
            .perform()
            .await?)
    }

    /// Presses a key with Control.
    pub async fn control(&self, key: char) -> Outcome {
        let chain = self.browser.driver().action_chain();
        Ok(chain
            .key_down(Key::Control)
            .send_keys(key)
            .key_up(Key::Control)
            .perform()
            .await?)
    }

    /// Drags the mouse between two points of the window.
    pub async fn drag(&self, from: (i64, i64), to: (i64, i64)) -> Outcome {
        let chain = self.browser.driver().action_chain();
        let chain = chain
            .move_to(from.0, from.1)
            .click_and_hold()
            .move_to(to.0, to.1)
            .release();
        Ok(chain.perform().await?)
    }

    /// Drops a file from the disk on the middle of the page, as a user does.
    pub async fn drop_file(&self, file: &Path) -> Outcome {
        for kind in ["dragEnter", "dragOver", "drop"] {
            let data =
                json!({ "items": [], "files": [file.canonicalize()?], "dragOperationsMask": 1 });
            self.cdp(
                "Input.dispatchDragEvent",
                json!({ "type": kind, "x": 300, "y": 300, "data": data }),
            )
            .await?;
        }
        Ok(())
    }

    /// What the console has got since this was last asked.
    pub async fn console(&self) -> Outcome<Vec<String>> {
        let log = self.browser.driver().browser_log().await?;
        Ok(log.into_iter().map(|it| it.message).collect())
    }

    /// Takes what the console has got, which must be these lines, in any order.
    pub async fn expect_console(&self, parts: &[&str]) -> Outcome {
        let lines = self.console().await?;
        let all_known = lines
            .iter()
            .all(|line| parts.iter().any(|part| line.contains(part)));
        let all_there = parts
            .iter()
            .all(|part| lines.iter().any(|line| line.contains(part)));
        check(
            all_known && all_there,
            format!("the console has {lines:#?}, expected {parts:?}"),
        )
    }

    /// Waits for the one file that is downloaded: its name and its bytes.
    pub async fn downloaded(&self) -> Outcome<(String, Vec<u8>)> {
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs(15) {
            let files = std::fs::read_dir(&self.downloads)?.collect::<Result<Vec<_>, _>>()?;
            // Chromium first takes the name, with an empty file, and writes into another.
            if let [file] = files.as_slice()
                && file.metadata().is_ok_and(|it| it.len() > 0)
                && file.path().extension().is_none_or(|it| it != "crdownload")
            {
                let bytes = std::fs::read(file.path())?;
                std::fs::remove_file(file.path())?;
                return Ok((file.file_name().to_string_lossy().into_owned(), bytes));
            }
            sleep(Duration::from_millis(20)).await;
        }
        Err("nothing was downloaded".into())
    }

    /// A picture of the window, as PNG.
    pub async fn picture(&self) -> Outcome<Vec<u8>> {
        Ok(self.browser.driver().screenshot_as_png().await?)
    }
}

/// Fails with these words unless it holds.
pub fn check(holds: bool, what: impl Display) -> Outcome {
    if holds {
        Ok(())
    } else {
        Err(what.to_string().into())
    }
}
