//! Any bytes, read as the format that the first of them picks, whether or not they are one.
#![no_main]

use libfuzzer_sys::fuzz_target;
use trace_tab::analysis::{Rounds, conversation, totals};
use trace_tab::export::trace_tab_json;
use trace_tab::import::{formats, import_as};

fuzz_target!(|bytes: &[u8]| {
    let Some((format, bytes)) = bytes.split_first() else {
        return;
    };
    let Ok(imported) = import_as(usize::from(*format) % formats().count(), bytes) else {
        return;
    };
    for trace in imported.traces.iter().take(4) {
        let rounds = Rounds::new(trace);
        let _ = totals(trace, &rounds);
        let _ = trace_tab_json(trace, &rounds);
        for call in trace.llm_calls.iter().take(8) {
            let _ = conversation(trace, &rounds, call);
        }
    }
});
