//! Formats that a part of the viewer reads, which is fetched when a file is none of the common ones.

use e2e::page::{Host, Page, check};
use e2e::server::Answer;
use e2e::{Outcome, root};
use serde_json::{Value, json};

const WASM: &str = "/trace-tab-formats.wasm";

/// In the page: a file that the viewer reads, and one that it does not.
const FILES: &str = "
    await customElements.whenDefined('trace-tab');
    const get = async (path) => new Uint8Array(await (await fetch(path)).arrayBuffer());
    const common = await get('/common'), rare = await get('/rare');
";

async fn begin(page: &Page) -> Outcome {
    let read = |name: &str| std::fs::read(root().join("tests/fixtures").join(name));
    let of = |bytes: Vec<u8>| Answer::of("application/octet-stream", bytes);
    page.site
        .set("/common", of(read("trace-tab/one-line.json")?));
    page.site
        .set("/rare", of(read("opencode/steps-and-unfinished.json")?));
    page.host(&Host::default()).await
}

async fn run(page: &Page, script: &str) -> Outcome<Value> {
    page.run(&format!("{FILES}{script}")).await
}

/// It is shown as any other, and its download is what came in.
pub(crate) async fn a_rare_one(page: &Page) -> Outcome {
    begin(page).await?;
    let told = run(
        page,
        "const summary = await el.load(rare, { name: 'rare.json' });
         const back = new Uint8Array(await (await el.download('source', { save: false })).arrayBuffer());
         return { summary, same: back.length === rare.length && back.every((it, at) => it === rare[at]),
                  text: el.shadowRoot.textContent };",
    )
    .await?;
    let is = |pointer: &str| told.pointer(pointer).cloned().unwrap_or_default();
    assert_eq!(is("/summary/format"), json!("opencode"), "{told}");
    assert_eq!(is("/same"), json!(true), "{told}");
    check(
        is("/text")
            .as_str()
            .is_some_and(|it| it.contains("Read as opencode session")),
        told,
    )
}

/// Of several files one is rare: all are shown, in their order.
pub(crate) async fn among_others(page: &Page) -> Outcome {
    begin(page).await?;
    let told = run(
        page,
        "const file = (bytes, name) => new File([bytes], name);
         await el.load([file(common, 'one.json'), file(rare, 'two.json'), file('no trace', 'three.txt')]);
         const list = el.shadowRoot.textContent;
         el.state = 'trace=2';
         return { list, second: el.summary };",
    )
    .await?;
    let is = |pointer: &str| told.pointer(pointer).cloned().unwrap_or_default();
    let list = is("/list");
    let list = list.as_str().unwrap_or_default();
    check(list.contains("three.txt was not read: "), list)?;
    assert_eq!(is("/second/format"), json!("opencode"), "{told}");
    Ok(())
}

/// What is wrong with such a file is said as of any other.
pub(crate) async fn rare_and_damaged(page: &Page) -> Outcome {
    begin(page).await?;
    let told = run(
        page,
        "const cut = rare.subarray(0, 150);
         const why = await el.load(cut).then(String, ({ phase, code, message }) => ({ phase, code, message }));
         await el.load(rare);
         return { why, format: el.summary.format };",
    )
    .await?;
    let is = |pointer: &str| told.pointer(pointer).cloned().unwrap_or_default();
    assert_eq!(is("/why/phase"), json!("read"), "{told}");
    assert_eq!(is("/why/code"), json!("cut"), "{told}");
    assert_eq!(is("/format"), json!("opencode"), "{told}");
    Ok(())
}

/// It is fetched when a file is of such a format, and not before.
pub(crate) async fn fetched_when_needed(page: &Page) -> Outcome {
    begin(page).await?;
    run(page, "await el.load(common)").await?;
    assert_eq!(page.site.count(WASM), 0);
    run(page, "await el.load(rare); await el.load(rare)").await?;
    assert_eq!(page.site.count(WASM), 1);
    Ok(())
}

/// A host that publishes the viewer without it is told so; what the viewer reads itself is read.
pub(crate) async fn unreachable(page: &Page) -> Outcome {
    page.site.set(WASM, Answer::status(404));
    begin(page).await?;
    let told = run(
        page,
        "const why = await el.load(rare).then(String, ({ code, message }) => ({ code, message }));
         await el.load(common);
         return { why, format: el.summary.format };",
    )
    .await?;
    let is = |pointer: &str| told.pointer(pointer).cloned().unwrap_or_default();
    assert_eq!(is("/why/code"), json!("network"), "{told}");
    let message = is("/why/message");
    let message = message.as_str().unwrap_or_default();
    check(message.contains(WASM), message)?;
    assert_eq!(is("/format"), json!("trace-tab"), "{told}");
    page.expect_console(&["404 (Not Found)", "integrity"]).await
}
