//! Chromium, through ChromeDriver.

use crate::Outcome;
use serde_json::{Value, json};
use std::env;
use std::process::Stdio;
use std::time::Duration;
use thirtyfour::WebDriver;
use thirtyfour::common::capabilities::desiredcapabilities::Capabilities;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

/// No request of the browser's own, and the same picture everywhere.
const FLAGS: [&str; 14] = [
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
];

/// A ChromeDriver and one session in it.
pub struct Browser {
    driver: WebDriver,
    process: Child,
}

impl Browser {
    /// Starts both.
    pub async fn start() -> Outcome<Self> {
        let program = env::var_os("CHROMEDRIVER").unwrap_or_else(|| "chromedriver".into());
        let mut process = Command::new(&program)
            .arg("--port=0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| {
                format!(
                    "{} could not be started: {error}. `cargo xtask test` sees to it.",
                    program.display()
                )
            })?;
        let port = timeout(Duration::from_secs(30), port(&mut process))
            .await
            .map_err(|_| "ChromeDriver does not say its port")??;
        let driver = WebDriver::builder(format!("http://127.0.0.1:{port}"), capabilities()?)
            .request_timeout(Duration::from_mins(5))
            .connect()
            .await?;
        driver.set_script_timeout(Duration::from_mins(2)).await?;
        Ok(Browser { driver, process })
    }

    /// The session.
    pub fn driver(&self) -> &WebDriver {
        &self.driver
    }

    /// A command of the DevTools protocol.
    pub async fn cdp(&self, method: &str, parameters: Value) -> Outcome<Value> {
        Ok(self.driver.cdp().send_raw(method, parameters).await?)
    }

    /// Ends both.
    pub async fn stop(mut self) -> Outcome {
        self.driver.clone().quit().await?;
        self.process.kill().await?;
        Ok(())
    }
}

fn capabilities() -> Outcome<Capabilities> {
    let wanted = json!({
        "browserName": "chrome",
        "goog:chromeOptions": { "args": FLAGS },
        "goog:loggingPrefs": { "browser": "ALL" },
    });
    Ok(serde_json::from_value(wanted)?)
}

/// What ChromeDriver says: "ChromeDriver was started successfully on port 41231."
async fn port(process: &mut Child) -> Outcome<u16> {
    let output = process.stdout.take().ok_or("ChromeDriver has no output")?;
    let mut lines = BufReader::new(output).lines();
    while let Some(line) = lines.next_line().await? {
        if let Some(port) = line
            .split("on port ")
            .nth(1)
            .filter(|_| line.contains("success"))
        {
            let port = port.trim_end_matches('.').trim().parse()?;
            // Read on, or it would block when the pipe is full.
            tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
            return Ok(port);
        }
    }
    Err("ChromeDriver ended at once".into())
}
