//! Running other programs.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What a chore ends with. An error is a sentence that says what failed and what to do next.
pub(crate) type Outcome<T = ()> = Result<T, String>;

/// The folder of the workspace.
pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}

/// Where tools are installed: apart from `CARGO_TARGET_DIR`, so that every target folder shares them.
pub(crate) fn tools_dir() -> PathBuf {
    root().join("target").join("tools")
}

/// A program, run in the workspace's folder, with the installed tools first on its PATH.
pub(crate) fn program(name: &str) -> Command {
    let tools = tools_dir();
    let mut folders = vec![tools.join("bin"), tools.join("node_modules").join(".bin")];
    let path = env::var_os("PATH").unwrap_or_default();
    folders.extend(env::split_paths(&path));
    let mut command = Command::new(name);
    command.current_dir(root());
    // A folder whose name cannot stand in a PATH leaves it as it was.
    command.env("PATH", env::join_paths(folders).unwrap_or(path));
    command
}

/// Cargo, the one that runs this.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    let cargo = env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let mut command = program(&cargo);
    command.args(arguments);
    if is_ci() {
        command.env("CARGO_INCREMENTAL", "0"); // nothing is built twice there
    }
    command
}

/// Whether nobody watches: no browser is opened, nothing is kept for a next time.
pub(crate) fn is_ci() -> bool {
    env::var_os("CI").is_some_and(|value| !value.is_empty() && value != "false")
}

/// Runs to the end with this terminal as its own. `what` starts the sentence if it fails.
pub(crate) fn run(command: &mut Command, what: &str) -> Outcome {
    let status = command
        .status()
        .map_err(|error| not_started(command, &error))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!(
            "{what} failed ({status}); its own words are above."
        ))
    }
}

/// Runs to the end and returns what it printed; `None` if it is not there or fails.
pub(crate) fn output(command: &mut Command) -> Option<String> {
    let output = command
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Where the PATH has a program.
pub(crate) fn find(name: &str) -> Option<PathBuf> {
    let file: OsString = format!("{name}{}", env::consts::EXE_SUFFIX).into();
    env::split_paths(&env::var_os("PATH")?)
        .map(|folder| folder.join(&file))
        .find(|path| path.is_file())
}

/// Why a program did not even start.
pub(crate) fn not_started(command: &Command, error: &std::io::Error) -> String {
    let name = command.get_program().to_string_lossy();
    format!("`{name}` could not be started: {error}. Is it installed and on the PATH?")
}
