//! What a scenario works with: a page in the browser, and the server behind it.

use crate::Outcome;
use crate::browser::Browser;
use crate::engine::Engine;
use crate::server::{Answer, HELPERS, NONCE, Origin, STRICT, Site};
use serde_json::{Value, json};
use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use thirtyfour::{Key, TypingData, WebElement};
use tokio::time::{Instant, sleep};

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
    /// What the consoles of pages said that were left since.
    told: Mutex<Vec<String>>,
}

impl Page {
    /// Starts the server and the browser.
    pub async fn start(engine: Engine) -> Outcome<Self> {
        let site = Site::start()?;
        let downloads = std::env::temp_dir().join(format!("trace-tab-e2e-{}", std::process::id()));
        std::fs::create_dir_all(&downloads)?;
        let page = Page {
            site,
            browser: Browser::start(engine, &downloads).await?,
            downloads,
            told: Mutex::default(),
        };
        if engine == Engine::Chromium {
            // Also into pages that are not our own, or have a policy of their own.
            let script = format!("if (!window.e2e) {{{HELPERS}}}");
            page.cdp(
                "Page.addScriptToEvaluateOnNewDocument",
                json!({ "source": script }),
            )
            .await?;
        }
        page.reset().await?;
        Ok(page)
    }

    /// The engine of the browser.
    pub fn engine(&self) -> Engine {
        self.browser.engine
    }

    /// Ends the browser.
    pub async fn stop(self) -> Outcome {
        std::fs::remove_dir_all(&self.downloads)?;
        // Only WebKit has a folder of settings.
        let _ = std::fs::remove_dir_all(self.downloads.with_extension("settings"));
        self.browser.stop().await
    }

    /// As if nothing had been done before.
    pub async fn reset(&self) -> Outcome {
        self.console().await?;
        self.browser.driver().goto("about:blank").await?;
        self.site.reset();
        self.viewport(1360, 830).await?;
        self.scheme("light").await?;
        self.browser.allow_downloads(&self.downloads).await?;
        for file in std::fs::read_dir(&self.downloads)? {
            std::fs::remove_file(file?.path())?;
        }
        self.console().await.map(drop)
    }

    /// A command of the DevTools protocol, which only Chromium has.
    pub async fn cdp(&self, method: &str, parameters: Value) -> Outcome<Value> {
        self.browser.cdp(method, parameters).await
    }

    /// The size of the page, in CSS pixels.
    pub async fn viewport(&self, width: u32, height: u32) -> Outcome {
        self.browser.viewport(width, height).await
    }

    /// What the system prefers: `light` or `dark`.
    pub async fn scheme(&self, scheme: &str) -> Outcome {
        self.browser.scheme(scheme).await
    }

    /// Opens an address of the host's.
    pub async fn open(&self, target: &str) -> Outcome {
        let told = self.console().await?;
        self.told().extend(told);
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
        let job = format!("e2e.job = async (arg) => {{ {NAMES} {script} }};");
        self.add_script(&job).await?;
        let run = "const [arg, done] = arguments; e2e.run(arg).then(done);";
        let answer = self
            .browser
            .driver()
            .execute_async(run, vec![json!(arg.to_string())])
            .await?;
        let answer: Value = serde_json::from_str(&answer.convert::<String>()?)?;
        match answer.get("value") {
            Some(value) => Ok(value.clone()),
            None => Err(format!(
                "the script failed: {}",
                answer.get("error").unwrap_or(&answer)
            )
            .into()),
        }
    }

    /// Runs a script as one of the page's own: those of a driver have classes of their own in Firefox, and cannot
    /// import in WebKit.
    pub async fn add_script(&self, script: &str) -> Outcome {
        if self.engine() == Engine::Chromium {
            self.browser.driver().execute(script, vec![]).await?;
            return Ok(());
        }
        let add = "const it = document.createElement('script');
            [it.nonce, it.textContent] = arguments;
            document.documentElement.append(it);
            it.remove();";
        let arguments = vec![json!(NONCE), json!(script)];
        self.browser.driver().execute(add, arguments).await?;
        Ok(())
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
        // A search from a shadow root is a command of its own, which thirtyfour does not have.
        let find =
            "return document.querySelector('trace-tab').shadowRoot.querySelector(arguments[0])";
        let found = self
            .browser
            .driver()
            .execute(find, vec![json!(selector)])
            .await?;
        found
            .element()
            .map_err(|error| format!("{selector}: {error}").into())
    }

