//! A browser: its driver, one session in it, and what WebDriver has no command for.

use crate::Outcome;
use crate::engine::Engine;
use serde_json::{Value, json};
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use thirtyfour::common::capabilities::desiredcapabilities::Capabilities;
use thirtyfour::common::command::{Command as Wire, FormatRequestData};
use thirtyfour::{RequestData, SessionId, WebDriver};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep, timeout};

/// A driver and one session in it.
pub struct Browser {
    /// Its engine.
    pub engine: Engine,
    driver: WebDriver,
    process: Child,
    display: Option<Child>,
}

impl Browser {
    /// Starts both. Downloads go into this folder, which can also hold the browser's settings.
    pub async fn start(engine: Engine, downloads: &Path) -> Outcome<Self> {
        let program = engine.driver();
        let port = free_port()?;
        let mut command = Command::new(&program);
        command
            .arg(format!("--port={port}"))
            .args(engine.driver_flags())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true);
        let mut display = None;
        if engine == Engine::WebKit {
            let (process, name) = start_display().await?;
            display = Some(process);
            command
                .env("DISPLAY", name)
                .env_remove("WAYLAND_DISPLAY")
                // No bus of a desktop, which there is none of.
                .env("NO_AT_BRIDGE", "1")
                .env("XDG_CONFIG_HOME", settings(downloads)?);
        }
        let mut process = command.spawn().map_err(|error| {
            format!(
                "{} could not be started: {error}. `cargo xtask test` sees to it.",
                program.display()
            )
        })?;
        answers(&mut process, port).await?;
        let capabilities: Capabilities = serde_json::from_value(engine.capabilities(downloads))?;
        let driver = WebDriver::builder(format!("http://127.0.0.1:{port}"), capabilities)
            .request_timeout(Duration::from_mins(5))
            .connect()
            .await?;
        driver.set_script_timeout(Duration::from_mins(2)).await?;
        Ok(Browser {
            engine,
            driver,
            process,
            display,
        })
    }

    /// The session.
    pub fn driver(&self) -> &WebDriver {
        &self.driver
    }

    /// A command of the DevTools protocol: in Chromium only.
    pub async fn cdp(&self, method: &str, parameters: Value) -> Outcome<Value> {
        if self.engine != Engine::Chromium {
            return Err(format!("{} has no {method}", self.engine.name()).into());
        }
        Ok(self.driver.cdp().send_raw(method, parameters).await?)
    }

    /// Makes the page this large, in CSS pixels.
    pub async fn viewport(&self, width: u32, height: u32) -> Outcome {
        match self.engine {
            Engine::Chromium => {
                let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
                self.cdp("Emulation.setDeviceMetricsOverride", size).await?;
            }
            Engine::Firefox => {
                // As wide as no window need be.
                self.of_firefox(
                    "const { style } = gBrowser.selectedBrowser;
                     const [width, height] = arguments;
                     for (const it of ['width', 'min-width', 'max-width']) style.setProperty(it, `${width}px`, 'important');
                     for (const it of ['height', 'min-height', 'max-height']) style.setProperty(it, `${height}px`, 'important');",
                    json!([width, height]),
                )
                .await?;
            }
            Engine::WebKit => {
                let beside = self
                    .driver
                    .execute("return outerHeight - innerHeight", Vec::new())
                    .await?;
                let beside: u32 = beside.convert()?;
                self.driver
                    .set_window_rect(0, 0, width, height + beside)
                    .await?;
            }
        }
        self.wait_for_size(width, height).await
    }

    async fn wait_for_size(&self, width: u32, height: u32) -> Outcome {
        let is_there = "const [width, height, done] = arguments, start = performance.now();
            const look = () => innerWidth === width && innerHeight === height || performance.now() - start > 3000
              ? done([innerWidth, innerHeight]) : setTimeout(look, 5);
            look();";
        let size = self
            .driver
            .execute_async(is_there, vec![json!(width), json!(height)])
            .await?;
        // WebKit's window is never narrower than its own buttons.
        let wanted = json!([width, height]);
        let narrow = self.engine == Engine::WebKit && width < 480;
        if *size.json() == wanted || narrow {
            return Ok(());
        }
        Err(format!("the page is {} and not {wanted}", size.json()).into())
    }

    /// Sets what the system prefers: `light` or `dark`.
    pub async fn scheme(&self, scheme: &str) -> Outcome {
        match self.engine {
            Engine::Chromium => {
                let features = json!({ "features": [
                    { "name": "prefers-color-scheme", "value": scheme },
                    { "name": "prefers-reduced-motion", "value": "reduce" },
                ] });
                self.cdp("Emulation.setEmulatedMedia", features).await?;
            }
            Engine::Firefox => {
                self.of_firefox(
                    "Services.prefs.setIntPref('layout.css.prefers-color-scheme.content-override', arguments[0] === 'dark' ? 0 : 1)",
                    json!([scheme]),
                )
                .await?;
            }
            Engine::WebKit if scheme == "light" => {}
            Engine::WebKit => {
                return Err("WebKit follows the desktop, which there is none of".into());
            }
        }
        Ok(())
    }

    /// Lets downloads into this folder.
    pub async fn allow_downloads(&self, downloads: &Path) -> Outcome {
        if self.engine == Engine::Chromium {
            let rule = json!({ "behavior": "allow", "downloadPath": downloads });
            self.cdp("Browser.setDownloadBehavior", rule).await?;
        }
        Ok(())
    }

    /// Runs a script in Firefox itself, where it may do what the browser may.
    async fn of_firefox(&self, script: &str, arguments: Value) -> Outcome {
        let handle = self.driver.handle();
        handle.cmd(Context("chrome")).await?;
        let arguments = arguments.as_array().cloned().unwrap_or_default();
        let outcome = self.driver.execute(script.to_owned(), arguments).await;
        handle.cmd(Context("content")).await?;
        outcome?;
        Ok(())
    }

    /// Ends both.
    pub async fn stop(mut self) -> Outcome {
        self.driver.clone().quit().await?;
        self.process.kill().await?;
        if let Some(display) = &mut self.display {
            display.kill().await?;
        }
        Ok(())
    }
}

