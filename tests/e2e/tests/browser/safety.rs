//! Whatever a trace says is text: no markup, no link, no request.

use e2e::Outcome;
use e2e::page::{Host, Page, check};
use e2e::server::{Answer, Origin};
use serde_json::{Value, json};

/// A trace with this in every place that holds text of others.
fn full_of(text: &str) -> Value {
    let message = json!([{ "role": "user", "parts": [{ "type": "text", "content": text }] }]);
    let tools = json!([{ "type": "function", "name": text, "description": text, "parameters": { "type": "object", "properties": { text: { "description": text } } } }]);
    let time = |second: u32| format!("2026-11-23T16:00:{second:02}.000Z");
    json!({
        "format": "trace-tab", "version": "1.0", "trace_id": text, "name": text,
        "agents": [{ "id": text, "name": text, "description": text, "request_model": text, "provider_name": text,
            "system_instructions": text, "tool_definitions": tools }],
        "turns": [{ "turn": 1, "agent_id": text, "start_time": time(0), "end_time": time(9), "input": message, "status": "error",
            "error": { "type": text, "message": text },
            "rounds": [{ "round": 1,
                "llm_call": { "id": text, "request_model": text, "response_model": text, "response_id": text, "start_time": time(1), "end_time": time(3),
                    "request": { "stop": text }, "input_messages": message,
                    "output_message": { "role": "assistant", "parts": [
                        { "type": "text", "content": text }, { "type": "reasoning", "content": text },
                        { "type": "uri", "modality": "image", "uri": text, "mime_type": "image/png" },
                        { "type": "blob", "modality": "image", "mime_type": "image/png", "content": "iVBORw0KGgo=" },
                        { "type": text, "content": text },
                        { "type": "tool_call", "id": "c1", "name": text, "arguments": { text: text } }] },
                    "finish_reason": "tool_call", "finish_reason_raw": text, "usage": { "input_tokens": 1, "output_tokens": 1 } },
                "tool_calls": [{ "call_id": "c1", "name": text, "type": text, "server": text, "arguments": { text: text }, "result": text,
                    "status": "error", "error": { "type": text, "message": text }, "start_time": time(4), "end_time": time(5) }],
            }],
        }],
        text: text,
    })
}

/// Looks at every row with every tab, and opens whatever can be opened.
const LOOK_AROUND: &str = "
    for (const row of rows(el).map((it) => it.dataset.row)) {
      el.shadowRoot.querySelector(`[data-row='${row}'] .what`).click();
      await painted();
      for (const tab of [...el.shadowRoot.querySelectorAll('[role=tab]')].map((it) => it.id)) {
        el.shadowRoot.querySelector(`[id='${tab}']`).click();
        await painted();
        for (const it of el.shadowRoot.querySelectorAll('details')) it.open = true;
        for (const it of el.shadowRoot.querySelectorAll('.folded button, .more')) it.click();
        await painted();
        note();
      }
    }
    note();";

pub(crate) async fn markup_is_text(page: &Page) -> Outcome {
    let tracker = page.site.url(Origin::Cdn, "/tracker");
    for (before, text) in [
        ("img", format!("<img src=\"{tracker}?img\" onerror=\"window.ran = 1\">")),
        ("script", format!("<script src=\"{tracker}?script\"></script><script>window.ran = 1</script>")),
        ("svg", format!("\"><svg onload=\"window.ran = 1\"><image href=\"{tracker}?svg\"/></svg><iframe src=\"{tracker}?frame\"></iframe>")),
        ("markdown", format!("![x]({tracker}?markdown) [link]({tracker}?link) {tracker}?plain")),
        ("style", format!("</style><style>@import url({tracker}?css); * {{ background: url({tracker}?bg) }}</style><link rel=prefetch href=\"{tracker}?link\">")),
        ("template", "{{constructor.constructor('window.ran = 1')()}} ${window.ran = 1} javascript:window.ran=1".to_owned()),
    ] {
        page.site.set("/trace.json", Answer::json(full_of(&text).to_string()));
        // Without a policy: nothing but the viewer itself keeps the markup from working.
        let body = "<trace-tab src=\"/trace.json\"></trace-tab>";
        page.host(&Host { body, policy: "", ..Host::default() }).await?;
        page.loaded().await?;
        let script = format!(
            "const found = new Set();
             const own = 'svg path slot'.split(' ');
             const note = () => {{
               for (const it of el.shadowRoot.querySelectorAll('*')) {{
                 if (/^(img|image|script|iframe|object|embed|link|style|base|form|audio|video|a)$/i.test(it.localName)) found.add(it.localName);
                 for (const {{ name }} of it.attributes) if (/^on|^href$|^src$|^style-/i.test(name)) found.add(it.localName + '[' + name + ']');
               }}
             }};
             {LOOK_AROUND}
             const requests = performance.getEntriesByType('resource').map((it) => new URL(it.name).pathname);
             return [[...found], window.ran ?? null, requests.filter((it) => it === '/tracker'), shown(el).includes(arg)]"
        );
        let told = page.run_with(&script, json!(text)).await?;
        assert_eq!(told, json!([[], null, [], true]), "{before}");
        let leaks: Vec<_> = page.site.requests().into_iter().filter(|it| it.target.contains("tracker")).collect();
        check(leaks.is_empty(), format!("{before}: {leaks:#?}"))?;
    }
    Ok(())
}

/// In a whole visit, nothing but the page's own files is asked for.
pub(crate) async fn nothing_is_fetched(page: &Page) -> Outcome {
    page.open_sample().await?;
    let before = page.site.requests().len();
    page.run(&format!("const note = () => {{}}; {LOOK_AROUND}"))
        .await?;
    page.run("await el.load(await el.download('source', { save: false })); await painted()")
        .await?;
    // The parts of the viewer that show the detail, each once.
    let requests = page.site.requests();
    let own = requests.get(before..).unwrap_or_default();
    let mut own: Vec<_> = own.iter().map(|it| it.target.as_str()).collect();
    own.sort_unstable();
    let parts = ["detail", "shapes", "shared"];
    assert_eq!(own, parts.map(|it| format!("/trace-tab-{it}.wasm")));
    let before = requests.len();
    // Trace Tab JSON is written by a part of its own.
    page.run("await el.download('json', { save: false })")
        .await?;
    let requests = page.site.requests();
    let own = requests.get(before..).unwrap_or_default();
    check(
        own.len() == 1 && format!("{own:?}").contains("trace-tab-json.wasm"),
        format!("{own:#?}"),
    )?;
    let others = page.run("return performance.getEntriesByType('resource').map((it) => it.name).filter((it) => !it.startsWith(location.origin))").await?;
    assert_eq!(others, json!([]));
    let kept = page.run("return [document.cookie, localStorage.length, sessionStorage.length, (await indexedDB.databases()).length]").await?;
    assert_eq!(
        kept,
        json!(["", 0, 0, 0]),
        "and nothing is kept in the browser"
    );
    Ok(())
}
