//! Rarer shapes of messages, which a part of the viewer reads that is fetched when one is met.

use e2e::page::{Host, Page, check};
use e2e::server::Answer;
use e2e::{Outcome, root};
use serde_json::Value;

const WASM: &str = "/trace-tab-shapes.wasm";

/// In the page: files of OpenInference and OpenLLMetry, and the sample.
const FILES: &str = "
    await customElements.whenDefined('trace-tab');
    const get = async (path) => new Uint8Array(await (await fetch(path)).arrayBuffer());
    const [rare, numbered, sample] = await Promise.all(['/rare', '/numbered', '/sample.json'].map(get));
    const text = (selector) => [...el.shadowRoot.querySelectorAll(selector)].map((it) => it.textContent).join('\\n');
    // How many rows are drawn at once depends on what was there before.
    const all = () => text('header') + rows(el).slice(0, 8).map((it) => it.textContent).join('\\n');
";

async fn begin(page: &Page) -> Outcome {
    let read = |name: &str| std::fs::read(root().join("tests/fixtures/otlp").join(name));
    let of = |bytes: Vec<u8>| Answer::of("application/octet-stream", bytes);
    page.site.set("/rare", of(read("openinference.jsonl")?));
    page.site
        .set("/numbered", of(read("openllmetry-numbered.jsonl")?));
    page.host(&Host::default()).await
}

async fn run(page: &Page, script: &str) -> Outcome<Value> {
    page.run(&format!("{FILES}{script}")).await
}

fn word<'a>(told: &'a Value, key: &str) -> &'a str {
    told.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// It is there before anything is shown, and all is as if it had always been.
pub(crate) async fn read_when_needed(page: &Page) -> Outcome {
    begin(page).await?;
    run(page, "await el.load(sample); await painted()").await?;
    assert_eq!(page.site.count(WASM), 0);
    let told = run(
        page,
        "await el.load(rare);
         const atOnce = all();
         await painted();
         const first = all();
         await el.load(numbered);
         const other = all();
         await el.load(rare);
         return { atOnce, first, again: all(), other };",
    )
    .await?;
    let is = |key: &str| word(&told, key);
    assert_eq!(is("atOnce"), is("again"));
    assert_eq!(is("first"), is("again"));
    for (key, word) in [
        ("first", "Weather in Paris"),
        ("first", "get_weather, get_weather"),
        ("first", "Toolbelt1"),
        ("other", "Weather in Paris"),
    ] {
        let is_said = is(key).contains(word);
        check(is_said, format!("{key}: {word}: {}", is(key)))?;
    }
    assert_eq!(page.site.count(WASM), 1);
    Ok(())
}

/// What only a row says is read when that is drawn: it is drawn once more then.
pub(crate) async fn rows_are_drawn_again(page: &Page) -> Outcome {
    begin(page).await?;
    run(
        page,
        "const trace = JSON.parse(new TextDecoder().decode(sample));
         const call = trace.turns[0].rounds[0].llm_call;
         call.output_message = { role: 'model', parts: [{ text: 'Said as Gemini does' }] };
         await el.load(JSON.stringify(trace));
         await until(() => all().includes('Said as Gemini does'), 'the row is drawn again');",
    )
    .await?;
    assert_eq!(page.site.count(WASM), 1);
    Ok(())
}

/// Without it all else is shown, why is said, and it is asked for again with the next file.
pub(crate) async fn unreachable(page: &Page) -> Outcome {
    page.site.set(WASM, Answer::status(404));
    begin(page).await?;
    let told = run(
        page,
        "const { format, actions } = await el.load(rare);
         await painted(); await painted();
         return { format, actions, rows: text('.row'), foot: text('footer'), head: text('header') };",
    )
    .await?;
    let is = |key: &str| word(&told, key);
    assert_eq!(is("format"), "otlp", "{told}");
    check(is("rows").contains("Round"), &told)?;
    check(is("foot").contains(WASM), &told)?;
    check(is("head").contains("System promptnot reported"), &told)?;
    assert_eq!(page.site.count(WASM), 1);
    let told = run(
        page,
        "await el.load(sample); await painted();
         const foot = text('footer');
         await el.load(rare); await painted();
         return { foot };",
    )
    .await?;
    check(!word(&told, "foot").contains(WASM), &told)?;
    assert_eq!(page.site.count(WASM), 2);
    page.expect_console(&["404 (Not Found)", "integrity"]).await
}
