//! A piece of the page as data, and the smallest change that makes the page show it.
//!
//! Leptos' views are types, and each is compiled for itself: that would cost more in the download
//! than all the rest. So a panel is a function from what it shows to [`Node`]s, and [`keep`] brings
//! them to the page whenever something changes that it read.

use std::any::Any;
use std::borrow::Cow;
use std::cell::RefCell;
use std::rc::Rc;

use gloo::events::{EventListener, EventListenerOptions};
use web_sys::wasm_bindgen::JsCast;

use super::live::{Watch, watch};
use crate::text::{Phrase, spoken};

/// What an element does on an event. In a frame, the event is of a class of that frame's: what kind
/// it is, is known from its name (`unchecked_ref`), and cannot be asked (`dyn_ref`).
pub(crate) type Listener = Rc<dyn Fn(&web_sys::Event)>;

/// A piece of the page.
pub(crate) enum Node {
    Text(Cow<'static, str>),
    Element(Element),
}

/// An element of the page. Behind a pointer: what is built is moved at every step.
pub(crate) struct Element(Box<Parts>);

#[derive(Default)]
struct Parts {
    tag: &'static str,
    key: String,
    attributes: Vec<(&'static str, Cow<'static, str>)>,
    /// Geometry: set as properties, which a strict policy allows.
    styles: Vec<(&'static str, String)>,
    listeners: Vec<(&'static str, Listener)>,
    children: Vec<Node>,
    draw: Option<Draw>,
    mounted: Option<Mounted>,
}

/// What a panel shows.
pub(crate) type Draw = Rc<dyn Fn() -> Vec<Node>>;

/// What runs once, when an element was made; what it returns is kept as long as the element is.
type Mounted = Box<dyn FnOnce(&web_sys::Element) -> Box<dyn Any>>;

/// An element with a class ("" for none).
#[inline(never)]
pub(crate) fn el(tag: &'static str, class: &'static str) -> Element {
    let element = Element(Box::new(Parts {
        tag,
        ..Parts::default()
    }));
    if class.is_empty() {
        element
    } else {
        element.with_attr("class", Cow::Borrowed(class))
    }
}

/// A button that does something.
pub(crate) fn button(
    class: &'static str,
    name: impl Into<Node>,
    on_click: impl Fn(&web_sys::Event) + 'static,
) -> Element {
    el("button", class)
        .attr("type", "button")
        .on("click", on_click)
        .child(name)
}

impl Element {
    pub(crate) fn attr(self, name: &'static str, value: impl Into<Cow<'static, str>>) -> Self {
        self.with_attr(name, value.into())
    }

    // The builder's steps are many: each is compiled once and called.
    #[inline(never)]
    fn with_attr(mut self, name: &'static str, value: Cow<'static, str>) -> Self {
        self.0.attributes.push((name, value));
        self
    }

    pub(crate) fn attr_if(
        self,
        on: bool,
        name: &'static str,
        value: impl Into<Cow<'static, str>>,
    ) -> Self {
        if on { self.attr(name, value) } else { self }
    }

    #[inline(never)]
    pub(crate) fn style(mut self, name: &'static str, value: String) -> Self {
        self.0.styles.push((name, value));
        self
    }

    /// What it is about: with another key it is made anew, and is scrolled and unfolded as at first.
    pub(crate) fn key(mut self, key: String) -> Self {
        self.0.key = key;
        self
    }

    pub(crate) fn on(
        self,
        event: &'static str,
        listener: impl Fn(&web_sys::Event) + 'static,
    ) -> Self {
        self.with_listener(event, Rc::new(listener))
    }

    #[inline(never)]
    fn with_listener(mut self, event: &'static str, listener: Listener) -> Self {
        self.0.listeners.push((event, listener));
        self
    }

    /// Runs once, when the element was made. What it returns is kept as long as the element is.
    pub(crate) fn mounted(
        mut self,
        then: impl FnOnce(&web_sys::Element) -> Box<dyn Any> + 'static,
    ) -> Self {
        self.0.mounted = Some(Box::new(then));
        self
    }

    /// Makes it a panel: it shows what `draw` returns, now and whenever something changes that it read.
    pub(crate) fn panel(mut self, draw: Draw) -> Self {
        self.0.draw = Some(draw);
        self
    }

    pub(crate) fn child(self, child: impl Into<Node>) -> Self {
        self.with_child(child.into())
    }

    #[inline(never)]
    fn with_child(mut self, child: Node) -> Self {
        self.0.children.push(child);
        self
    }

    pub(crate) fn children(mut self, children: impl IntoIterator<Item = Node>) -> Self {
        self.0.children.extend(children);
        self
    }
}

impl From<Element> for Node {
    fn from(element: Element) -> Self {
        Node::Element(element)
    }
}

impl From<String> for Node {
    fn from(text: String) -> Self {
        Node::Text(Cow::Owned(text))
    }
}

impl From<&'static str> for Node {
    fn from(text: &'static str) -> Self {
        Node::Text(Cow::Borrowed(text))
    }
}

impl From<Phrase> for Node {
    #[inline(never)]
    fn from(phrase: Phrase) -> Self {
        Node::Text(phrase.into())
    }
}

/// Keeps what is in `parent` as `draw` has it.
pub(super) fn keep(parent: web_sys::Node, draw: Draw) -> Watch {
    let drawn = RefCell::new(Vec::new());
    watch(Box::new(move || {
        patch(&parent, &mut drawn.borrow_mut(), draw());
    }))
}

/// What the page shows of a [`Node`].
struct Drawn {
    node: web_sys::Node,
    shows: Shows,
}

enum Shows {
    Text(Cow<'static, str>),
    Element {
        tag: &'static str,
        key: String,
        attributes: Vec<(&'static str, Cow<'static, str>)>,
        styles: Vec<(&'static str, String)>,
        listeners: Vec<Heard>,
        children: Vec<Drawn>,
        panel: Option<Watch>,
        /// What lives as long as the element.
        _kept: Option<Box<dyn Any>>,
    },
}

/// A listener that is heard; what it does can be changed without the page knowing.
struct Heard {
    event: &'static str,
    does: Rc<RefCell<Listener>>,
    _kept: EventListener,
}

/// Makes the children of `parent` show `nodes`.
fn patch(parent: &web_sys::Node, drawn: &mut Vec<Drawn>, nodes: Vec<Node>) {
    let n = nodes.len();
    for (i, node) in nodes.into_iter().enumerate() {
        match drawn.get_mut(i) {
            Some(it) if it.takes(&node) => it.update(node),
            Some(it) => {
                if let Some(new) = make(node) {
                    let _ = parent.replace_child(&new.node, &it.node);
                    *it = new;
                }
            }
            None => {
                if let Some(new) = make(node) {
                    let _ = parent.append_child(&new.node);
                    drawn.push(new);
                }
            }
        }
    }
    for gone in drawn.drain(n.min(drawn.len())..) {
        let _ = parent.remove_child(&gone.node);
    }
}

impl Drawn {
    /// Whether it can become `node` without being made anew. A panel cannot: it sees to itself.
    fn takes(&self, node: &Node) -> bool {
        match (&self.shows, node) {
            (Shows::Text(_), Node::Text(_)) => true,
            (
                Shows::Element {
                    tag,
                    key,
                    listeners,
                    panel: None,
                    ..
                },
                Node::Element(Element(it)),
            ) => {
                it.draw.is_none()
                    && (*tag, key) == (it.tag, &it.key)
                    && listeners
                        .iter()
                        .map(|it| it.event)
                        .eq(it.listeners.iter().map(|it| it.0))
            }
            _ => false,
        }
    }

    fn update(&mut self, node: Node) {
        match (&mut self.shows, node) {
            (Shows::Text(text), Node::Text(new)) => {
                if *text != new {
                    self.node.set_text_content(Some(&new));
                    *text = new;
                }
            }
            (
                Shows::Element {
                    attributes,
                    styles,
                    listeners,
                    children,
                    ..
                },
                Node::Element(Element(new)),
            ) => {
                let new = *new;
                let Some(element) = self.node.dyn_ref::<web_sys::Element>() else {
                    return;
                };
                for (name, _) in attributes
                    .iter()
                    .filter(|it| new.attributes.iter().all(|new| new.0 != it.0))
                {
                    let _ = element.remove_attribute(name);
                }
                for (name, value) in new.attributes.iter().filter(|it| !attributes.contains(it)) {
                    let _ = element.set_attribute(name, value);
                }
                for (name, value) in new.styles.iter().filter(|it| !styles.contains(it)) {
                    set_style(element, name, value);
                }
                for (heard, (_, does)) in listeners.iter().zip(new.listeners) {
                    *heard.does.borrow_mut() = does;
                }
                *attributes = new.attributes;
                *styles = new.styles;
                patch(&self.node, children, new.children);
            }
            _ => {}
        }
    }
}

fn make(node: Node) -> Option<Drawn> {
    let document = web_sys::window()?.document()?;
    let it = match node {
        Node::Text(text) => {
            let node = document.create_text_node(&text).into();
            return Some(Drawn {
                node,
                shows: Shows::Text(text),
            });
        }
        Node::Element(Element(it)) => *it,
    };
    let element = match it.tag {
        "svg" | "path" => document.create_element_ns(Some("http://www.w3.org/2000/svg"), it.tag),
        tag => document.create_element(tag),
    };
    let element = element.ok()?;
    for (name, value) in &it.attributes {
        let _ = element.set_attribute(name, value);
    }
    for (name, value) in &it.styles {
        set_style(&element, name, value);
    }
    let heard = |(event, does): (&'static str, Listener)| {
        let does = Rc::new(RefCell::new(does));
        let called = does.clone();
        let language = spoken();
        let heard = EventListener::new_with_options(
            &element,
            event,
            EventListenerOptions::enable_prevent_default(),
            move |event| {
                let does = called.borrow().clone();
                language.speak();
                does(event);
            },
        );
        Heard {
            event,
            does,
            _kept: heard,
        }
    };
    let listeners = it.listeners.into_iter().map(heard).collect();
    let mut children = Vec::with_capacity(it.children.len());
    patch(&element, &mut children, it.children);
    let panel = it.draw.map(|draw| keep(element.clone().into(), draw));
    let kept = it.mounted.map(|mounted| mounted(&element));
    let shows = Shows::Element {
        tag: it.tag,
        key: it.key,
        attributes: it.attributes,
        styles: it.styles,
        listeners,
        children,
        panel,
        _kept: kept,
    };
    Some(Drawn {
        node: element.into(),
        shows,
    })
}

fn set_style(element: &web_sys::Element, name: &str, value: &str) {
    if let Some(element) = element.dyn_ref::<web_sys::HtmlElement>() {
        let _ = element.style().set_property(name, value);
    }
}
