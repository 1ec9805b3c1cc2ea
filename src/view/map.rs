//! The overview map: all of the trace at any size. The brush on it is the waterfall's window.

use leptos::prelude::*;
use web_sys::wasm_bindgen::JsCast;

use super::{Shared, Shown};
use crate::layout::{Scale, overview, ticks};
use crate::state::{Change, Window};
use crate::text;

/// Columns of the map: finer than any screen shows it.
const COLUMNS: usize = 1000;

/// All of a trace's time.
pub(crate) fn whole(shown: &Shown) -> Window {
    Window::new(0, shown.trace.spans.iter().map(crate::model::Span::stop).max().unwrap_or(0))
}

pub(crate) fn map(shown: &Shared<Shown>, window: Memo<Option<Window>>, on_change: Callback<Change>) -> AnyView {
    let paths = overview(&shown.trace, COLUMNS);
    let whole = whole(shown);
    let clock = shown.trace.clock;
    let (at, step) = ticks(whole, 6);
    let scale = Scale { window: whole, width: 100.0 };
    let labels = at.into_iter().map(move |time| {
        let x = scale.x_of(time);
        let edge = x > 93.0;
        view! { <span class:edge=edge style:left=format!("{x:.3}%")>{text::tick(clock, time, step)}</span> }
    });
    // Where a drag began, as a share of the width.
    let dragging = RwSignal::new(None::<f64>);
    let share_at = |event: &web_sys::PointerEvent| {
        let target = event.current_target()?.dyn_into::<web_sys::Element>().ok()?;
        let rect = target.get_bounding_client_rect();
        (rect.width() > 0.0).then(|| ((f64::from(event.client_x()) - rect.left()) / rect.width()).clamp(0.0, 1.0))
    };
    let time_at = move |share: f64| scale.time_at(share * 100.0);
    let down = move |event: web_sys::PointerEvent| {
        if event.button() != 0 {
            return;
        }
        dragging.set(share_at(&event));
        if let Some(target) = event.current_target().and_then(|it| it.dyn_into::<web_sys::Element>().ok()) {
            let _ = target.set_pointer_capture(event.pointer_id());
        }
    };
    let moved = move |event: web_sys::PointerEvent| {
        let Some((from, to)) = dragging.get_untracked().zip(share_at(&event)) else { return };
        if (from - to).abs() > 0.004 {
            on_change.run(Change::Zoom(Some(Window::new(time_at(from.min(to)), time_at(from.max(to))))));
        }
    };
    let up = move |event: web_sys::PointerEvent| {
        // A click without a drag shows all of it again.
        if let Some((from, to)) = dragging.get_untracked().zip(share_at(&event))
            && (from - to).abs() <= 0.004
        {
            on_change.run(Change::Zoom(None));
        }
        dragging.set(None);
    };
    let brush = move || {
        let shown = window.get()?;
        let (left, width) = scale.bar(shown.start, shown.len())?;
        Some(view! { <i class="brush" style:left=format!("{left:.3}%") style:width=format!("{width:.3}%")></i> })
    };
    view! {
        <div class="overview" aria-label="Overview of the whole trace: drag to zoom" role="group">
            <div class="map" on:pointerdown=down on:pointermove=moved on:pointerup=up
                on:pointercancel=move |_| dragging.set(None)>
                <svg viewBox="0 0 1000 14" preserveAspectRatio="none" aria-hidden="true">
                    <path class="llm" d=paths.llm></path>
                    <path class="tool" d=paths.tool></path>
                    <path class="other" d=paths.other></path>
                    <path class="error" d=paths.error></path>
                </svg>
                {brush}
            </div>
            <div class="axis" aria-hidden="true">{labels.collect_view()}</div>
        </div>
    }
    .into_any()
}
