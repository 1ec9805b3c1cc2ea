//! Values as JavaScript has them.

use js_sys::Array;
use wasm_bindgen::prelude::*;

use crate::analysis::Summary;
use crate::import::ImportError;

/// A plain object. (A general serializer would be a hundred times the size of this.)
pub(super) fn object(members: &[(&str, JsValue)]) -> JsValue {
    let object = js_sys::Object::new();
    for (name, value) in members {
        let _ = js_sys::Reflect::set(&object, &JsValue::from_str(name), value);
    }
    object.into()
}

/// A figure, or `null` where it is not reported.
pub(super) fn figure(value: Option<u64>) -> JsValue {
    value.map_or(JsValue::NULL, |it| JsValue::from_f64(it as f64))
}

pub(super) fn string(value: Option<&str>) -> JsValue {
    value.map_or(JsValue::NULL, JsValue::from_str)
}

/// The summary as `trace-tab.d.ts` has it.
pub(super) fn summary(it: &Summary, name: Option<&str>) -> JsValue {
    let number = |n: u32| JsValue::from_f64(f64::from(n));
    let models: Array = it.models.iter().map(|it| JsValue::from_str(it)).collect();
    let cost = it.cost.map_or(JsValue::NULL, |it| {
        object(&[
            ("usd", JsValue::from_f64(it.usd)),
            ("complete", JsValue::from_bool(it.complete)),
        ])
    });
    object(&[
        ("format", JsValue::from_str(it.format)),
        ("name", string(name.or(it.name.as_deref()))),
        ("turns", number(it.turns)),
        ("rounds", number(it.rounds)),
        ("actions", number(it.actions)),
        ("llmCalls", number(it.llm_calls)),
        ("toolCalls", number(it.tool_calls)),
        ("agents", number(it.agents)),
        ("models", models.into()),
        ("inputTokens", figure(it.input_tokens)),
        ("cachedTokens", figure(it.cached_tokens)),
        ("cacheWriteTokens", figure(it.cache_write_tokens)),
        ("outputTokens", figure(it.output_tokens)),
        ("reasoningTokens", figure(it.reasoning_tokens)),
        (
            "durationMs",
            it.duration_ms.map_or(JsValue::NULL, JsValue::from_f64),
        ),
        ("startedAt", string(it.started_at.as_deref())),
        ("errors", number(it.errors)),
        ("cost", cost),
        ("issues", number(it.issues)),
        ("bytes", JsValue::from_f64(it.bytes as f64)),
    ])
}

/// Why there is no trace, as `trace-tab-error` has it.
pub(super) fn read_error(error: &ImportError) -> JsValue {
    let offset = error.offset();
    let offset = offset.map_or(JsValue::UNDEFINED, |it| JsValue::from_f64(it as f64));
    object(&[
        ("phase", JsValue::from_str("read")),
        ("code", JsValue::from_str(error.code())),
        ("message", JsValue::from_str(&error.to_string())),
        ("offset", offset),
    ])
}
