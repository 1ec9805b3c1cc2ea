//! The rows, the overview and the detail, at each size.

use e2e::Outcome;
use e2e::generate::{Shape, otlp};
use e2e::page::{Page, check};
use serde_json::{Value, json};

/// Only what is in view is in the document, and the last row can be reached.
pub(crate) async fn rows_are_virtual(page: &Page) -> Outcome {
    page.show(otlp(&Shape {
        seed: 3,
        spans: 20_000,
        words: 4,
    }))
    .await?;
    let count = page.run("return [rows(el).length, Number(el.shadowRoot.querySelector('[role=treegrid]').getAttribute('aria-rowcount'))]").await?;
    let number =
        |value: &Value, at: usize| value.get(at).and_then(Value::as_u64).unwrap_or_default();
    check(number(&count, 1) > 20_000, format!("{count}"))?;
    check((10..150).contains(&number(&count, 0)), format!("{count}"))?;
    let end = page
        .run(
            "const grid = el.shadowRoot.querySelector('[role=treegrid]');
             for (const share of [0.3, 0.9, 0.1, 1]) { grid.scrollTop = grid.scrollHeight * share; await painted(); await sleep(30); }
             const last = rows(el).at(-1), pane = grid.getBoundingClientRect(), box = last.getBoundingClientRect();
             return [Number(last.getAttribute('aria-rowindex')), rows(el).length, box.bottom <= pane.bottom + 1 && box.top >= pane.top]",
        )
        .await?;
    assert_eq!(number(&end, 0), number(&count, 1), "the last row is there");
    check(number(&end, 1) < 150, format!("{end}"))?;
    assert_eq!(end.get(2), Some(&json!(true)), "and in view");
    page.click(".row:last-child .what").await?;
    let row = page.run("await painted(); return [Number(selected(el).getAttribute('aria-rowindex')), el.shadowRoot.querySelector('.detail') !== null]").await?;
    assert_eq!(row, json!([number(&count, 1), true]));
    Ok(())
}

/// However the pane grows, rows fill it.
pub(crate) async fn rows_fill_the_pane(page: &Page) -> Outcome {
    page.show(otlp(&Shape {
        seed: 5,
        spans: 1000,
        words: 4,
    }))
    .await?;
    page.viewport(1360, 400).await?;
    page.click(".row .what").await?;
    page.run("el.shadowRoot.querySelector('[role=treegrid]').scrollTop = 2800; await painted()")
        .await?;
    for height in [830, 2160] {
        page.viewport(1360, height).await?;
        let gap = page
            .run(
                "await sleep(50); await painted();
                 const pane = el.shadowRoot.querySelector('.waterfall').getBoundingClientRect();
                 return Math.max(0, pane.bottom - Math.max(...rows(el).map((it) => it.getBoundingClientRect().bottom)))",
            )
            .await?;
        assert_eq!(gap, 0, "at {height} px, pixels without a row");
    }
    Ok(())
}

/// From 400 px to 4K nothing hangs over the edge.
pub(crate) async fn narrow(page: &Page) -> Outcome {
    page.show(page.site.published("sample.json")?).await?;
    for (width, height) in [
        (400, 800),
        (600, 700),
        (800, 600),
        (1360, 830),
        (3840, 2160),
    ] {
        page.viewport(width, height).await?;
        for state in ["", "row=span:llm-03"] {
            let told = page
                .run_with(
                    "el.state = arg; await painted();
                     const wide = [...el.shadowRoot.querySelectorAll('.base, header, .totals, .panes, .waterfall, .detail, footer, .overview, .block')]
                       .filter((it) => it.scrollWidth > it.clientWidth + 1 || it.getBoundingClientRect().right > innerWidth + 1).map((it) => it.className || it.localName);
                     const seen = (name) => { const it = el.shadowRoot.querySelector(name); return it !== null && it.getClientRects().length > 0; };
                     return { wide, page: document.documentElement.scrollWidth > innerWidth, columns: ['out', 'in', 'track', 'took'].filter((it) => seen('.head .' + it)),
                       rows: seen('.row'), detail: seen('.detail'), back: seen('.detail .back'),
                       below: seen('.detail') && seen('.row') && el.shadowRoot.querySelector('.detail').getBoundingClientRect().top >= el.shadowRoot.querySelector('.waterfall').getBoundingClientRect().bottom - 1 }",
                    json!(state),
                )
                .await?;
            let at = format!("{width} px, {state:?}: {told}");
            assert_eq!(
                [told.get("wide"), told.get("page")],
                [Some(&json!([])), Some(&json!(false))],
                "{at}"
            );
            let with_detail = !state.is_empty();
            assert_eq!(told.get("detail"), Some(&json!(with_detail)), "{at}");
            assert_eq!(
                told.get("rows"),
                Some(&json!(width > 480 || !with_detail)),
                "{at}"
            );
            assert_eq!(
                told.get("back"),
                Some(&json!(width <= 480 && with_detail)),
                "{at}"
            );
            assert_eq!(
                told.get("below"),
                Some(&json!(width == 600 && with_detail)),
                "{at}"
            );
            if width == 400 && !with_detail {
                assert_eq!(told.get("columns"), Some(&json!(["took"])), "{at}");
            }
            if width > 1000 {
                assert_eq!(
                    told.get("columns"),
                    Some(&json!(["out", "in", "track", "took"])),
                    "{at}"
                );
            }
        }
    }
    Ok(())
}