/// Where scripts run from now on: in the page, or in Firefox itself.
#[derive(Debug)]
struct Context(&'static str);

impl FormatRequestData for Context {
    fn format_request(&self, session: &SessionId) -> RequestData {
        RequestData {
            uri: format!("session/{session}/moz/context").into(),
            body: Some(json!({ "context": self.0 })),
            // A POST, as this is.
            ..Wire::Back.format_request(session)
        }
    }
}

/// A port that is free now.
fn free_port() -> Outcome<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?
        .local_addr()?
        .port())
}

/// Waits until the driver listens.
async fn answers(process: &mut Child, port: u16) -> Outcome {
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(30) {
        if TcpStream::connect((Ipv4Addr::LOCALHOST, port))
            .await
            .is_ok()
        {
            return Ok(());
        }
        if let Some(status) = process.try_wait()? {
            return Err(format!("the driver ended at once, with {status}").into());
        }
        sleep(Duration::from_millis(20)).await;
    }
    Err("the driver does not answer".into())
}

/// A display that nobody sees, as large as the largest page, and its name.
async fn start_display() -> Outcome<(Child, String)> {
    let mut process = Command::new("Xvfb")
        .args([
            "-displayfd",
            "1",
            "-screen",
            "0",
            "4096x2400x24",
            "-nolisten",
            "tcp",
        ])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| format!("Xvfb could not be started: {error}"))?;
    let output = process.stdout.take().ok_or("Xvfb has no output")?;
    let mut lines = BufReader::new(output).lines();
    let number = timeout(Duration::from_secs(30), lines.next_line())
        .await
        .map_err(|_| "Xvfb does not say its display")??
        .ok_or("Xvfb ended at once")?;
    Ok((process, format!(":{}", number.trim())))
}

/// A folder of settings of a desktop: where downloads go, and that nothing moves.
fn settings(downloads: &Path) -> Outcome<std::path::PathBuf> {
    let folder = downloads.with_extension("settings");
    std::fs::create_dir_all(folder.join("gtk-3.0"))?;
    std::fs::write(
        folder.join("user-dirs.dirs"),
        format!("XDG_DOWNLOAD_DIR=\"{}\"\n", downloads.display()),
    )?;
    std::fs::write(
        folder.join("gtk-3.0/settings.ini"),
        "[Settings]\ngtk-enable-animations=0\n",
    )?;
    Ok(folder)
}
