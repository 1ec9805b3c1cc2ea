//! A web server on loopback, with two ports: two origins for a browser. It serves `dist/`, and any
//! address can be given another answer: with headers, slow, broken, or none at all.

use crate::{Outcome, root};
use std::collections::HashMap;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// The policy that a careful host sets; the README asks for no more than this.
pub const STRICT: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; \
                          style-src 'self'; img-src 'self' data:";

/// The helpers' scripts have it, and every policy allows it: nothing else in a page knows it.
pub const NONCE: &str = "e2e";

/// In every page, before its own scripts.
pub(crate) const HELPERS: &str = include_str!("helpers.js");

/// Which of the two ports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The host's own: it says nothing about other origins.
    Host,
    /// The other one, as a CDN: files of `dist/` may be read from everywhere.
    Cdn,
}

/// A request that came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Where to.
    pub origin: Origin,
    /// Its method.
    pub method: String,
    /// Path and query.
    pub target: String,
    /// Whether the browser hung up before it had everything.
    pub aborted: bool,
}

/// How the body of an answer is sent.
#[derive(Clone, Copy, Debug)]
enum Pace {
    AtOnce,
    /// So many bytes at a time, with a pause after each.
    Slow(usize, Duration),
    /// So many bytes, then the connection breaks.
    Break(usize),
    /// Nothing, ever.
    Hang,
}

/// What the server says at one address.
#[derive(Clone, Debug)]
pub struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: Arc<Vec<u8>>,
    pace: Pace,
}

impl Answer {
    /// These bytes, as JSON.
    pub fn json(body: impl Into<Vec<u8>>) -> Self {
        Answer::of("application/json", body)
    }

    /// A page.
    pub fn html(body: impl Into<Vec<u8>>) -> Self {
        Answer::of("text/html; charset=utf-8", body)
    }

    /// These bytes as this type.
    pub fn of(mime: &str, body: impl Into<Vec<u8>>) -> Self {
        let answer = Answer {
            status: 200,
            headers: Vec::new(),
            body: Arc::new(body.into()),
            pace: Pace::AtOnce,
        };
        answer.header("content-type", mime)
    }

    /// A refusal.
    pub fn status(status: u16) -> Self {
        Answer {
            status,
            ..Answer::of("text/plain", "no")
        }
    }

    /// With a header, in place of one of the same name.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|it| it.0 != name);
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Readable from every origin.
    #[must_use]
    pub fn cors(self) -> Self {
        self.header("access-control-allow-origin", "*")
    }

    /// Sent so many bytes at a time, with a pause after each.
    #[must_use]
    pub fn slow(self, bytes: usize, pause: Duration) -> Self {
        Answer {
            pace: Pace::Slow(bytes, pause),
            ..self
        }
    }

    /// Broken off after so many bytes; of 0, not even a head is sent.
    #[must_use]
    pub fn broken_after(self, bytes: usize) -> Self {
        Answer {
            pace: Pace::Break(bytes),
            ..self
        }
    }

    /// Never comes.
    #[must_use]
    pub fn hanging(self) -> Self {
        Answer {
            pace: Pace::Hang,
            ..self
        }
    }
}

#[derive(Default)]
struct Shared {
    answers: Mutex<HashMap<String, Answer>>,
    requests: Mutex<Vec<Request>>,
    dist: PathBuf,
}

/// The server. It runs until the process ends.
pub struct Site {
    shared: Arc<Shared>,
    ports: [u16; 2],
}

impl Site {
    /// Starts it on two free ports.
    pub fn start() -> Outcome<Self> {
        let dist =
            std::env::var_os("TRACE_TAB_DIST").map_or_else(|| root().join("dist"), PathBuf::from);
        if !dist.join("integrity.json").is_file() {
            return Err(
                "There is no build to test. `cargo xtask test` makes one, `cargo xtask dist` too."
                    .into(),
            );
        }
        let shared = Arc::new(Shared {
            dist,
            ..Shared::default()
        });
        let host = listen(&shared, Origin::Host)?;
        let cdn = listen(&shared, Origin::Cdn)?;
        Ok(Site {
            shared,
            ports: [host, cdn],
        })
    }

    /// The address of a path.
    pub fn url(&self, origin: Origin, target: &str) -> String {
        let [host, cdn] = self.ports;
        let port = if origin == Origin::Host { host } else { cdn };
        format!("http://127.0.0.1:{port}{target}")
    }

    /// From now on answers this at a path, on both ports.
    pub fn set(&self, path: &str, answer: Answer) {
        lock(&self.shared.answers).insert(path.to_owned(), answer);
    }

    /// Serves a published file changed.
    pub fn edit(&self, name: &str, change: impl FnOnce(Vec<u8>) -> Vec<u8>) -> Outcome {
        let changed = change(self.published(name)?);
        self.set(&format!("/{name}"), Answer::of(mime(name), changed));
        Ok(())
    }

    /// A published file.
    pub fn published(&self, name: &str) -> Outcome<Vec<u8>> {
        Ok(fs::read(self.shared.dist.join(name))?)
    }

    /// Forgets what was set and what was asked.
    pub fn reset(&self) {
        lock(&self.shared.answers).clear();
        lock(&self.shared.requests).clear();
    }

