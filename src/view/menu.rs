//! A sheet that opens from a word or a button, and closes as one expects.

use web_sys::wasm_bindgen::JsCast;

use super::node::{Element, Node, el};

/// A menu: what opens it, and its sheet. `Esc` closes it, and so does going elsewhere.
pub(super) fn menu(class: &'static str, opener: Element, sheet: Vec<Node>) -> Element {
    // The sheet takes the focus of a click on its text, which is no going elsewhere.
    let sheet = el("div", "sheet").attr("tabindex", "-1").children(sheet);
    el("details", class)
        .child(opener)
        .child(sheet)
        .on("keydown", |event| {
            let key: &web_sys::KeyboardEvent = event.unchecked_ref();
            let open = around(event).is_some_and(|it| it.has_attribute("open"));
            if key.key() == "Escape" && open {
                close(event);
                event.prevent_default();
                event.stop_propagation();
            }
        })
        .on("focusout", |event| {
            let to: &web_sys::FocusEvent = event.unchecked_ref();
            let to = to.related_target();
            let to = to.as_ref().map(JsCast::unchecked_ref::<web_sys::Node>);
            if let Some(menu) = around(event).filter(|it| !it.contains(to)) {
                let _ = menu.remove_attribute("open");
            }
        })
}

/// Closes the menu in which something happened; what opened it has the focus again.
pub(super) fn close(event: &web_sys::Event) {
    let Some(menu) = around(event) else { return };
    let _ = menu.remove_attribute("open");
    let opener = menu.query_selector("summary").ok().flatten();
    if let Some(opener) = opener.and_then(|it| it.dyn_into::<web_sys::HtmlElement>().ok()) {
        let _ = opener.focus();
    }
}

/// The menu around what hears an event.
fn around(event: &web_sys::Event) -> Option<web_sys::Element> {
    let heard = event
        .current_target()?
        .dyn_into::<web_sys::Element>()
        .ok()?;
    heard.closest("details").ok().flatten()
}
