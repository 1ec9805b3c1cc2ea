//! What was loaded comes back byte for byte, however it came; and every format as Trace Tab JSON.

use e2e::page::{Host, Page, check};
use e2e::server::Answer;
use e2e::{Outcome, root};
use serde_json::{Value, json};
use std::path::PathBuf;

/// Files that a careless reader would give back changed.
const DELICATE: [&str; 5] = [
    "trace-tab/invalid-utf8.json",
    "trace-tab/bom.json",
    "trace-tab/lone-surrogate.json",
    "trace-tab/nan-and-huge-numbers.json",
    "otlp/pretty-printed-one-after-another.json",
];

fn fixture(name: &str) -> PathBuf {
    root().join("tests/fixtures").join(name)
}

/// An empty element, and the fixture at `/file`.
async fn serve(page: &Page, name: &str) -> Outcome {
    page.site.set(
        "/file",
        Answer::of("application/octet-stream", std::fs::read(fixture(name))?),
    );
    page.host(&Host::default()).await
}

pub(crate) async fn every_kind_of_data(page: &Page) -> Outcome {
    for name in DELICATE {
        serve(page, name).await?;
        let wrong = page
            .run(
                "await customElements.whenDefined('trace-tab');
                 const bytes = new Uint8Array(await (await fetch('/file')).arrayBuffer());
                 const wide = new Uint8Array(bytes.length + 9);
                 wide.set(bytes, 5);
                 const pieces = (n) => new ReadableStream({
                   at: 0,
                   pull(it) {
                     if (this.at >= bytes.length) return it.close();
                     it.enqueue(bytes.slice(this.at, this.at += n));
                   },
                 });
                 const given = {
                   buffer: bytes.buffer,
                   bytes,
                   view: wide.subarray(5, 5 + bytes.length),
                   dataView: new DataView(wide.buffer, 5, bytes.length),
                   blob: new Blob([bytes]),
                   file: new File([bytes], 'it.json'),
                   files: [new File([bytes], 'it.json')],
                   stream: new Blob([bytes]).stream(),
                   bits: pieces(1),
                   sevens: pieces(7),
                 };
                 let text;
                 try { text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes); } catch { /* no text, then */ }
                 if (text !== undefined) Object.assign(given, { text, texts: new ReadableStream({ start(it) { it.enqueue(text.slice(0, 99)); it.enqueue(text.slice(99)); it.close(); } }) });
                 const wrong = [];
                 for (const [kind, data] of Object.entries(given)) {
                   const summary = await el.load(data);
                   const back = await bytesOf(await el.download('source', { save: false }));
                   if (!same(back, bytes) || summary.bytes !== bytes.length) wrong.push(kind);
                 }
                 return wrong",
            )
            .await?;
        assert_eq!(wrong, json!([]), "{name}");
    }
    // An object has no bytes of its own: those of its JSON.
    let text = page
        .run("await el.load({ format: 'trace-tab', agents: [{ id: 'é😀' }], turns: [{ turn: 1, agent_id: 'é😀', input: 'hi', rounds: [] }] }).catch(() => 0); return el.summary && (await el.download('source', { save: false })).text()")
        .await?;
    assert_eq!(
        text,
        "{\"format\":\"trace-tab\",\"agents\":[{\"id\":\"é😀\"}],\"turns\":[{\"turn\":1,\"agent_id\":\"é😀\",\"input\":\"hi\",\"rounds\":[]}]}"
    );
    Ok(())
}

/// Whether a download gives what `/file` has.
const BACK: &str = "const bytes = new Uint8Array(await (await fetch('/file')).arrayBuffer());
                    return same(await bytesOf(await el.download('source', { save: false })), bytes)";

pub(crate) async fn a_link(page: &Page) -> Outcome {
    for name in DELICATE {
        serve(page, name).await?;
        page.run("el.src = '/file'").await?;
        page.loaded().await?;
        assert_eq!(page.run(BACK).await?, true, "{name}");
    }
    Ok(())
}

pub(crate) async fn a_dropped_file(page: &Page) -> Outcome {
    for name in DELICATE {
        serve(page, name).await?;
        page.run("await customElements.whenDefined('trace-tab'); el.droppable = true")
            .await?;
        page.drop_file(&fixture(name)).await?;
        page.loaded().await?;
        assert_eq!(page.run(BACK).await?, true, "{name}");
        page.click(".split > button").await?;
        let (file, bytes) = page.downloaded().await?;
        assert_eq!(Some(file.as_str()), name.split('/').next_back());
        check(bytes == std::fs::read(fixture(name))?, name)?;
    }
    Ok(())
}

