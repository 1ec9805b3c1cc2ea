//! The page in a frame of another origin: the messages of `docs/frame.md`.

use e2e::Outcome;
use e2e::page::{Host, Page};
use e2e::server::Origin;
use serde_json::json;

/// Puts the page into a frame, of the CDN's origin, and keeps what it says.
async fn framed(page: &Page, query: &str) -> Outcome {
    let cdn = page.site.url(Origin::Cdn, "");
    page.host(&Host {
        body: "",
        policy: &format!("default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; frame-src {cdn} 'self'"),
        script: "",
    })
    .await?;
    page.run_with(
        "window.said = [];
         addEventListener('message', ({ origin, source, data }) => said.push({ ...data, origin, own: source === frames[0] }));
         window.tells = (type) => until(() => said.find((it) => it.type === `trace-tab-${type}`)?.detail, type);
         window.send = (data) => frames[0].postMessage(data, arg.cdn);
         window.text = await (await fetch('/sample.json')).text();
         const frame = document.createElement('iframe');
         frame.width = 1300; frame.height = 800;
         frame.src = `${arg.cdn}/index.html${arg.query}`;
         document.body.append(frame);
         await new Promise((resolve) => frame.addEventListener('load', resolve))",
        json!({ "cdn": cdn, "query": query }),
    )
    .await
    .map(drop)
}

/// Runs a script in the frame.
async fn inside(page: &Page, script: &str) -> Outcome<serde_json::Value> {
    page.enter_frame(0).await?;
    let told = page.run(script).await;
    page.leave_frame().await?;
    told
}

pub(crate) async fn talks_to_its_parent(page: &Page) -> Outcome {
    let host = page.site.url(Origin::Host, "");
    framed(page, &format!("?theme=dark&parent={host}")).await?;
    let told = page
        .run(
            "await tells('ready');
             send({ type: 'trace-tab-load', data: text, name: 'Order 42', state: 'row=span:llm-02' });
             const { name, rounds } = await tells('load');
             return [name, rounds, said.every((it) => it.own), said[0].origin]",
        )
        .await?;
    let cdn = page.site.url(Origin::Cdn, "");
    assert_eq!(told, json!(["Order 42", 11, true, cdn]));
    let there =
        "await until(() => selected(el)); return [el.state, el.theme, el.droppable, location.hash]";
    let told = inside(page, there).await?;
    assert_eq!(told, json!(["row=span:llm-02", "dark", false, ""]));
    page.run("send({ type: 'trace-tab-state', state: 'row=span:llm-05' })")
        .await?;
    inside(page, "await until(() => el.state === 'row=span:llm-05')").await?;
    let told = page
        .run("return said.map((it) => it.type).filter((it) => it !== 'trace-tab-progress')")
        .await?;
    assert_eq!(
        told,
        json!(["trace-tab-ready", "trace-tab-load"]),
        "no echo of what was sent"
    );
    inside(
        page,
        "el.shadowRoot.querySelector('[data-kind=tool]').click()",
    )
    .await?;
    let told = page
        .run(
            "const { kind, id } = await tells('select');
             const { state } = await tells('state');
             said.length = 0;
             send({ type: 'trace-tab-load', data: 'no trace' });
             return [kind, state === `row=${id}`, (await tells('error')).phase]",
        )
        .await?;
    assert_eq!(told, json!(["tool", true, "read"]));
    Ok(())
}

/// Who is not the parent that was named is not heard, and hears nothing.
pub(crate) async fn hears_nobody_else(page: &Page) -> Outcome {
    framed(page, "?parent=https://other.example&src=sample.json").await?;
    page.run("send({ type: 'trace-tab-load', data: text })")
        .await?;
    inside(
        page,
        "await until(() => el.matches(':state(empty)')); await sleep(100)",
    )
    .await?;
    let told = inside(page, "return [el.summary, el.src]").await?;
    assert_eq!(
        told,
        json!([null, ""]),
        "nor does it take a trace by its address"
    );
    assert_eq!(page.run("return said").await?, json!([]));
    // ChromeDriver logs that the page told an origin that is not there.
    page.console().await.map(drop)
}

/// Another window of the parent's origin is not the parent.
pub(crate) async fn hears_no_sibling(page: &Page) -> Outcome {
    let host = page.site.url(Origin::Host, "");
    framed(page, &format!("?parent={host}")).await?;
    page.run(
        "await tells('ready');
         const sibling = document.createElement('iframe');
         sibling.src = '/sample.json';
         document.body.append(sibling);
         await new Promise((resolve) => sibling.addEventListener('load', resolve))",
    )
    .await?;
    page.enter_frame(1).await?;
    let sent = "parent.frames[0].postMessage({ type: 'trace-tab-load', data: document.body.textContent }, '*'); await sleep(200)";
    let sent = page.run(sent).await;
    page.leave_frame().await?;
    sent?;
    let told = inside(page, "return [el.summary, el.matches(':state(empty)')]").await?;
    assert_eq!(told, json!([null, true]));
    page.run("send({ type: 'trace-tab-load', data: text }); await tells('load')")
        .await
        .map(drop)
}