    /// Clicks on something inside the first element, with the mouse.
    pub async fn click(&self, selector: &str) -> Outcome {
        let found = self.find(selector).await?;
        let clicked = found.click().await;
        clicked.map_err(|error| format!("{selector}: {error}").into())
    }

    /// The text of something inside the first element, as far as it is visible.
    pub async fn text(&self, selector: &str) -> Outcome<String> {
        // As drivers tell it, WebKit's does not see into slots.
        let text = "return document.querySelector('trace-tab').shadowRoot.querySelector(arguments[0]).innerText";
        let driver = self.browser.driver();
        Ok(driver
            .execute(text, vec![json!(selector)])
            .await?
            .convert()?)
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

    /// Drops a file from the disk on the middle of the page, as a user does; without DevTools, as its event.
    pub async fn drop_file(&self, file: &Path) -> Outcome {
        for kind in ["dragEnter", "dragOver", "drop"] {
            self.drag_file(kind, file).await?;
        }
        Ok(())
    }

    /// A part of dropping a file: `dragEnter`, `dragOver` or `drop`.
    pub async fn drag_file(&self, kind: &str, file: &Path) -> Outcome {
        if self.engine() == Engine::Chromium {
            let data =
                json!({ "items": [], "files": [file.canonicalize()?], "dragOperationsMask": 1 });
            let event = json!({ "type": kind, "x": 300, "y": 300, "data": data });
            return self.cdp("Input.dispatchDragEvent", event).await.map(drop);
        }
        let bytes = Answer::of("application/octet-stream", std::fs::read(file)?);
        self.site.set("/dragged", bytes);
        let name = file.file_name().map(|it| it.to_string_lossy().into_owned());
        self.run_with(
            "const dataTransfer = new DataTransfer();
             dataTransfer.items.add(new File([await (await fetch('/dragged')).arrayBuffer()], arg.name));
             const at = { clientX: 300, clientY: 300, bubbles: true, composed: true, cancelable: true };
             document.elementFromPoint(300, 300).dispatchEvent(new DragEvent(arg.kind, { ...at, dataTransfer }))",
            json!({ "kind": kind.to_lowercase(), "name": name }),
        )
        .await
        .map(drop)
    }

    /// What the console has got since this was last asked: in Chromium all of it; elsewhere the errors and warnings
    /// of scripts, but not those of the browser itself.
    pub async fn console(&self) -> Outcome<Vec<String>> {
        let driver = self.browser.driver();
        if self.engine() == Engine::Chromium {
            let log = driver.browser_log().await?;
            return Ok(log.into_iter().map(|it| it.message).collect());
        }
        let mut told = std::mem::take(&mut *self.told());
        let now = "return JSON.stringify(window.e2e?.told.splice(0) ?? [])";
        let now: String = driver.execute(now, Vec::new()).await?.convert()?;
        told.extend(serde_json::from_str::<Vec<String>>(&now)?);
        Ok(told)
    }

    fn told(&self) -> std::sync::MutexGuard<'_, Vec<String>> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes what the console has got, which must be these lines, in any order. They are Chromium's words; elsewhere
    /// the console must have nothing else.
    pub async fn expect_console(&self, parts: &[&str]) -> Outcome {
        let lines = self.console().await?;
        let all_known = lines
            .iter()
            .all(|line| parts.iter().any(|part| line.contains(part)));
        let all_there = self.engine() != Engine::Chromium
            || parts
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
                && file.path().extension().is_none_or(|it| {
                    !["crdownload", "part", "wkdownload"]
                        .iter()
                        .any(|part| it == *part)
                })
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
