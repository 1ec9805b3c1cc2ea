//! What the user looks at: in the property, the attribute, the events and the page's address.

use e2e::Outcome;
use e2e::page::{Host, Page};
use e2e::server::Answer;
use serde_json::json;
use thirtyfour::Key;

pub(crate) async fn round_trip(page: &Page) -> Outcome {
    page.show(page.site.published("sample.json")?).await?;
    assert_eq!(page.run("return el.state").await?, "");
    page.click("[data-kind=llm]").await?;
    page.run("await painted()").await?; // the part that shows the detail has come
    page.click("#tab-System").await?;
    page.keys(Key::Tab).await?;
    page.run("el.shadowRoot.querySelector('[role=treegrid]').focus()")
        .await?;
    page.keys("z").await?;
    page.click(".row[aria-level='2'] .twist").await?;
    let told = page
        .run(
            "await painted();
             const look = () => [title(selected(el)), el.shadowRoot.querySelector('[role=tab][aria-selected=true]')?.textContent,
               el.shadowRoot.querySelector('.brush')?.style.left, rows(el).length];
             const { state } = el, before = look();
             heard.length = 0;
             el.state = ''; await painted();
             const empty = [el.state, selected(el), look().slice(1, 3)];
             el.state = '#' + state; await painted();
             const after = look();
             el.state = 'row=span:of-another-trace&tab=what&window=x&color=red'; await painted();
             return { state, same: JSON.stringify(before) === JSON.stringify(after), before, empty, unknown: el.state, events: heard.length }",
        )
        .await?;
    let state = told
        .get("state")
        .and_then(|it| it.as_str())
        .unwrap_or_default();
    for part in [
        "row=span:llm-01",
        "tab=system",
        "closed=round:llm-01",
        "window=",
    ] {
        assert!(state.contains(part), "{part} is not in {state}");
    }
    assert_eq!(told.get("same"), Some(&json!(true)), "{told}");
    assert_eq!(
        told.get("empty"),
        Some(&json!(["", null, [null, null]])),
        "{told}"
    );
    assert_eq!(
        told.get("unknown"),
        Some(&json!("")),
        "what a link does not know it leaves out"
    );
    assert_eq!(
        told.get("events"),
        Some(&json!(0)),
        "what the host sets is no news to it"
    );
    Ok(())
}

/// The page keeps the state in its fragment.
pub(crate) async fn fragment(page: &Page) -> Outcome {
    page.open("/#row=span:llm-03&tab=toolbelt").await?;
    page.loaded().await?;
    let look = "await painted(); return [title(selected(el)), el.shadowRoot.querySelector('[role=tab][aria-selected=true]').textContent, location.hash]";
    assert_eq!(
        page.run(look).await?,
        json!([
            "claude-sonnet-4-6",
            "Toolbelt 9",
            "#row=span:llm-03&tab=toolbelt"
        ])
    );
    page.click("#tab-Messages").await?;
    assert_eq!(
        page.run("return await until(() => location.hash === '#row=span:llm-03')")
            .await?,
        true
    );
    page.click(".detail .close").await?;
    assert_eq!(
        page.run("return await until(() => !location.href.includes('#'))")
            .await?,
        true
    );
    page.run("location.hash = 'row=turn:1'").await?;
    page.run("await until(() => el.state === 'row=turn:1')")
        .await?;
    assert_eq!(
        page.run("await painted(); return title(selected(el))")
            .await?,
        "Turn 1"
    );

    // And its address names the trace.
    page.site.set(
        "/mine.jsonl",
        Answer::json(page.site.published("sample.json")?),
    );
    page.open("/?src=mine.jsonl#row=span:llm-02").await?;
    page.loaded().await?;
    assert_eq!(
        page.run("return [el.src, el.state, names()]").await?,
        json!(["mine.jsonl", "row=span:llm-02", ["load"]])
    );
    page.open("/?src=nothing-there.json").await?;
    let code = page.run("await until(() => el.matches(':state(error)')); return heard.at(-1)?.detail.code ?? shown(el)").await?;
    assert!(
        code.to_string().contains("http") || code.to_string().contains("404"),
        "{code}"
    );
    page.console().await.map(drop)
}

pub(crate) async fn attribute(page: &Page) -> Outcome {
    let body =
        "<trace-tab src=\"/sample.json\" state=\"row=span:llm-04&amp;tab=json\"></trace-tab>";
    page.host(&Host {
        body,
        ..Host::default()
    })
    .await?;
    page.loaded().await?;
    page.keys(Key::Tab).await?;
    let told = page.run("const before = el.state; el.state = 'row=turn:1'; return [before, el.state, el.getAttribute('state')]").await?;
    assert_eq!(
        told,
        json!([
            "row=span:llm-04&tab=json",
            "row=turn:1",
            "row=span:llm-04&tab=json"
        ]),
        "read at the start, reflected never"
    );
    Ok(())
}

pub(crate) async fn events(page: &Page) -> Outcome {
    page.show(page.site.published("sample.json")?).await?;
    page.run("heard.length = 0").await?;
    page.click(".row[data-row='0'] .what").await?;
    page.click("[data-kind=llm] .what").await?;
    page.keys(Key::Escape).await?;
    let told = page
        .run("await painted(); return heard.map(({ name, detail }) => [name, detail])")
        .await?;
    assert_eq!(
        told,
        json!([
            ["select", { "id": "turn:1", "kind": "turn", "name": "Turn 1" }],
            ["state", { "state": "row=turn:1" }],
            ["select", { "id": "span:llm-01", "kind": "llm", "name": "claude-sonnet-4-6" }],
            ["state", { "state": "row=span:llm-01" }],
            ["state", { "state": "" }],
        ])
    );
    Ok(())
}

/// Events reach the host's listeners through its own shadow roots; the kinds are as published.
pub(crate) async fn selection(page: &Page) -> Outcome {
    page.host(&Host {
        body: "<div id=outer></div>",
        ..Host::default()
    })
    .await?;
    page.run(
        "await customElements.whenDefined('trace-tab');
         const inner = outer.attachShadow({ mode: 'open' });
         window.it = document.createElement('trace-tab');
         it.src = '/sample.json';
         inner.append(it);
         const load = await next('load');
         if (JSON.stringify(load) !== JSON.stringify(it.summary)) throw new Error('another summary');
         await painted()",
    )
    .await?;
    let kinds = page
        .run(
            "const kinds = {};
             const grid = it.shadowRoot.querySelector('[role=treegrid]');
             for (const row of rows(it)) { row.querySelector('.what').click(); await sleep(0); }
             for (const { name, detail } of heard) if (name === 'select') kinds[detail.kind] = (kinds[detail.kind] ?? 0) + 1;
             return [kinds.turn, kinds.round > 3, kinds.llm > 3, kinds.tool > 3]",
        )
        .await?;
    assert_eq!(kinds, json!([1, true, true, true]));
    Ok(())
}
