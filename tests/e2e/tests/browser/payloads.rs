//! Payloads of any size: seen at once, copied whole, and never in the document whole.

use e2e::Outcome;
use e2e::page::{Page, check};
use serde_json::{Value, json};

/// A trace with one tool call that returns this value.
fn trace(result: &str) -> String {
    let head = r#"{"format":"trace-tab","version":"1.0","agents":[{"id":"main","name":"A"}],"turns":[{"turn":1,"agent_id":"main","rounds":[{"round":1,"llm_call":{"request_model":"m","finish_reason":"tool_call"},"tool_calls":[{"call_id":"c1","name":"read","arguments":{"q":1},"result":"#;
    [head, result, "}]}]}]}"].concat()
}

/// Elements in the shadow root, and characters.
const COUNT: &str = "await painted(); return [el.shadowRoot.querySelectorAll('*').length, el.shadowRoot.textContent.length]";

async fn counts(page: &Page) -> Outcome<(u64, u64)> {
    let told = page.run(COUNT).await?;
    let number = |at: usize| told.get(at).and_then(Value::as_u64).unwrap_or(u64::MAX);
    Ok((number(0), number(1)))
}

async fn small(page: &Page, what: &str) -> Outcome {
    let (elements, characters) = counts(page).await?;
    check(
        elements < 3_000 && characters < 1_500_000,
        format!("{what}: {elements} elements, {characters} characters"),
    )
}

/// What the button copies.
const COPIED: &str =
    "let copied; navigator.clipboard.writeText = async (text) => { copied = text; };
    const result = [...el.shadowRoot.querySelectorAll('.block')].at(-1);
    result.querySelector('.copy').click();";

pub(crate) async fn a_long_text(page: &Page) -> Outcome {
    let words = "word \\\"é\\\"\\n".repeat(4_500_000);
    page.show(trace(&format!("\"{words}THE END\""))).await?;
    page.click("[data-kind=tool] .what").await?;
    let told = page.run("await painted(); return el.shadowRoot.querySelector('.block:last-child pre').textContent.slice(0, 18)").await?;
    assert_eq!(told, "word \"é\"\nword \"é\"\n");
    small(page, "at first").await?;
    for _ in 0..6 {
        page.run("[...el.shadowRoot.querySelectorAll('.more')].at(-1).click(); await painted()")
            .await?;
    }
    small(page, "with more").await?;
    let copied = page
        .run(&format!(
            "{COPIED} return [copied.length, copied.slice(-9)]"
        ))
        .await?;
    assert_eq!(copied, json!([4_500_000 * 9 + 7, "\"\nTHE END"]));
    page.click("#tab-Json").await?;
    small(page, "the record").await?;
    // Its end is found, and shown.
    page.run("el.state += '&find=the%20end'; await painted(); el.shadowRoot.querySelector('.find [aria-label^=Next]').click(); await until(() => el.shadowRoot.querySelector('mark[aria-current]'))").await?;
    let mark = page.run("return [el.shadowRoot.querySelector('mark[aria-current]').textContent, el.shadowRoot.querySelector('.find [role=status]').textContent]").await?;
    assert_eq!(mark, json!(["THE END", "1 of 1"]));
    small(page, "the end").await
}

