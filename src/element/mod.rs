//! The browser's boundary: the class that the custom element drives, and nothing that the rest
//! would need to know. What a host may rely on is in `src/web/trace-tab.d.ts`.

mod files;
mod js;
mod live;
mod loading;
mod naming;
mod parts;

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js::{object, summary};
use js_sys::{Array, Function};
use leptos::mount::mount_to;
use leptos::prelude::*;
use loading::Loading;
use wasm_bindgen::prelude::*;
use web_sys::{CssStyleSheet, HtmlElement, ShadowRoot};

use crate::state::{ViewState, row_key};
use crate::text::Language;
use crate::view::{Screen, Shared, Shown, Signals, TraceTab, Wish, sheet};

/// The version that `trace-tab.js` must be of too.
#[wasm_bindgen]
pub fn version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}

/// One viewer, in one shadow root.
#[wasm_bindgen]
pub struct Viewer {
    container: HtmlElement,
    root: ShadowRoot,
    sheet: CssStyleSheet,
    signals: Signals,
    loading: RefCell<Option<Loading>>,
    /// What the file itself is called.
    file_name: RefCell<Option<String>>,
    mounted: Cell<Option<Box<dyn Any>>>,
    wish: Rc<dyn Fn(Wish)>,
    language: Cell<Language>,
}

#[wasm_bindgen]
impl Viewer {
    /// Mounts itself in `root`. `emit(name, detail)` hears what the user does. (Whose viewer it is,
    /// `src/web/panic.js` wants to know.) What it shows is there once it [speaks](Self::speak).
    #[wasm_bindgen(constructor)]
    pub fn new(_host: HtmlElement, root: ShadowRoot, emit: Function) -> Result<Viewer, JsValue> {
        #[cfg(debug_assertions)]
        report_panics();
        let sheet = sheet::adopt(&root)?;
        let container = sheet::container(&root)?;
        let signals = Signals::default();
        let wish = listener(&emit, &signals);
        Ok(Viewer {
            container,
            root,
            sheet,
            signals,
            loading: RefCell::new(None),
            file_name: RefCell::new(None),
            mounted: Cell::new(None),
            wish,
            language: Cell::default(),
        })
    }

    /// Draws all in a language, as `languages.js` has it; in English if there is none.
    pub fn speak(&self, lines: Option<String>) {
        let language = lines.map(Language::learn).unwrap_or_default();
        self.language.set(language);
        language.speak();
        let _ = self.container.set_attribute("lang", language.tag());
        drop(self.mounted.take());
        let (signals, wish) = (self.signals.clone(), self.wish.clone());
        let mounted = mount_to(self.container.clone(), move || {
            view! { <TraceTab signals=signals wish=wish/> }
        });
        self.mounted.set(Some(Box::new(mounted)));
    }

    /// Works on for about `millis` at what takes long: a search, a large trace of several. Whether
    /// there is nothing more to do.
    pub fn work(&self, millis: f64) -> bool {
        self.speaks();
        let until = now() + millis;
        self.signals.work(&mut || now() < until)
    }

    /// Shows that there is no trace.
    pub fn clear(&self) {
        self.loading.take();
        self.signals.state.set(ViewState::default());
        self.signals.coming.set(None);
        self.signals.screen.set(Screen::Empty);
    }

    /// Shows why there is no trace to be had.
    pub fn fail(&self, message: String) {
        self.loading.take();
        self.signals.coming.set(None);
        self.signals.screen.set(Screen::Failed(message));
    }

    /// The figures of the trace that is shown, or nothing; also of what is still coming, nothing.
    pub fn summary(&self) -> JsValue {
        let is_coming = |it: &Loading| !it.is_live;
        let is_coming = self.loading.borrow().as_ref().is_some_and(is_coming);
        let Some(shown) = self.shown().filter(|_| !is_coming) else {
            return JsValue::UNDEFINED;
        };
        let name = self.signals.name.get_untracked();
        summary(&shown.totals.summary, name.as_deref())
    }

    /// Whether the user may open files.
    pub fn set_droppable(&self, on: bool) {
        self.signals.droppable.set(on);
    }

    /// What the host calls the trace.
    pub fn set_name(&self, name: Option<String>) {
        self.signals.name.set(name);
    }

    /// What the user is looking at, as a query string.
    pub fn state(&self) -> String {
        self.signals.query()
    }

    /// Moves the view to what a query string says.
    pub fn set_state(&self, query: &str) {
        self.signals.look(query);
    }

    fn shown(&self) -> Option<Shared<Shown>> {
        self.signals.shown()
    }

    /// What follows is said in its language.
    fn speaks(&self) {
        self.language.get().speak();
    }
}

impl Drop for Viewer {
    fn drop(&mut self) {
        drop(self.mounted.take());
        self.container.remove();
        let sheets = Array::from(&self.root.adopted_style_sheets());
        let others = sheets
            .iter()
            .filter(|it| !js_sys::Object::is(it, &self.sheet))
            .collect::<Array>();
        self.root.set_adopted_style_sheets(&others);
    }
}

/// Passes on what the user asks.
fn listener(emit: &Function, signals: &Signals) -> Rc<dyn Fn(Wish)> {
    let (emit, signals) = (emit.clone(), signals.clone());
    Rc::new(move |wish| {
        let moved = || {
            let state = JsValue::from_str(&signals.query());
            ("trace-tab-state", object(&[("state", state)]))
        };
        let tell = |name: &str, detail: &JsValue| {
            let _ = emit.call2(&JsValue::NULL, &JsValue::from_str(name), detail);
        };
        let (name, detail) = match wish {
            _ if signals.follow(wish) => {
                tell("work", &JsValue::UNDEFINED);
                moved()
            }
            Wish::Open => ("open", JsValue::UNDEFINED),
            Wish::List | Wish::Choose(_) => return,
            Wish::Work => ("work", JsValue::UNDEFINED),
            Wish::Part(name) => ("part", JsValue::from_str(name)),
            Wish::Cancel => ("cancel", JsValue::UNDEFINED),
            Wish::Download(kind) => ("download", JsValue::from_str(kind)),
            Wish::Selected(row) => {
                let Some(shown) = signals.shown() else {
                    return;
                };
                let text = crate::view::row_text(&shown, row);
                let id = row_key(row, &shown.trace, &shown.rounds);
                (
                    "trace-tab-select",
                    object(&[
                        ("id", JsValue::from_str(&id)),
                        ("kind", JsValue::from_str(text.kind)),
                        ("name", JsValue::from_str(&text.title)),
                    ]),
                )
            }
            Wish::Moved => moved(),
        };
        tell(name, &detail);
    })
}

fn now() -> f64 {
    web_sys::window()
        .and_then(|it| it.performance())
        .map_or(0.0, |it| it.now())
}

/// A panic says where it was to the script, by what it throws: `src/web/panic.js`. The rest of what it
/// says may be of the trace, and stays in the console. (In a release it says nothing.)
#[cfg(debug_assertions)]
fn report_panics() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        std::panic::set_hook(Box::new(|panic| {
            web_sys::console::error_1(&JsValue::from_str(&panic.to_string()));
            let at = panic.location().map(ToString::to_string);
            wasm_bindgen::throw_str(at.as_deref().unwrap_or("panic"));
        }));
    });
}
