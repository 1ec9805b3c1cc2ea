//! The browsers that tests run in, and their drivers.

use crate::run::{Outcome, find, output, program, run, tools_dir};
use crate::tools;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

/// A browser engine, and what a test in it needs.
#[derive(Debug)]
pub(crate) struct Engine {
    /// Its name, for `--engines` and for the tests.
    pub(crate) name: &'static str,
    /// The driver's program.
    driver: &'static str,
    /// The variable that says where the driver is.
    variable: &'static str,
    /// Programs, one of which must be there beside the driver.
    browsers: &'static [&'static str],
    /// Debian's packages of them, as far as it has them.
    packages: &'static [&'static str],
    /// Whether the driver is none of them but comes from crates.io.
    driver_is_a_crate: bool,
    /// What to do where there is no Debian.
    elsewhere: &'static str,
}

/// All of them; the first is the one that everything else runs in.
pub(crate) const ENGINES: [Engine; 3] = [
    Engine {
        name: "chromium",
        driver: "chromedriver",
        variable: "CHROMEDRIVER",
        browsers: &[
            "chromium",
            "chromium-browser",
            "google-chrome",
            "google-chrome-stable",
        ],
        // Without any font, text has no size.
        packages: &["chromium", "chromium-driver", "fonts-liberation"],
        driver_is_a_crate: false,
        elsewhere: "Install Chrome or Chromium, and the ChromeDriver of the same version, which must be on the PATH \
                    or named by the variable CHROMEDRIVER.",
    },
    Engine {
        name: "firefox",
        driver: "geckodriver",
        variable: "GECKODRIVER",
        browsers: &["firefox", "firefox-esr"],
        packages: &["firefox-esr", "fonts-liberation"],
        driver_is_a_crate: true,
        elsewhere: "Install Firefox, and geckodriver, which must be on the PATH or named by the variable GECKODRIVER.",
    },
    Engine {
        name: "webkit",
        driver: "WebKitWebDriver",
        variable: "WEBKITDRIVER",
        // Its small browser is where only its driver finds it; the display is one that nobody sees.
        browsers: &["Xvfb"],
        packages: &["webkit2gtk-driver", "xvfb", "fonts-liberation"],
        driver_is_a_crate: false,
        elsewhere: "Install WebKitGTK with its WebKitWebDriver (on the PATH, or named by the variable WEBKITDRIVER) \
                    and Xvfb. They are for Linux only.",
    },
];

impl Engine {
    /// The engine of this name.
    pub(crate) fn named(name: &str) -> Outcome<&'static Self> {
        ENGINES.iter().find(|it| it.name == name).ok_or_else(|| {
            let names = ENGINES.each_ref().map(|it| it.name).join(", ");
            format!("There is no engine `{name}`, but {names}.")
        })
    }

    /// Whether no other system has it, or at least none that a driver can start it on.
    pub(crate) fn is_for_linux_only(&self) -> bool {
        self.name == "webkit"
    }

    /// Installs the browser and its driver if they are missing; returns the variables that tell a test of them.
    pub(crate) fn ensure(&self) -> Outcome<[(&'static str, PathBuf); 2]> {
        if !self.has_browser() || (self.driver().is_none() && !self.driver_is_a_crate) {
            self.install()?;
        }
        if self.driver().is_none() {
            tools::ensure_geckodriver()?;
        }
        let driver = self
            .driver()
            .ok_or_else(|| format!("There still is no {}. {}", self.driver, self.by_hand()))?;
        Ok([
            (self.variable, driver),
            ("TRACE_TAB_ENGINE", self.name.into()),
        ])
    }

    fn driver(&self) -> Option<PathBuf> {
        match env::var_os(self.variable) {
            Some(path) => Some(PathBuf::from(path)),
            None => find(self.driver).or_else(|| Some(tools_dir().join("bin").join(self.driver))),
        }
        .filter(|it| it.is_file())
    }

    fn has_browser(&self) -> bool {
        // On these, the driver knows where the installer has put the browser.
        cfg!(any(windows, target_os = "macos"))
            || self.browsers.iter().any(|name| find(name).is_some())
    }

    /// With Debian's packages.
    fn install(&self) -> Outcome {
        let Engine { name, packages, .. } = self;
        if !is_debian() || !is_root() {
            return Err(format!(
                "What tests in {name} need is missing. {}",
                self.by_hand()
            ));
        }
        println!(
            "Installing {} with apt-get (about 1 minute, once)…",
            packages.join(", ")
        );
        let with_hint = |error| format!("{error}\n{}", self.by_hand());
        run(
            program("apt-get").args(["update", "-qq"]),
            "`apt-get update`",
        )
        .map_err(with_hint)?;
        let mut install = program("apt-get");
        install
            .env("DEBIAN_FRONTEND", "noninteractive")
            .args(["install", "-y", "-qq", "--no-install-recommends"])
            .args(*packages);
        run(&mut install, "`apt-get install`").map_err(with_hint)
    }

    fn by_hand(&self) -> String {
        let how = if Path::new("/etc/debian_version").exists() {
            format!(
                "As root: `apt-get install {}` (Ubuntu has other packages: where there is only a snap, take the \
                 maker's own).",
                self.packages.join(" ")
            )
        } else {
            self.elsewhere.to_owned()
        };
        format!(
            "{how} Then run this again; or test in the engines that are there, as with `cargo xtask test --engines \
             chromium`."
        )
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
