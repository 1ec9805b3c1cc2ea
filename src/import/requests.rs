//! The tool calls that an LLM call asked for, by what it said. Where it takes a part of the viewer to
//! read that, it is read once the part is there.

use memchr::memchr_iter;

use crate::model::{ByteRange, DraftId, Json, Request, Source, SpanKey, Sym, TraceBuilder};
use crate::payload;

/// What was asked for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Asked {
    /// A tool call.
    Call {
        call: Option<SpanKey>,
        name: Sym,
        call_id: ByteRange,
    },
    /// What stands there, in the trace of this number. It cannot be read yet.
    Later(u32, ByteRange),
}

impl Asked {
    /// Says that an LLM call asked for it.
    pub(super) fn by(self, b: &mut TraceBuilder, llm_call: DraftId) {
        match self {
            Asked::Call {
                call,
                name,
                call_id,
            } => b.request(Request {
                llm_call,
                call,
                name,
                call_id,
                input: ByteRange::default(),
            }),
            Asked::Later(trace, at) => b.request_later(llm_call, trace, at),
        }
    }
}

/// Reads what could not be read when it came, as far as that is possible now.
pub(super) fn request_now(b: &mut TraceBuilder, source: &Source) {
    b.request_now(|b, said| {
        let text = source.content(said.at);
        request(b, said.llm_call, said.trace, said.at, Json::new(&text));
    });
}

/// Says what tool calls an LLM call asked for: `output` is what stands at `at`.
pub(super) fn request(
    b: &mut TraceBuilder,
    llm_call: DraftId,
    trace: u32,
    at: ByteRange,
    output: Json<'_>,
) {
    asked(b, trace, at, output, |b, it| it.by(b, llm_call));
}

/// The tool calls that `output`, which stands at `at`, asks for.
pub(super) fn asked(
    b: &mut TraceBuilder,
    trace: u32,
    at: ByteRange,
    output: Json<'_>,
    mut each: impl FnMut(&mut TraceBuilder, Asked),
) {
    let Some(messages) = payload::messages_now(output) else {
        return each(b, Asked::Later(trace, at));
    };
    for part in messages.into_iter().flat_map(|it| it.parts) {
        if let payload::Part::ToolCall { id, name, .. } = part {
            let name = b.intern(&name);
            let call = TraceBuilder::call_key(trace, &id);
            let call_id =
                quoted(output.text(), &id).map_or_else(ByteRange::default, |it| ByteRange {
                    start: at.start + it as u32,
                    len: id.len() as u32,
                });
            each(
                b,
                Asked::Call {
                    call,
                    name,
                    call_id,
                },
            );
        }
    }
}

/// Where `id` stands in JSON, or in JSON within a string: behind a quote. It has nothing to escape.
fn quoted(json: &str, id: &str) -> Option<usize> {
    let starts = memchr_iter(b'"', json.as_bytes()).map(|it| it + 1);
    let is_it = |it: &usize| {
        json.as_bytes()
            .get(*it..)
            .is_some_and(|it| it.starts_with(id.as_bytes()))
    };
    starts.filter(|_| !id.is_empty()).find(is_it)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use crate::import::{Import, Imported, import};
    use crate::payload::shapes;

    /// Reads a file in two halves; the part comes after one of them, or never.
    fn read(bytes: &[u8], comes_after: usize) -> (String, bool) {
        shapes::leave();
        let mut import = Import::default();
        let (first, second) = bytes.split_at(bytes.len() / 2);
        let mut was_wanted = false;
        for (n, half) in [first, second].into_iter().enumerate() {
            import.push(half);
            import.step(|| true);
            was_wanted |= shapes::is_wanted();
            if comes_after == n {
                // Shown meanwhile.
                import.so_far();
                shapes::join();
            }
        }
        import.end();
        import.step(|| true);
        was_wanted |= shapes::is_wanted();
        let read = said(import.finish().unwrap());
        shapes::join();
        (read, was_wanted)
    }

    fn said(imported: Imported) -> String {
        format!("{:?}", imported.traces)
    }

    /// Whenever the part comes, the trace is the same; where it did not, that is known.
    #[test]
    fn what_is_read_later_is_as_if_it_had_been_read_at_once() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/otlp");
        let (mut n_wanted, mut n_other) = (0, 0);
        for file in fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            let bytes = fs::read(&path).unwrap();
            let all = said(import(&bytes).unwrap());
            let path = path.display();
            for comes_after in [0, 1] {
                assert_eq!(read(&bytes, comes_after).0, all, "{path}");
            }
            let (without, was_wanted) = read(&bytes, 9);
            n_wanted += u32::from(was_wanted);
            n_other += u32::from(without != all);
            assert!(was_wanted || without == all, "{path}");
        }
        assert!(n_wanted > 4 && n_other > 2, "{n_wanted} {n_other}");
    }
}
