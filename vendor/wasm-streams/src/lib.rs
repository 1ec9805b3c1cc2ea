//! What Leptos' server functions name of `wasm-streams`, with nothing in the streams.
//!
//! There is no server here. But the true crate exports three classes to JavaScript, and what is
//! exported stays in the download: 18 kB of wasm and 7 kB of script that nobody calls.

use futures_util::stream::{Empty, Stream, empty};
use wasm_bindgen::{JsCast, JsValue};

/// A stream that is read from.
pub struct ReadableStream(web_sys::ReadableStream);

impl ReadableStream {
    /// A stream of JavaScript's.
    pub fn from_raw(raw: web_sys::ReadableStream) -> Self {
        Self(raw)
    }

    /// No stream.
    pub fn from_stream(_: impl Stream<Item = Result<JsValue, JsValue>> + 'static) -> Self {
        Self(JsValue::UNDEFINED.unchecked_into())
    }

    /// The stream of JavaScript's.
    pub fn into_raw(self) -> web_sys::ReadableStream {
        self.0
    }

    /// A stream that ends at once.
    pub fn into_stream(self) -> Empty<Result<JsValue, JsValue>> {
        empty()
    }
}
