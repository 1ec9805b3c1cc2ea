//! The browser that tests run in: Chromium, driven by ChromeDriver.

use crate::run::{Outcome, find, output, program, run};
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

const CHROMIUMS: [&str; 4] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
];

/// Where ChromeDriver is; installs it and Chromium on Debian.
pub(crate) fn ensure() -> Outcome<PathBuf> {
    if let Some(driver) = driver() {
        return Ok(driver);
    }
    if !is_debian() || !is_root() {
        return Err(format!(
            "Chromium and ChromeDriver are missing. {}",
            by_hand()
        ));
    }
    println!("Installing Chromium and ChromeDriver with apt-get (about 1 minute, once)…");
    let with_hint = |error| format!("{error}\n{}", by_hand());
    run(
        program("apt-get").args(["update", "-qq"]),
        "`apt-get update`",
    )
    .map_err(with_hint)?;
    let mut install = program("apt-get");
    install
        .env("DEBIAN_FRONTEND", "noninteractive")
        .args(["install", "-y", "-qq", "--no-install-recommends"])
        // Without any font, text has no size.
        .args(["chromium", "chromium-driver", "fonts-liberation"]);
    run(&mut install, "`apt-get install chromium`").map_err(with_hint)?;
    driver().ok_or_else(|| format!("apt-get ran, but there is no chromedriver. {}", by_hand()))
}

/// ChromeDriver, if there is a browser for it too.
fn driver() -> Option<PathBuf> {
    let driver = match env::var_os("CHROMEDRIVER") {
        Some(path) => Some(PathBuf::from(path)),
        None => find("chromedriver"),
    };
    // On these, ChromeDriver knows where the installer has put the browser.
    let browser = cfg!(any(windows, target_os = "macos"))
        || CHROMIUMS.iter().any(|name| find(name).is_some());
    driver.filter(|path| browser && path.is_file())
}

fn by_hand() -> &'static str {
    if Path::new("/etc/debian_version").exists() {
        "As root: `apt-get install chromium chromium-driver` (Ubuntu: Google's Chrome, and the \
         ChromeDriver of the same version on the PATH). Then run this again."
    } else {
        "Install Chrome or Chromium, and the ChromeDriver of the same version, which must be on \
         the PATH or named by the variable CHROMEDRIVER. Then run this again."
    }
}

/// Debian itself: elsewhere its packages are called differently, or only point to a snap.
fn is_debian() -> bool {
    let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
    release.lines().any(|line| line == "ID=debian")
}

fn is_root() -> bool {
    output(program("id").arg("-u")).as_deref() == Some("0")
}
