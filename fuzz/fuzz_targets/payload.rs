//! Any text as a payload: what is shown when a span is looked at.
#![no_main]

use libfuzzer_sys::fuzz_target;
use trace_tab::model::Json;
use trace_tab::payload;

fuzz_target!(|text: &str| {
    let messages = payload::messages(text);
    let common = payload::common::messages(Json::new(text));
    assert!(common.is_none_or(|it| it == messages));
    let _ = payload::toolbelt(text);
    let _ = payload::plain_text(text);
    let _ = payload::value(text);
    let _ = payload::preview(text, 64);
});
