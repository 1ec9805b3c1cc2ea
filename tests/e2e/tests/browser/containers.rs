//! What is packed, what is encoded, and several files at once.

use e2e::generate::{Shape, lines};
use e2e::page::{Host, Page, check};
use e2e::server::Answer;
use e2e::{Outcome, root};
use serde_json::{Value, json};

/// In the page: bytes through one of the browser's streams, and a zip file of entries
/// `[name, method, packed bytes, size]`, written by hand.
const PACKING: &str = "
    await customElements.whenDefined('trace-tab');
    const get = async (path) => new Uint8Array(await (await fetch(path)).arrayBuffer());
    const through = async (bytes, stream) => new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(stream)).arrayBuffer());
    const deflate = (bytes) => through(bytes, new CompressionStream('deflate-raw'));
    const le = (n, size) => Array.from({ length: size }, (_, at) => (n / 2 ** (8 * at)) & 255);
    const zip = (entries) => {
      const out = [], list = [];
      for (const [name, method, packed, size] of entries) {
        const title = [...new TextEncoder().encode(name)];
        const about = [...le(20, 2), ...le(0x800, 2), ...le(method, 2), ...le(0, 4), ...le(0, 4), ...le(packed.length, 4), ...le(size, 4), ...le(title.length, 2), ...le(0, 2)];
        list.push(...le(0x02014b50, 4), ...le(20, 2), ...about, ...le(0, 10), ...le(out.length, 4), ...title);
        out.push(...le(0x04034b50, 4), ...about, ...title, ...packed);
      }
      const start = out.length;
      return new Uint8Array([...out, ...list, ...le(0x06054b50, 4), ...le(0, 4), ...le(entries.length, 2), ...le(entries.length, 2), ...le(list.length, 4), ...le(start, 4), ...le(0, 2)]);
    };
    const plain = await get('/plain'), zst = await get('/zst');
";

async fn begin(page: &Page) -> Outcome {
    let read = |name: &str| std::fs::read(root().join("tests").join(name));
    let of = |bytes: Vec<u8>| Answer::of("application/octet-stream", bytes);
    let plain = read("fixtures/trace-tab/one-line.json")?;
    page.site.set("/plain", of(plain));
    let packed = read("e2e/fixtures/one-line.json.zst")?;
    page.site.set("/zst", of(packed));
    page.host(&Host::default()).await
}

async fn run(page: &Page, script: &str) -> Outcome<Value> {
    page.run(&format!("{PACKING}{script}")).await
}

pub(crate) async fn every_container(page: &Page) -> Outcome {
    begin(page).await?;
    let wrong = run(
        page,
        "const text = new TextDecoder().decode(plain);
         const utf16 = (little) => { const out = new Uint8Array(2 * text.length); const view = new DataView(out.buffer); for (let at = 0; at < text.length; at++) view.setUint16(2 * at, text.charCodeAt(at), little); return out; };
         const gz = await through(plain, new CompressionStream('gzip'));
         const given = {
           gz, zst,
           gzInStream: new Blob([gz]).stream(),
           gzOfGz: await through(gz, new CompressionStream('gzip')),
           little: utf16(true), big: utf16(false),
           mark: new Uint8Array([0xff, 0xfe, ...utf16(true)]),
           gzOfUtf16: await through(utf16(true), new CompressionStream('gzip')),
           stored: zip([['a/t.json', 0, plain, plain.length]]),
           deflated: zip([['t.json', 8, await deflate(plain), plain.length]]),
           zstd: zip([['t.json', 93, zst, plain.length]]),
           hidden: zip([['a/', 0, [], 0], ['__MACOSX/._t.json', 0, [1], 1], ['t.json', 0, plain, plain.length]]),
         };
         await el.load(plain);
         const expected = el.summary.llmCalls;
         const wrong = [];
         for (const [kind, data] of Object.entries(given)) {
           const bytes = data instanceof ReadableStream ? gz : data;
           const summary = await el.load(data).catch((error) => error.message);
           const back = summary.llmCalls === expected && same(await bytesOf(await el.download('source', { save: false })), bytes);
           if (!back) wrong.push([kind, summary]);
         }
         return wrong",
    )
    .await?;
    assert_eq!(wrong, json!([]));
    Ok(())
}

pub(crate) async fn damaged(page: &Page) -> Outcome {
    begin(page).await?;
    let told = run(
        page,
        "const gz = await through(plain, new CompressionStream('gzip'));
         const whole = zip([['t.json', 8, await deflate(plain), plain.length]]);
         const given = [gz.slice(0, 60), zst.slice(0, 60), whole.slice(0, 60), whole.slice(0, -30), zip([['t.json', 99, plain, plain.length]]), zip([['t.json', 8, plain, plain.length]]), zip([])];
         const told = [];
         for (const data of given) told.push(await el.load(data).then(() => 'loaded', ({ code, message }) => `${code}: ${message}`));
         return told",
    )
    .await?;
    let told: Vec<&str> = told
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    assert_eq!(told.len(), 7, "{told:?}");
    let (last, others) = told.split_last().unwrap_or((&"", &[]));
    for it in others {
        check(it.starts_with("unreadable: ") && it.contains("again."), it)?;
    }
    check(last.starts_with("empty: "), last)
}