pub(crate) async fn a_pasted_text(page: &Page) -> Outcome {
    let text = String::from_utf8(std::fs::read(fixture("otlp/new-conventions.jsonl"))?)?;
    page.host(&Host {
        body: "<textarea id=from></textarea><trace-tab droppable></trace-tab>",
        ..Host::default()
    })
    .await?;
    page.run_with("from.value = arg; from.focus()", json!(text))
        .await?;
    page.control('a').await?;
    page.control('c').await?;
    // Into a text field a paste is the text field's.
    page.control('v').await?;
    assert_eq!(
        page.run("await sleep(50); return [el.summary, from.value.length > 0]")
            .await?,
        json!([null, true])
    );
    page.run("from.blur()").await?;
    page.control('v').await?;
    page.loaded().await?;
    let back = page
        .run("return (await el.download('source', { save: false })).text()")
        .await?;
    assert_eq!(back, text);
    // Without `droppable`, the element takes nothing.
    page.run("el.data = null; el.droppable = false").await?;
    page.control('v').await?;
    assert_eq!(
        page.run("await sleep(100); return el.summary").await?,
        json!(null)
    );
    Ok(())
}

pub(crate) async fn an_opened_file(page: &Page) -> Outcome {
    serve(page, "trace-tab/invalid-utf8.json").await?;
    page.run(
        "await customElements.whenDefined('trace-tab'); el.droppable = true;
         await until(() => el.shadowRoot.querySelector('button'));
         // The dialog itself is the browser's.
         HTMLInputElement.prototype.click = function () { window.dialog = this; }",
    )
    .await?;
    page.click("button").await?;
    page.run(
        "const bytes = await (await fetch('/file')).arrayBuffer();
         const files = new DataTransfer();
         files.items.add(new File([bytes], 'opened.json'));
         dialog.files = files.files;
         dialog.dispatchEvent(new Event('change'))",
    )
    .await?;
    page.loaded().await?;
    assert_eq!(page.run(BACK).await?, true);
    Ok(())
}

pub(crate) async fn the_button(page: &Page) -> Outcome {
    page.open_sample().await?;
    page.click(".split > button").await?;
    let (name, bytes) = page.downloaded().await?;
    assert_eq!(name, "sample.json");
    check(bytes == page.site.published("sample.json")?, "other bytes")?;
    Ok(())
}

pub(crate) async fn the_menu(page: &Page) -> Outcome {
    page.open_sample().await?;
    page.click(".split summary").await?;
    page.click(".split .sheet button:nth-of-type(1)").await?;
    let (name, bytes) = page.downloaded().await?;
    assert_eq!(name, "sample.json");
    check(bytes == page.site.published("sample.json")?, "other bytes")?;
    let open = page
        .run("await painted(); return el.shadowRoot.querySelector('.split details').open")
        .await?;
    assert_eq!(open, false, "a menu closes when something in it was chosen");
    // It also closes on Esc, which gives the focus back, and when one goes elsewhere.
    let open = page
        .run(
            "const root = el.shadowRoot;
            const menu = root.querySelector('.split details');
            const summary = menu.querySelector('summary');
            const found = [];
            summary.focus();
            summary.click();
            await painted();
            found.push(menu.open);
            menu.querySelector('.sheet button').focus();
            root.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true, composed: true }));
            found.push(menu.open, root.activeElement === summary);
            summary.click();
            await painted();
            menu.querySelector('.sheet').focus();
            found.push(menu.open);
            root.querySelector('.split > button').focus();
            found.push(menu.open);
            return found",
        )
        .await?;
    assert_eq!(open, json!([true, false, true, true, false]));
    page.click(".split summary").await?;
    page.click(".split .sheet button:nth-of-type(2)").await?;
    let (name, bytes) = page.downloaded().await?;
    assert_eq!(name, "sample.trace-tab.json");
    let trace: Value = serde_json::from_slice(&bytes)?;
    assert_eq!(trace.get("format"), Some(&json!("trace-tab")));
    Ok(())
}

