//! **Trace Tab** shows what an AI agent did: every turn split into rounds, every LLM call and tool
//! call with what went in, what came out, what it cost and how long it took. It is one custom
//! element, `<trace-tab>`, that runs wholly in the page.
//!
//! This page is the architecture document.
//!
//! # Bird's-eye view
//!
//! ```text
//!             pure Rust: native tests, no Leptos, no web-sys          │   browser
//!                                                                     │
//!   model ◄── payload     slice → messages, when asked                │
//!     ▲  ◄── import       bytes → traces        (uses payload)        │
//!     ▲  ◄── analysis     Trace → totals, rounds (uses payload)       │
//!     ▲  ◄── export       Trace → files that leave                    │
//!     ▲  ◄── state        ViewState, Change, links                    │
//!     └──◄── layout       Trace + ViewState → rows, shares of a width ◄┼── view ◄── element ◄── src/web/*.js
//! ```
//!
//! An arrow means "may name"; nothing points right. `tests/it/tidy.rs` holds the table and fails
//! when it is broken.
//!
//! Bytes come in as they arrive ([`import::Import::push`]) and are read in slices of a few
//! milliseconds ([`import::Import::step`]), so the page is never blocked. One pass finds where a
//! record ends and every value in it ([`model::Index`]; where it is no plain JSON, a scan that knows
//! only strings and nesting, [`model::Skip`]). The format's reader reads it, and it becomes drafts
//! in a [`model::TraceBuilder`]. What drafts mean as a tree, with every repair, is
//! decided in one place, [`model::TraceBuilder::finish`]. The [`model::Trace`] is a table of
//! contents over the file: spans in pre-order, with byte ranges. Rounds, totals and rows are
//! functions of it. All of that is made in slices, too ([`model::Task`]).
//!
//! A trace may grow while it is shown ([`import::Import::grow`]): what is settled stays, the last
//! turns are built anew, and all that follows from them is cut and joined at the same place
//! ([`layout::SettledPart`]).
//!
//! # Code map
//!
//! * [`model`]: what a trace is. `trace.rs` has the types, `source.rs` the file, `json.rs` reads a
//!   value in place, `index.rs` makes that fast, `build.rs` takes what importers say, `finishing.rs`,
//!   `links.rs` and `tree.rs` make a trace of it, `slices.rs` has how that pauses, `requests.rs` joins
//!   tool calls to the LLM calls that asked for them, `merge.rs` and `nested.rs` unite double records,
//!   `live.rs`, `settle.rs` and `join.rs` let a trace grow.
//! * [`import`]: one file is one format; `reading.rs` tells which a file is, `chunks.rs` takes the
//!   bytes as they come, `records/` pulls records out of them. Formats that tell a conversation
//!   message by message share `dialog/`, those with a flat list of spans `told/`, those that log
//!   requests to models `provider/`, those of spans with attributes `facts.rs` and `attributes.rs`;
//!   `usage.rs` has each provider's way of counting tokens. `formats.rs` lists the formats: the common
//!   ones, and those of a part.
//! * [`payload`]: how providers shape messages; one file is one provider. `common.rs` reads what most files
//!   have, and all others are in a part (`shapes.rs`).
//! * [`analysis`]: facts that follow: rounds, totals, conversations; the search (`query.rs` knows how a
//!   file may spell a text, `search.rs` goes through the bytes, `places.rs` tells whose they are).
//! * [`export`]: files that leave.
//! * [`state`]: what the user is looking at, and links that carry it.
//! * [`layout`]: rows, time scales, the overview map, in numbers.
//! * [`text`]: figures and facts in words, in the language that is asked for; `phrases.rs` has all that the viewer says, `script.rs` what the script says.
//! * `languages`: the other languages; each is published as a dictionary, and fetched when it is asked for.
//! * `view`: one file is one panel; `live.rs` has what changes, `current.rs` the trace that may grow, `node.rs` brings it to the page.
//!   `panel.rs` is the Trace tab for apps of Leptos, which need no custom element.
//! * `element`: the browser's boundary, driven by `src/web/element.js`.
//! * `part.rs`: where a part of the viewer begins that is fetched when it is needed: the detail
//!   (`view/later.rs`), sessions (`import/sessions.rs`), the less common formats (`import/formats.rs`),
//!   the rarer shapes of messages (`payload/shapes.rs`, `view/shapes.rs`), what grows and what writes Trace
//!   Tab JSON (`element/parts.rs`). `xtask/src/parts.rs` cuts them out, `src/web/parts.js` fetches them.
//! * `zstd`: a wasm of its own that unpacks Zstandard, fetched when it is needed.
//! * `src/web`: the custom element and the page, the sample, the showcase, the schema and the package.
//! * `tests/apps`: small apps with the package in them, one a framework; `tests/e2e` drives them and the page.
//! * `style`: the style sheet, which `build.rs` puts together.
//! * `xtask`: builds, tests, measures. `fuzz`: random files, guided by what of the code they reach.
//! * `vendor`: stands in for what Leptos brings and nobody here calls.
//!
//! Start with `model/trace.rs`, then `import/otlp.rs`, then `view/mod.rs`.
//!
//! # Invariants
//!
//! 1. The source is never changed and never copied whole. "Download JSON" writes its bytes.
//! 2. No span is dropped. What another record supersedes stays reachable from it.
//! 3. Nothing left of `view` can fail after import.
//! 4. Nothing left of `view` knows a browser.
//! 5. A payload is not kept parsed: it is read when it is shown. (While importing, of what a model
//!    was sent and answered only what makes the tree is read: tool calls, their results, whose turn
//!    it is.)
//! 6. Two viewers on a page share nothing but code, and phrases of languages.
//! 7. A link never changes a preference.
//! 8. Unknown is `None`, never 0 or a guess.
//! 9. Nothing recurses over the depth of a file, and nothing in a file causes a request.

pub mod analysis;
#[cfg(all(feature = "element", target_arch = "wasm32"))]
pub mod element;
pub mod export;
pub mod import;
pub mod layout;
pub mod model;
mod part;
pub mod payload;
pub mod state;
pub mod text;
#[cfg(feature = "view")]
pub mod view;