pub(crate) async fn several_files(page: &Page) -> Outcome {
    begin(page).await?;
    let told = run(
        page,
        "const file = (bytes, name) => new File([bytes], name);
         const gz = await through(plain, new CompressionStream('gzip'));
         const given = [file(plain, 'one.json'), file(gz, 'two.json.gz'), file('nonsense', 'three.txt'), file(plain, 'one.json')];
         const summary = await el.load(given);
         await painted();
         const entries = () => [...el.shadowRoot.querySelectorAll('.traces .row')];
         const listed = { n: entries().length, text: shown(el), state: el.state };
         entries()[1].querySelector('button').click();
         await until(() => rows(el).length > 0);
         const second = { state: el.state, events: names() };
         const zipFile = new Uint8Array(await (await el.download('source', { save: false })).arrayBuffer());
         const again = await el.load(zipFile);
         await painted();
         const unzipped = entries().length;
         el.state = 'trace=3';
         await until(() => rows(el).length > 0);
         const third = el.state;
         el.shadowRoot.querySelector('header button').click();
         await until(() => entries().length > 0);
         return { summary, listed, second, unzipped, third, back: el.state, same: again.llmCalls === summary.llmCalls }",
    )
    .await?;
    let is = |pointer: &str| told.pointer(pointer).cloned().unwrap_or_default();
    assert_eq!(is("/listed/n"), json!(3), "{told}");
    let text = is("/listed/text");
    let text = text.as_str().unwrap_or_default();
    check(text.contains("three.txt was not read: "), text)?;
    assert_eq!(is("/listed/state"), json!(""), "{told}");
    assert_eq!(is("/second/state"), json!("trace=2"), "{told}");
    assert_eq!(is("/second/events"), json!(["load", "state"]), "{told}");
    assert_eq!(is("/unzipped"), json!(3), "{told}");
    assert_eq!(is("/third"), json!("trace=3"), "{told}");
    assert_eq!(is("/back"), json!(""), "{told}");
    assert_eq!(is("/same"), json!(true), "{told}");
    Ok(())
}

/// What is shown of a large trace is derived in slices: meanwhile it is what one looks at, and another may
/// be chosen in its place.
pub(crate) async fn a_large_one_of_several(page: &Page) -> Outcome {
    let large = lines(&Shape {
        seed: 9,
        spans: 100_000,
        words: 2,
    });
    page.site.set("/large", Answer::json(large));
    begin(page).await?;
    let told = run(
        page,
        "const large = new File([await (await fetch('/large')).arrayBuffer()], 'large.jsonl');
         await el.load([large, new File([plain], 'small.json')]);
         await painted();
         const entries = () => [...el.shadowRoot.querySelectorAll('.traces .row')];
         const rowsNow = () => Number(el.shadowRoot.querySelector('[role=treegrid]')?.getAttribute('aria-rowcount') ?? 0);
         entries()[0].querySelector('button').click();
         const atOnce = { state: el.state, listed: entries().length };
         await until(() => rowsNow() > 100_000);
         const then = el.state;
         el.state = 'trace=2';
         await painted();
         const small = rowsNow();
         el.state = 'trace=1&find=nowhere';
         const looked = el.state;
         el.state = '';
         await painted();
         await sleep(300);
         return { atOnce, then, small, looked, last: el.state, listed: entries().length }",
    )
    .await?;
    let is = |pointer: &str| told.pointer(pointer).cloned().unwrap_or_default();
    assert_eq!(is("/atOnce"), json!({ "state": "trace=1", "listed": 2 }));
    assert_eq!(is("/then"), json!("trace=1"));
    check(
        is("/small").as_u64().is_some_and(|it| it < 100),
        told.to_string(),
    )?;
    assert_eq!(is("/looked"), json!("trace=1&find=nowhere"));
    assert_eq!(is("/last"), json!(""));
    assert_eq!(is("/listed"), json!(2));
    Ok(())
}

/// The wasm for Zstandard is fetched when a file is packed so, and not before.
pub(crate) async fn zstd_when_needed(page: &Page) -> Outcome {
    begin(page).await?;
    run(page, "await el.load(plain)").await?;
    assert_eq!(page.site.count("/trace-tab-zstd.wasm"), 0);
    run(page, "await el.load(zst); await el.load(zst)").await?;
    assert_eq!(page.site.count("/trace-tab-zstd.wasm"), 1);
    Ok(())
}
