//! The overview map: all of the trace at any size. The brush on it is the waterfall's window.

use std::cell::Cell;
use std::rc::Rc;

use web_sys::wasm_bindgen::JsCast;

use super::live::Live;
use super::node::{Draw, Node, el};
use super::zoom::Zoom;
use super::{Act, Current, Shown};
use crate::layout::{Overview, Scale, moved, ticks};
use crate::state::{Change, Window};
use crate::text;

/// All of a trace's time.
pub(crate) fn whole(shown: &Shown) -> Window {
    Window::new(0, shown.totals.stop)
}

pub(crate) fn map(current: Current, window: Live<Option<Window>>, act: Act) -> Draw {
    let dragging = Rc::new(Cell::new(None::<Drag>));
    Rc::new(move || {
        let shown = current.get();
        let whole = whole(&shown);
        let paths = shown.lanes.overview(whole.end);
        let brushed = window.get();
        let map = el("div", "map")
            .child(picture(&paths))
            .children(brushed.and_then(|it| brush(whole, it)));
        let zoom = Zoom {
            whole,
            window: brushed.unwrap_or(whole),
        };
        let map = brushing(map, zoom, &dragging, &act);
        vec![map, axis(&shown, whole)]
    })
}

fn picture(paths: &Overview) -> Node {
    let path = |class, d: &String| el("path", class).attr("d", d.clone()).into();
    // Whole numbers: what writes fractions is ten times as large as what writes these.
    let width = (paths.columns * 1000.0) as u64;
    let (columns, rest) = (width / 1000, width % 1000);
    el("svg", "")
        .attr("viewBox", format!("0 0 {columns}.{rest:03} 14"))
        .attr("preserveAspectRatio", "none")
        .attr("aria-hidden", "true")
        .children([
            path("llm", &paths.llm),
            path("tool", &paths.tool),
            path("other", &paths.other),
            path("error", &paths.error),
        ])
        .into()
}

fn brush(whole: Window, shown: Window) -> Option<Node> {
    let (left, width) = Scale {
        window: whole,
        width: 100.0,
    }
    .bar(shown.start, shown.len())?;
    Some(
        el("i", "brush")
            .style("left", text::share(left))
            .style("width", text::share(width))
            .into(),
    )
}

fn axis(shown: &Shown, whole: Window) -> Node {
    let clock = shown.trace.clock;
    let (at, step) = ticks(whole, 6);
    let scale = Scale {
        window: whole,
        width: 100.0,
    };
    let labels = at.into_iter().map(|time| {
        let x = scale.x_of(time);
        let class = if x > 93.0 { "edge" } else { "" };
        el("span", class)
            .style("left", text::share(x))
            .child(text::tick(clock, time, step))
            .into()
    });
    el("div", "axis")
        .attr("aria-hidden", "true")
        .children(labels)
        .into()
}

/// A drag over the map.
#[derive(Clone, Copy)]
struct Drag {
    /// Where it began, as a share of the width.
    from: f64,
    /// What it moves, if it began on that.
    moves: Option<Window>,
}

/// Lets a drag over the map set the window, or move it; a click without a drag shows all again.
fn brushing(
    map: super::node::Element,
    zoom: Zoom,
    dragging: &Rc<Cell<Option<Drag>>>,
    act: &Act,
) -> Node {
    /// A drag shorter than this share of the width is a click.
    const CLICK: f64 = 0.004;
    let Zoom { whole, window } = zoom;
    let time_at = move |share: f64| {
        Scale {
            window: whole,
            width: 1.0,
        }
        .time_at(share)
    };
    let (moving, ending, turning) = (act.clone(), act.clone(), act.clone());
    let (begun, dragged, ended, lost) = (
        dragging.clone(),
        dragging.clone(),
        dragging.clone(),
        dragging.clone(),
    );
    map.on("pointerdown", move |event| {
        let event = event.unchecked_ref::<web_sys::PointerEvent>();
        if event.button() != 0 {
            return;
        }
        begun.set(share_at(event).map(|from| {
            let at = time_at(from);
            let is_on = window != whole && window.start <= at && at < window.end;
            let moves = Some(window).filter(|_| is_on);
            Drag { from, moves }
        }));
        if let Some(target) = target_of(event) {
            let _ = target.set_pointer_capture(event.pointer_id());
        }
    })
    .on("pointermove", move |event| {
        let to = share_at(event.unchecked_ref());
        let Some((Drag { from, moves }, to)) = dragged.get().zip(to) else {
            return;
        };
        if (from - to).abs() > CLICK {
            let ends = (time_at(from.min(to)), time_at(from.max(to)));
            moving(Change::Zoom(Some(match moves {
                Some(window) => moved(window, whole, time_at(to) - time_at(from)),
                None => Window::new(ends.0, ends.1),
            })));
        }
    })
    .on("pointerup", move |event| {
        let to = share_at(event.unchecked_ref());
        if let Some((Drag { from, .. }, to)) = ended.get().zip(to)
            && (from - to).abs() <= CLICK
        {
            ending(Change::Zoom(None));
        }
        ended.set(None);
    })
    .on("pointercancel", move |_| lost.set(None))
    .on("wheel", move |event| {
        if let Some(target) = target_of(event) {
            zoom.wheel(event, &target, whole, &turning);
        }
    })
    .into()
}

fn target_of(event: &web_sys::Event) -> Option<web_sys::Element> {
    event.current_target()?.dyn_into().ok()
}

/// Where in its target an event is, as a share of the width.
fn share_at(event: &web_sys::PointerEvent) -> Option<f64> {
    let rect = target_of(event)?.get_bounding_client_rect();
    (rect.width() > 0.0)
        .then(|| ((f64::from(event.client_x()) - rect.left()) / rect.width()).clamp(0.0, 1.0))
}