pub(crate) async fn a_large_document(page: &Page) -> Outcome {
    let item = |i: usize| {
        format!(
            "{{\"id\":{i},\"tags\":[\"a\",\"b\"],\"inside\":{{\"deep\":{{\"text\":\"{}\"}}}}}}",
            "lorem ".repeat(80)
        )
    };
    let items: Vec<String> = (0..90_000).map(item).collect();
    let value = format!("{{\"items\":[{}],\"last\":\"THE END\"}}", items.join(","));
    check(value.len() > 45_000_000, value.len())?;
    page.show(trace(&value)).await?;
    page.click("[data-kind=tool] .what").await?;
    page.run("await until(() => el.shadowRoot.querySelector('.tree .key'))")
        .await?;
    small(page, "at first").await?;
    // What comes after 45 MB is shown as soon as they were read.
    page.run("el.shadowRoot.querySelectorAll('.tree .twist')[1].click(); await until(() => el.shadowRoot.querySelector('.tree').textContent.includes('THE END'))").await?;
    page.run("el.shadowRoot.querySelectorAll('.tree .twist')[1].click(); await painted()")
        .await?;
    for _ in 0..4 {
        page.run(
            "[...el.shadowRoot.querySelectorAll('.tree .more')].at(-1)?.click(); await painted()",
        )
        .await?;
        small(page, "with more").await?;
    }
    let copied = page
        .run_with(&format!("{COPIED} return copied.length"), json!(null))
        .await?;
    assert_eq!(copied, json!(value.len()));
    page.run("el.state += '&find=%22id%22:89990'; await until(() => el.shadowRoot.querySelector('.find [role=status]')?.textContent === '1 found'); el.shadowRoot.querySelector('.find [aria-label^=Next]').click();
              await until(() => el.shadowRoot.querySelector('mark[aria-current]'))").await?;
    small(page, "far down").await
}

/// As deep as no one looks.
pub(crate) async fn a_deep_one(page: &Page) -> Outcome {
    let deep = 100_000;
    page.show(trace(
        &[&"[".repeat(deep), "\"here\"", &"]".repeat(deep)].concat(),
    ))
    .await?;
    page.click("[data-kind=tool] .what").await?;
    small(page, "deep").await?;
    page.run("for (let i = 0; i < 30; i++) { [...el.shadowRoot.querySelectorAll('.tree .twist[aria-expanded=false]')].at(-1).click(); await painted(); }").await?;
    small(page, "deeper").await?;
    let lines = page
        .run("return el.shadowRoot.querySelectorAll('.tree .at').length")
        .await?;
    check(lines.as_u64().is_some_and(|it| it > 60), format!("{lines}"))
}

/// More messages than a document should have elements, each with a call and its result.
pub(crate) async fn many_messages(page: &Page) -> Outcome {
    let deep = format!(
        "{{\"stringValue\":{}",
        "{\"kvlistValue\":{\"values\":[{\"key\":\"k\",\"value\":".repeat(40_000)
    );
    let message = |i: usize| {
        json!([
            { "role": "user", "parts": [{ "type": "text", "content": format!("Question {i}") }] },
            { "role": "assistant", "parts": [{ "type": "tool_call", "id": format!("c{i}"), "name": "read",
                "arguments": { "a": (0..300).collect::<Vec<_>>(), "b": (0..200).map(|it| format!("word{it}")).collect::<Vec<_>>() } }] },
        ])
    };
    let messages: Vec<Value> = (0..1_500)
        .flat_map(|it| message(it).as_array().cloned().unwrap_or_default())
        .collect();
    let trace = json!({ "format": "trace-tab", "version": "1.0", "agents": [{ "id": "main", "name": "A" }],
        "turns": [{ "turn": 1, "agent_id": "main", "rounds": [{ "round": 1,
            "llm_call": { "id": "l1", "request_model": "m", "finish_reason": "stop", "input_messages": messages, "output_message": { "role": "assistant", "parts": [{ "type": "text", "content": deep }] } },
            "tool_calls": [] }] }] });
    page.show(trace.to_string()).await?;
    page.viewport(3840, 2160).await?;
    page.click("[data-kind=llm] .what").await?;
    small(page, "at first").await?;
    page.run("[...el.shadowRoot.querySelectorAll('.more')].find((it) => it.textContent.startsWith('show those after')).click(); await painted()").await?;
    small(page, "further").await?;
    // The last of them is found, and shown.
    page.run("el.state += '&find=Question%201499'; await until(() => el.shadowRoot.querySelector('.find [role=status]')?.textContent === '1 found');
              el.shadowRoot.querySelector('.find [aria-label^=Next]').click(); await until(() => el.shadowRoot.querySelector('mark[aria-current]'))").await?;
    let tab = page
        .run("return el.shadowRoot.querySelector('[role=tab][aria-selected=true]').textContent")
        .await?;
    assert_eq!(tab, "Messages");
    small(page, "the last").await
}