    /// What was asked since the last reset.
    pub fn requests(&self) -> Vec<Request> {
        lock(&self.shared.requests).clone()
    }

    /// How often a path was asked for.
    pub fn count(&self, target: &str) -> usize {
        self.requests()
            .iter()
            .filter(|it| it.target == target && it.method == "GET")
            .count()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Starts to listen; returns the port.
fn listen(shared: &Arc<Shared>, origin: Origin) -> Outcome<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let port = listener.local_addr()?.port();
    let shared = shared.clone();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let shared = shared.clone();
            // A browser that hangs up is no error of the server.
            thread::spawn(move || serve(&shared, origin, stream).ok());
        }
    });
    Ok(port)
}

fn serve(shared: &Shared, origin: Origin, mut stream: TcpStream) -> std::io::Result<()> {
    let mut head = BufReader::new(stream.try_clone()?).lines();
    let first = head.next().transpose()?.unwrap_or_default();
    // Chromium opens connections ahead and says nothing on them.
    let Some((method, target)) = first.split_once(' ') else {
        return Ok(());
    };
    let target = target.split(' ').next().unwrap_or_default().to_owned();
    let mut is_page = false;
    for line in head {
        let line = line?.to_ascii_lowercase();
        is_page |= line == "sec-fetch-dest: document" || line == "sec-fetch-dest: iframe";
        if line.is_empty() {
            break;
        }
    }
    let place = {
        let mut requests = lock(&shared.requests);
        requests.push(Request {
            origin,
            method: method.to_owned(),
            target: target.clone(),
            aborted: false,
        });
        requests.len() - 1
    };
    let path = target.split(['?', '#']).next().unwrap_or_default();
    let set = lock(&shared.answers).get(path).cloned();
    let answer = set.unwrap_or_else(|| file(&shared.dist, origin, path));
    let answer = if is_page {
        with_helpers(answer)
    } else {
        answer
    };
    let outcome = send(&mut stream, &answer, method == "HEAD");
    if outcome.is_err()
        && let Some(request) = lock(&shared.requests)
            .get_mut(place)
            .filter(|it| it.target == target)
    {
        request.aborted = true;
    }
    outcome
}

/// A page with the helpers of the tests at its start, and a policy that lets them run.
fn with_helpers(mut answer: Answer) -> Answer {
    let page = String::from_utf8_lossy(&answer.body);
    let Some(page) = page.strip_prefix("<!doctype html>") else {
        return answer;
    };
    let page = format!(
        "<!doctype html><script nonce={NONCE}>if (!window.e2e) {{{HELPERS}}}</script>{page}"
    );
    answer.body = Arc::new(page.into_bytes());
    for (name, value) in &mut answer.headers {
        if name == "content-security-policy" {
            *value = value.replace("script-src ", &format!("script-src 'nonce-{NONCE}' "));
        }
    }
    answer
}

fn send(stream: &mut TcpStream, answer: &Answer, head_only: bool) -> std::io::Result<()> {
    if let Pace::Hang = answer.pace {
        // Until the browser hangs up.
        stream.read_exact(&mut [0])?;
        return Ok(());
    }
    if let Pace::Break(0) = answer.pace {
        return Ok(());
    }
    let status = match answer.status {
        200 => "200 OK".to_owned(),
        404 => "404 Not Found".to_owned(),
        other => format!("{other} No"),
    };
    let length = answer.body.len();
    write!(stream, "HTTP/1.1 {status}\r\ncontent-length: {length}\r\n")?;
    write!(stream, "cache-control: no-store\r\nconnection: close\r\n")?;
    for (name, value) in &answer.headers {
        write!(stream, "{name}: {value}\r\n")?;
    }
    write!(stream, "\r\n")?;
    if head_only {
        return Ok(());
    }
    match answer.pace {
        Pace::Slow(bytes, pause) => {
            for piece in answer.body.chunks(bytes.max(1)) {
                stream.write_all(piece)?;
                thread::sleep(pause);
            }
        }
        Pace::Break(bytes) => stream.write_all(answer.body.get(..bytes).unwrap_or(&answer.body))?,
        _ => stream.write_all(&answer.body)?,
    }
    Ok(())
}

/// A file of `dist/`, which stands in the folder `/deep/down/` too; or one of the apps.
fn file(dist: &Path, origin: Origin, path: &str) -> Answer {
    let apps = root().join("target");
    let (folder, name) = match path.trim_start_matches("/deep/down") {
        name if name.starts_with("/apps/") => (apps.as_path(), name),
        name => (dist, name),
    };
    let name = name.trim_start_matches('/');
    let name = if name.is_empty() { "index.html" } else { name };
    let plain = !name.contains("..");
    let answer = match fs::read(folder.join(name)).ok().filter(|_| plain) {
        Some(body) => Answer::of(mime(name), body),
        None => Answer::status(404),
    };
    match origin {
        Origin::Cdn => answer.cors(),
        Origin::Host if mime(name).starts_with("text/html") => {
            answer.header("content-security-policy", STRICT)
        }
        Origin::Host => answer,
    }
}

fn mime(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript",
        Some("css") => "text/css",
        Some("json") => "application/json",
        Some("wasm") => "application/wasm",
        _ => "application/octet-stream",
    }
}
