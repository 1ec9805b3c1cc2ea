//! The style sheet, and what stands in a shadow root before anything is shown.

use js_sys::{Array, Function, Reflect};
use leptos::prelude::document;
use web_sys::wasm_bindgen::{JsCast, JsValue};
use web_sys::{CssStyleSheet, HtmlElement, ShadowRoot};

/// Puts the style sheet (`style/`, which `build.rs` puts together) into the shadow root. Not a `<style>`, which a strict policy forbids.
pub(crate) fn adopt(root: &ShadowRoot) -> Result<CssStyleSheet, JsValue> {
    // The element may be in a frame: a sheet is good in the document of the window that made it only.
    let window = root.owner_document().and_then(|it| it.default_view());
    let class = Reflect::get(&window.into(), &"CSSStyleSheet".into())?;
    let sheet = Reflect::construct(class.unchecked_ref::<Function>(), &Array::new())?;
    let sheet: CssStyleSheet = sheet.unchecked_into();
    sheet.replace_sync(include_str!(concat!(env!("OUT_DIR"), "/viewer.css")))?;
    let sheets = Array::from(&root.adopted_style_sheets());
    sheets.push(&sheet);
    root.set_adopted_style_sheets(&sheets);
    Ok(sheet)
}

/// What the view stands in. Leptos swaps nodes through their parent element, which a shadow root is
/// not. Nor is, to it, an element that another window has made: this window's document makes it,
/// also in a frame.
pub(crate) fn container(root: &ShadowRoot) -> Result<HtmlElement, JsValue> {
    let container: HtmlElement = document().create_element("div")?.unchecked_into();
    container.set_attribute("part", "base")?;
    container.set_attribute("class", "base")?;
    root.append_child(&container)?;
    Ok(container)
}