/// A drag over the overview zooms; a click shows everything again.
pub(crate) async fn brush(page: &Page) -> Outcome {
    page.show(page.site.published("sample.json")?).await?;
    let middle = page.run("const box = el.shadowRoot.querySelector('.map').getBoundingClientRect(); return [box.left + box.width / 4, box.left + box.width / 2, box.top + 10].map(Math.round)").await?;
    let number = |at: usize| middle.get(at).and_then(Value::as_i64).unwrap_or_default();
    page.drag((number(0), number(2)), (number(1), number(2)))
        .await?;
    let told = page.run("await painted(); const it = el.shadowRoot.querySelector('.brush').style; return [it.left, it.width].map((it) => Math.round(parseFloat(it)))").await?;
    assert_eq!(told, json!([25, 25]));
    page.drag((number(1), number(2)), (number(1), number(2)))
        .await?;
    assert_eq!(
        page.run("await painted(); return [el.shadowRoot.querySelector('.brush'), el.state]")
            .await?,
        json!([null, ""])
    );
    Ok(())
}

/// The wheel zooms round the pointer and moves; alone it scrolls. What is marked on the map can be dragged.
pub(crate) async fn wheel(page: &Page) -> Outcome {
    page.show(page.site.published("sample.json")?).await?;
    let turn = "const turn = async (what, share, more) => {
          const on = el.shadowRoot.querySelector(what), box = el.shadowRoot.querySelector(what === '.map' ? what : '.head .track').getBoundingClientRect();
          const event = new WheelEvent('wheel', { clientX: box.left + box.width * share, clientY: box.top + 5, bubbles: true, cancelable: true, composed: true, ...more });
          on.dispatchEvent(event);
          await painted();
          const [start, end] = /window=(\\d+)-(\\d+)/.exec(el.state)?.slice(1).map(Number) ?? [0, all];
          return { start, end, at: start + (end - start) * share, prevented: event.defaultPrevented };
        };
        const all = Math.round(el.summary.durationMs * 1e6), near = (a, b) => Math.abs(a - b) < all / 500;";
    let told = page
        .run(&format!(
            "{turn}
             const alone = await turn('.map', 0.5, {{ deltaY: 100 }});
             const zoomed = await turn('.map', 0.6, {{ deltaY: -100, ctrlKey: true }});
             const deeper = await turn('.waterfall', 0.25, {{ deltaY: -100, metaKey: true }});
             const moved = await turn('.waterfall', 0.5, {{ deltaY: 60, shiftKey: true }});
             const end = await turn('.map', 0.5, {{ deltaX: 9999, shiftKey: true }});
             let out; for (let i = 0; i < 12; i++) out = await turn('.map', 0, {{ deltaY: 100, ctrlKey: true }});
             return [!alone.prevented && alone.end === all, zoomed.prevented && near((all * 0.6 - zoomed.start) / (zoomed.end - zoomed.start) * all, all * 0.6),
               near(deeper.at, zoomed.start + (zoomed.end - zoomed.start) / 4) && deeper.end - deeper.start < zoomed.end - zoomed.start,
               moved.start > deeper.start && near(moved.end - moved.start, deeper.end - deeper.start), near(end.end, all), el.state]"
        ))
        .await?;
    assert_eq!(told, json!([true, true, true, true, true, ""]));

    let places = page.run("const box = el.shadowRoot.querySelector('.map').getBoundingClientRect(); return [0.25, 0.5, 0.4, 0.65].map((it) => box.left + box.width * it).concat(box.top + 10).map(Math.round)").await?;
    let number = |at: usize| places.get(at).and_then(Value::as_i64).unwrap_or_default();
    for (from, to) in [(0, 1), (2, 3)] {
        page.drag((number(from), number(4)), (number(to), number(4)))
            .await?;
    }
    let told = page.run("await painted(); const it = el.shadowRoot.querySelector('.brush').style; return [it.left, it.width].map((it) => Math.round(parseFloat(it)))").await?;
    assert_eq!(told, json!([50, 25]));
    page.run("el.shadowRoot.querySelector('[role=treegrid]').focus()")
        .await?;
    let width = "await painted(); return parseFloat(el.shadowRoot.querySelector('.brush')?.style.width ?? 100)";
    page.keys("+").await?;
    check(page.run(width).await?.as_f64() < Some(20.0), "+ zooms in")?;
    page.keys("-").await?;
    let out = page.run(width).await?;
    assert_eq!(out.as_f64().map(f64::round), Some(25.0));
    Ok(())
}

