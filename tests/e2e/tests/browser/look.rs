//! What is on the screen in each state.

use e2e::generate::{Shape, lines, otlp};
use e2e::page::{Host, Page, check};
use e2e::server::Answer;
use e2e::{Outcome, root};
use serde_json::{Value, json};
use std::time::Duration;

pub(crate) async fn slots(page: &Page) -> Outcome {
    let body = "<trace-tab><p slot=empty>Tracing is off. Turn it on under Settings.</p><button slot=toolbar>Share</button></trace-tab>";
    page.host(&Host {
        body,
        ..Host::default()
    })
    .await?;
    page.run(
        "await until(() => el.matches(':state(empty)') && el.shadowRoot.querySelector('slot'))",
    )
    .await?;
    let visible = "const [message, button] = el.children; return [message, button].map((it) => it.checkVisibility() && it.getClientRects().length > 0)";
    assert_eq!(page.run(visible).await?, json!([true, false]));
    let text = page.text(".notice").await?;
    check(
        !text.contains("No trace"),
        format!("the host's words stand in place of ours, yet there is {text:?}"),
    )?;
    page.run("el.src = '/sample.json'; await next('load'); await painted()")
        .await?;
    assert_eq!(page.run(visible).await?, json!([false, true]));

    page.host(&Host::default()).await?;
    page.run("await until(() => el.matches(':state(empty)') && el.shadowRoot.querySelector('h2'))")
        .await?;
    let text = page.text(".notice").await?;
    check(text.contains("No trace"), format!("{text:?}"))
}

pub(crate) async fn themes(page: &Page) -> Outcome {
    page.show(page.site.published("sample.json")?).await?;
    let surface = "await painted(); return getComputedStyle(el.shadowRoot.querySelector('.base')).backgroundColor";
    let light = page.run(surface).await?;
    page.scheme("dark").await?;
    let dark = page.run(surface).await?;
    assert_ne!(light, dark, "auto follows the system");
    page.run("el.theme = 'light'").await?;
    assert_eq!(page.run(surface).await?, light);
    page.scheme("light").await?;
    page.run("el.theme = 'dark'").await?;
    assert_eq!(page.run(surface).await?, dark);
    page.run("el.theme = 'auto'").await?;
    assert_eq!(page.run(surface).await?, light);
    page.run("el.style.setProperty('--trace-tab-surface', 'rgb(1, 2, 3)')")
        .await?;
    assert_eq!(page.run(surface).await?, "rgb(1, 2, 3)");
    Ok(())
}

pub(crate) async fn droppable(page: &Page) -> Outcome {
    page.show(page.site.published("sample.json")?).await?;
    let buttons = "await painted(); return [...el.shadowRoot.querySelectorAll('.tools > button')].map((it) => it.textContent)";
    assert_eq!(page.run(buttons).await?, json!(["Find"]));
    page.run("el.droppable = true").await?;
    assert_eq!(page.run(buttons).await?, json!(["Open a file", "Find"]));
    let file = root().join("tests/fixtures/otlp/new-conventions.jsonl");
    page.drag_file("dragEnter", &file).await?;
    page.drag_file("dragOver", &file).await?;
    assert_eq!(
        page.run("return el.matches(':state(dragging)')").await?,
        true
    );
    // DevTools have no way to drag out of a page.
    page.run("el.dispatchEvent(new DragEvent('dragleave'))")
        .await?;
    assert_eq!(
        page.run("await painted(); return [el.matches(':state(dragging)'), el.summary.rounds]")
            .await?,
        json!([false, 11])
    );
    page.drop_file(&file).await?;
    page.run("await until(() => el.summary?.format === 'otlp'); await until(() => !el.matches(':state(dragging)'))").await?;
    Ok(())
}

/// Of a folder, all that could be a trace is read, at any depth.
pub(crate) async fn a_dropped_folder(page: &Page) -> Outcome {
    page.host(&Host {
        body: "<trace-tab droppable></trace-tab>",
        ..Host::default()
    })
    .await?;
    page.run("await until(() => el.shadowRoot?.querySelector('h2'))")
        .await?;
    page.drop_file(&root().join("tests/fixtures")).await?;
    let listed = page
        .run("const list = await until(() => el.shadowRoot.querySelector('.traces')); return [Number(list.ariaRowCount) > 30, shown(el).includes('fixtures/bad/python-repr.txt was not read')]")
        .await?;
    assert_eq!(listed, json!([true, true]));
    page.drop_file(&root().join("style")).await?;
    let told = page.run("await until(() => el.matches(':state(error)')); return [heard.at(-1).detail.code, shown(el).includes('folder')]").await?;
    assert_eq!(told, json!(["empty", true]));
    Ok(())
}

