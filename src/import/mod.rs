//! Bytes to traces; one file is one format.
//!
//! To add a format: write `import/<name>.rs` with a `Format` and a `Reader` (start from the
//! smallest one here), add its line to `formats.rs`, and put a small file into
//! `tests/fixtures/<name>/`: the tests find it, run every invariant over it and write its snapshot.

mod answer;
mod antigravity;
mod atif;
mod attributes;
mod autogen;
mod braintrust;
mod branches;
mod chat;
mod chrome_trace;
mod chunks;
mod claude_code;
mod coded;
mod codex;
mod copilot;
mod cursor;
mod dialog;
mod droid;
mod envelope;
mod error;
mod events;
mod facts;
mod fields;
pub(crate) mod formats;
mod gemini_cli;
mod gemini_stream;
mod google_adk;
mod grok;
mod har;
mod harbor_traces;
mod head;
mod hermes;
mod ids;
mod inside;
mod inspect;
mod jaeger;
mod kimi;
mod langchain;
mod langfuse;
mod langsmith;
mod live;
mod llm;
mod llm_api;
mod logs;
mod mcp;
mod mlflow;
mod openai_agents;
mod opencode;
mod openhands;
mod opik;
mod otel_js;
mod otel_python;
mod otlp;
mod phoenix;
mod pi;
mod provider;
mod pydantic_ai;
mod qwen;
mod reading;
mod records;
mod requests;
mod roles;
mod room;
pub(crate) mod sessions;
mod smolagents;
mod spans;
mod swe_agent;
mod told;
mod tools;
mod trace_tab;
mod traces;
mod usage;
mod values;
mod weave;
mod whole;
mod zipkin;

pub use error::ImportError;
use fields::{count, draft, moment, text, unix_nanos};
pub use formats::{COMMON, formats};
use head::Head;
pub use reading::{Import, Imported, Unread};
use records::{Record, Shape};
use sessions::Session;
pub use whole::{formats_of, import, import_as, import_files};

use crate::model::{ByteRange, TraceBuilder};
use crate::part::IN_PARTS;

/// A kind of trace file.
pub struct Format {
    /// What scripts call it.
    pub id: &'static str,
    /// What people call it.
    pub name: &'static str,
    /// Whether a file that begins so is one.
    sniff: fn(&Head) -> bool,
    /// How to read one that begins so.
    open: Reads,
}

/// What reads a format.
enum Reads {
    /// What comes with the format.
    Here(Open),
    /// A part of the viewer, which is fetched when such a file comes.
    InPart(Session),
}

impl Reads {
    /// How to read a file, if that is there.
    fn now(&self) -> Option<Open> {
        match self {
            Reads::Here(open) => Some(*open),
            Reads::InPart(session) => sessions::open(*session),
        }
    }
}

/// How to read a file that begins so.
type Open = fn(&Head) -> Opened;

/// A format that is read in a part of the viewer.
const fn in_part(session: Session, open: Open) -> Reads {
    if IN_PARTS {
        Reads::InPart(session)
    } else {
        Reads::Here(open)
    }
}

/// What reads a file.
struct Opened {
    shape: Shape,
    reader: Box<dyn Reader>,
}

/// Reads the records of one file, in order.
trait Reader {
    /// Takes a record. Says what became of it, for the tally.
    fn record(&mut self, builder: &mut TraceBuilder, record: &Record<'_>) -> Became;

    /// Whether a file that begins so goes on with what was read: then it comes next. Else it is a
    /// trace of its own.
    fn goes_on(&mut self, _head: &Head<'_>) -> bool {
        false
    }

    /// An entered container begins, at this address.
    fn opened(&mut self, _builder: &mut TraceBuilder, _place: u8, _at: u32) {}

    /// The part of the viewer without which it does not read on. Asked when a container begins.
    fn needs(&self) -> Option<&'static str> {
        None
    }

    /// An entered container ended; the range is all of it.
    fn closed(&mut self, _builder: &mut TraceBuilder, _place: u8, _range: ByteRange) {}

    /// Whether a file may end inside of this.
    fn may_end(&self, _cut: ByteRange) -> bool {
        false
    }

    /// Whether it may be shown while it grows.
    fn is_live(&self) -> bool {
        false
    }

    /// Says what [`end`](Self::end) would, as far as it is known, of the drafts from
    /// [`first`](TraceBuilder::first) on, in a time that those before do not lengthen.
    fn so_far(&self, _builder: &mut TraceBuilder) {}

    /// There is no more. An error where what was read is no trace of its own.
    fn end(&mut self, _builder: &mut TraceBuilder) -> Result<(), ImportError> {
        Ok(())
    }
}

/// What became of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Became {
    /// A span, or part of one.
    Span,
    /// Something else that is known.
    Other,
    /// Nothing: it could not be read.
    Bad,
    /// A detail of the container it stands in, and no record of its own.
    Detail,
}