/// Each tab of an LLM call and of a tool call shows what it is for.
pub(crate) async fn detail_tabs(page: &Page) -> Outcome {
    page.show(page.site.published("sample.json")?).await?;
    let sample: Value = serde_json::from_slice(&page.site.published("sample.json")?)?;
    let system = sample
        .pointer("/agents/0/system_instructions")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let panel = |state: &str| json!(state);
    let text = "el.state = arg; await painted(); return el.shadowRoot.querySelector('[role=tabpanel]').textContent";
    let said = page
        .run_with(text, panel("row=span:llm-03&tab=system"))
        .await?;
    let said = said.as_str().unwrap_or_default();
    check(said.contains(&system[..200]), "the system prompt")?;
    let characters = system.chars().count();
    let grouped = format!("{},{:03} characters", characters / 1000, characters % 1000);
    check(said.contains(&grouped), format!("its {grouped}"))?;
    let belt = page
        .run_with(text, panel("row=span:llm-03&tab=toolbelt"))
        .await?
        .to_string();
    for tool in sample
        .pointer("/agents/0/tool_definitions")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        let name = tool.get("name").and_then(Value::as_str).unwrap_or_default();
        check(
            belt.contains(name),
            format!("{name} is not in the toolbelt"),
        )?;
    }
    check(
        belt.contains("used ") && belt.contains("not used") && belt.contains("Parameters"),
        &belt,
    )?;
    let messages = page
        .run_with(text, panel("row=span:llm-03"))
        .await?
        .to_string();
    check(
        messages.contains("earlier message") && messages.contains("new in this round"),
        &messages,
    )?;
    let facts = page
        .run_with(text, panel("row=span:llm-03&tab=facts"))
        .await?
        .to_string();
    for word in [
        "claude-sonnet-4-6",
        "anthropic",
        "tool_use",
        "max_tokens",
        "Time to first token",
    ] {
        check(
            facts.contains(word),
            format!("{word} is not in the facts: {facts}"),
        )?;
    }
    let record = page.run_with("el.state = arg; await painted(); return el.shadowRoot.querySelector('[role=tabpanel] .tree').textContent", panel("row=span:llm-03&tab=json")).await?;
    check(
        record.as_str().is_some_and(|it| it.contains("llm-03")),
        format!("{record}"),
    )?;
    // Folded messages open.
    page.run("el.state = 'row=span:llm-03'; await painted()")
        .await?;
    page.click(".folded button").await?;
    let open = page.run("await painted(); return el.shadowRoot.querySelectorAll('[role=tabpanel] .block').length").await?;
    check(
        open.as_u64().is_some_and(|it| it > 3),
        format!("{open} blocks"),
    )?;
    // A tool call.
    page.click("[data-kind=tool]").await?;
    let call = page.text("[role=tabpanel]").await?;
    check(call.contains("arguments") && call.contains("result"), &call)
}

/// The page is the element, from edge to edge.
pub(crate) async fn the_page_is_full(page: &Page) -> Outcome {
    page.open_sample().await?;
    let edges = page
        .run(
            "const edges = (it) => { const { left, top, right, bottom } = it.getBoundingClientRect(); return [left, top, right, bottom].map((it) => Math.round(it * 100) / 100); };
             return [[0, 0, innerWidth, innerHeight], edges(el), edges(el.shadowRoot.querySelector('.viewer')),
               [...edges(el.shadowRoot.querySelector('footer')).slice(2)]]",
        )
        .await?;
    let all = json!([0, 0, 1360, 830]);
    assert_eq!(edges, json!([all, all, all, [1360, 830]]));
    Ok(())
}

/// What was read of one row's detail is no place in the next one's.
pub(crate) async fn another_detail_from_its_top(page: &Page) -> Outcome {
    page.show(page.site.published("sample.json")?).await?;
    page.run("el.state = 'row=span:llm-03&tab=toolbelt'; await painted(); el.shadowRoot.querySelector('.detail').scrollTop = 500; await painted()").await?;
    page.run("for (const it of el.shadowRoot.querySelectorAll('.schema')) it.open = true")
        .await?;
    page.click("[data-kind=llm]").await?;
    let told = page.run("await painted(); return [el.shadowRoot.querySelector('.detail').scrollTop, el.shadowRoot.querySelector('.schema').open]").await?;
    assert_eq!(
        told.get(0),
        Some(&json!(0)),
        "the detail of another row starts at its top"
    );
    Ok(())
}