pub(crate) async fn file_names(page: &Page) -> Outcome {
    let sample = page.site.published("sample.json")?;
    page.site
        .set("/api/runs/7/trace.json", Answer::json(sample.clone()));
    page.site.set("/api/runs/7/", Answer::json(sample));
    page.site.set(
        "/lines",
        Answer::of(
            "text/plain",
            std::fs::read(fixture("otlp/new-conventions.jsonl"))?,
        ),
    );
    page.host(&Host::default()).await?;
    let names = page
        .run(
            "await customElements.whenDefined('trace-tab');
             const called = [];
             HTMLAnchorElement.prototype.click = function () { called.push(this.download); };
             const note = async () => { await el.download(); await el.download('json'); };
             const src = async (src) => { el.src = src; await outcome(); await note(); };
             await src('/api/runs/7/trace.json?token=secret#x');
             await src('/api/runs/7/');
             await src('/lines');
             const text = await (await fetch('/sample.json')).text();
             await el.load(text); await note();
             await el.load(text, { name: 'Run 7/8: \"why?\"' }); await note();
             await el.load(new File([text], '..\\\\up.json')); await note();
             el.name = 'run-9.json'; await el.load(new File([text], 'x.json')); await note();
             return called",
        )
        .await?;
    assert_eq!(
        names,
        json!([
            "trace.json",
            "trace.trace-tab.json",
            "How did pricing page views change last week-.json",
            "How did pricing page views change last week-.trace-tab.json",
            "lines",
            "lines.trace-tab.json",
            "How did pricing page views change last week-.json",
            "How did pricing page views change last week-.trace-tab.json",
            "Run 7-8- -why--.json",
            "Run 7-8- -why--.trace-tab.json",
            "-up.json",
            "-up.trace-tab.json",
            "run-9.json",
            "run-9.trace-tab.json",
        ])
    );
    Ok(())
}

/// Every fixture as Trace Tab JSON: what the issue asks for is in it, and it loads as the same trace.
pub(crate) async fn as_trace_tab_json(page: &Page) -> Outcome {
    page.host(&Host::default()).await?;
    for folder in ["trace-tab", "otlp", "claude-code"] {
        for file in std::fs::read_dir(fixture(folder))? {
            let file = file?.path();
            page.site.set(
                "/file",
                Answer::of("application/octet-stream", std::fs::read(&file)?),
            );
            let told = page.run(EXPORT).await?;
            check(
                told == json!("no trace") || told == json!([]),
                format!("{}: {told}", file.display()),
            )?;
        }
    }
    let told = page
        .run("el.src = '/sample.json'; return await outcome()")
        .await?;
    check(told.get(0) == Some(&json!("load")), told)?;
    let trace = page
        .run("return JSON.parse(await (await el.download('json', { save: false })).text())")
        .await?;
    let rounds = trace
        .pointer("/turns/0/rounds")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    let numbers: Vec<_> = rounds
        .iter()
        .filter_map(|it| it.get("round")?.as_u64())
        .collect();
    assert_eq!(numbers, (1..=11).collect::<Vec<_>>());
    for path in [
        "start_time",
        "end_time",
        "finish_reason",
        "request_model",
        "usage/input_tokens",
        "usage/output_tokens",
    ] {
        let there = rounds
            .iter()
            .all(|it| it.pointer(&format!("/llm_call/{path}")).is_some());
        check(there, format!("a round has no llm_call/{path}"))?;
    }
    for path in ["name", "arguments", "start_time", "end_time"] {
        let mut calls = rounds
            .iter()
            .filter_map(|it| it.get("tool_calls")?.as_array())
            .flatten();
        check(
            calls.all(|it| it.get(path).is_some()),
            format!("a tool call has no {path}"),
        )?;
    }
    Ok(())
}

/// What differs between a trace and its export, loaded again.
const EXPORT: &str = "
    await customElements.whenDefined('trace-tab');
    const bytes = await (await fetch('/file')).arrayBuffer();
    const first = await el.load(bytes).catch(() => undefined);
    if (!first) return 'no trace';
    const blob = await el.download('json', { save: false });
    let parsed;
    try { parsed = JSON.parse(await blob.text()); } catch (error) { return 'not JSON: ' + error.message; }
    const second = await el.load(await blob.arrayBuffer());
    const differ = Object.keys(first).filter((key) => !['format', 'bytes', 'issues'].includes(key)
      && JSON.stringify(first[key]) !== JSON.stringify(second[key]));
    return differ.map((key) => [key, first[key], second[key]]);";
