//! Any bytes, in two chunks: nothing panics, nothing is lost, and all that is shown can be derived.
#![no_main]

use libfuzzer_sys::fuzz_target;
use trace_tab::analysis::{Rounds, totals};
use trace_tab::export::trace_tab_json;
use trace_tab::import::{Import, import};
use trace_tab::layout::{Rows, overview};

fuzz_target!(|bytes: &[u8]| {
    let (first, rest) = bytes.split_at(bytes.len() / 3);
    let mut chunked = Import::default();
    chunked.push(first);
    chunked.step(|| true);
    let _ = chunked.so_far();
    chunked.push(rest);
    chunked.end();
    assert_eq!(chunked.source().pieces().concat(), bytes);
    let whole = import(bytes).map(|it| it.traces);
    let chunked = chunked.finish().map(|it| it.traces);
    let n_spans = |it: &Vec<trace_tab::model::Trace>| it.iter().map(|it| it.spans.len()).sum::<usize>();
    assert_eq!(whole.as_ref().map(n_spans).ok(), chunked.as_ref().map(n_spans).ok());
    for trace in whole.into_iter().flatten() {
        assert_eq!(trace.source.pieces().concat(), bytes);
        let rounds = Rounds::new(&trace);
        let _ = Rows::new(&trace, &rounds);
        let _ = totals(&trace, &rounds);
        let _ = overview(&trace, 100);
        let _ = trace_tab_json(&trace, &rounds);
    }
});