/// The first rows are there while the rest still comes, and what is selected stays so.
pub(crate) async fn growing(page: &Page) -> Outcome {
    let trace = lines(&Shape {
        seed: 1,
        spans: 400,
        words: 200,
    });
    let size = trace.len();
    page.site.set(
        "/slow",
        Answer::json(trace).slow(size / 20, Duration::from_millis(60)),
    );
    page.host(&Host::default()).await?;
    page.run("await customElements.whenDefined('trace-tab'); el.src = '/slow'")
        .await?;
    let told = page
        .run(
            "const row = await until(() => rows(el)[2]);
             const early = { loading: el.matches(':state(loading)'), summary: el.summary, rows: rows(el).length,
               bar: Boolean(el.shadowRoot.querySelector('header progress')), text: shown(el) };
             row.click();
             const picked = await until(() => selected(el)?.textContent);
             await next('load');
             await painted();
             return { ...early, same: selected(el).textContent === picked, bars: el.shadowRoot.querySelectorAll('progress').length,
               actions: el.summary.actions }",
        )
        .await?;
    let is = |name: &str| told.get(name).cloned().unwrap_or_default();
    assert_eq!(is("loading"), json!(true), "{told}");
    assert_eq!(is("summary"), json!(null), "{told}");
    assert_eq!(is("bar"), json!(true), "{told}");
    assert_eq!(is("same"), json!(true), "{told}");
    assert_eq!(is("bars"), json!(0), "{told}");
    let text = is("text");
    let text = text.as_str().unwrap_or_default();
    check(
        text.contains("Cancel") && !text.contains("Download JSON"),
        text,
    )
}

pub(crate) async fn loading(page: &Page) -> Outcome {
    let trace = otlp(&Shape {
        seed: 1,
        spans: 400,
        words: 200,
    });
    let size = trace.len();
    page.site.set(
        "/slow",
        Answer::json(trace).slow(size / 20, Duration::from_millis(60)),
    );
    page.host(&Host::default()).await?;
    page.run("await customElements.whenDefined('trace-tab'); el.src = '/slow'")
        .await?;
    let told = page
        .run(
            "await until(() => el.matches(':state(loading)'));
             const bar = await until(() => { const it = el.shadowRoot.querySelector('progress'); return it?.value > 0 && it; });
             const text = bar.parentElement.textContent;
             await until(() => heard.some(({ detail }) => detail.spans > 0));
             const some = heard.find(({ detail }) => detail.spans > 0).detail;
             await next('load');
             const numbers = heard.filter(({ name }) => name === 'progress').map(({ detail }) => detail.loadedBytes);
             return { some, max: bar.max, text, rising: numbers.every((it, at) => at === 0 || it >= numbers[at - 1]), count: numbers.length,
               ready: el.matches(':state(ready)'), spans: el.summary.actions }",
        )
        .await?;
    assert_eq!(
        told.pointer("/some/totalBytes"),
        Some(&json!(size)),
        "{told}"
    );
    let text = told.get("text").and_then(Value::as_str).unwrap_or_default();
    check(
        text.contains(" of ") && text.contains("span") && text.contains("Cancel"),
        text,
    )?;
    assert_eq!(
        [told.get("rising"), told.get("ready")],
        [Some(&json!(true)), Some(&json!(true))],
        "{told}"
    );
    check(
        told.get("count")
            .and_then(Value::as_u64)
            .is_some_and(|it| it > 2),
        format!("{told}"),
    )
}

pub(crate) async fn cancelled(page: &Page) -> Outcome {
    let trace = otlp(&Shape {
        seed: 2,
        spans: 400,
        words: 200,
    });
    let size = trace.len();
    page.site.set(
        "/slow",
        Answer::json(trace).slow(size / 200, Duration::from_millis(50)),
    );
    page.host(&Host::default()).await?;
    page.run("await customElements.whenDefined('trace-tab'); el.src = '/slow'; await until(() => el.shadowRoot.querySelector('progress')?.value > 0)").await?;
    page.click(".notice button").await?;
    let told = page
        .run("await until(() => el.matches(':state(empty)')); await sleep(300); return [names(), el.summary, el.shadowRoot.querySelector('progress')]")
        .await?;
    assert_eq!(told, json!([[], null, null]));
    let aborted = page
        .site
        .requests()
        .iter()
        .any(|it| it.target == "/slow" && it.aborted);
    check(aborted, "the request goes on after Cancel")
}

/// A trace that is not over: striped bars, and words for what is missing.
pub(crate) async fn unfinished(page: &Page) -> Outcome {
    let running = [
        r#"{"record":"header","format":"trace-tab","version":"1.0","trace_id":"t"}"#,
        r#"{"record":"agent","id":"main","name":"Tea"}"#,
        r#"{"record":"turn","turn":1,"agent_id":"main","start_time":"2026-11-23T16:00:00Z","status":"running"}"#,
        r#"{"record":"llm_call","turn":1,"round":1,"start_time":"2026-11-23T16:00:00Z","end_time":"2026-11-23T16:00:02Z"}"#,
        r#"{"record":"tool_call","turn":1,"round":1,"call_id":"c","name":"search","start_time":"2026-11-23T16:00:02Z","status":"running"}"#,
        r#"{"record":"llm_call","turn":1,"round":2,"start_ti"#,
    ];
    let look = "return rows(el).filter((it) => 'open' in it.dataset).map((it) => it.dataset.kind + ': ' + it.querySelector('.status').textContent)";
    page.show(running.join("\n")).await?;
    assert_eq!(
        page.run(look).await?,
        json!(["turn: unfinished", "tool: unfinished"])
    );
    let foot = page.text("footer").await?;
    check(
        foot.contains("issue"),
        format!("the last line is cut, but {foot:?}"),
    )?;
    page.show(std::fs::read(
        root().join("tests/fixtures/otlp/killed-process.jsonl"),
    )?)
    .await?;
    assert_eq!(page.run(look).await?, json!(["tool: no result recorded"]));
    Ok(())
}
