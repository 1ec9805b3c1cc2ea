//! A trace that is shown while it comes.

use e2e::Outcome;
use e2e::page::{Host, Page, check};
use serde_json::{Value, json};

/// Makes records of a session: `session(turn)`, one turn.
const SESSION: &str = "const at = (turn, ms) => new Date(Date.UTC(2026, 10, 23, 16) + turn * 1000 + ms).toISOString();
  const session = (turn) => [
    { record: 'turn', turn, input: `do ${turn}`, start_time: at(turn, 0), end_time: at(turn, 900) },
    { record: 'llm_call', turn, round: 1, id: `l${turn}`, response_model: 'm', output_message: 'done', usage: { input_tokens: 10, output_tokens: 2 }, start_time: at(turn, 10), end_time: at(turn, 300) },
    { record: 'tool_call', turn, round: 1, call_id: `c${turn}`, name: 'search', arguments: '{}', result: `r${turn}`, start_time: at(turn, 310), end_time: at(turn, 800) },
  ];
  const line = (record) => JSON.stringify(record) + '\\n';
  const pane = () => el.shadowRoot.querySelector('.waterfall');
  const texts = () => rows(el).map((it) => title(it));";

async fn run(page: &Page, script: &str) -> Outcome<Value> {
    page.run(&format!("{SESSION}\n{script}")).await
}

/// Rows appear, bars grow, and the end is as if all had been loaded.
pub(crate) async fn appended(page: &Page) -> Outcome {
    page.host(&Host::default()).await?;
    let told = run(
        page,
        "await customElements.whenDefined('trace-tab');
         const [turn, llm, tool] = session(1);
         el.append(line(turn));
         // In two parts, neither of which is a line.
         el.append(line(llm).slice(0, 40));
         el.append(new TextEncoder().encode(line(llm).slice(40)));
         await until(() => rows(el).length > 2);
         const begun = { state: el.matches(':state(live)'), sign: Boolean(el.shadowRoot.querySelector('.live')), actions: el.summary.actions };
         const before = rows(el).length;
         el.append(tool);
         await until(() => rows(el).length > before);
         const more = { actions: el.summary.actions, download: await (await el.download('source', { save: false })).text() === [turn, llm, tool].map(line).join('') };
         heard.length = 0;
         const running = { ...session(2)[1], end_time: undefined };
         el.append([session(2)[0], running].map((it) => ({ ...it, status: 'running', end_time: undefined })));
         await until(() => shown(el).includes('running'));
         const bar = () => Math.max(...[...el.shadowRoot.querySelectorAll('[data-open] .bar')].map((it) => it.getBoundingClientRect().width));
         const narrow = bar();
         el.append(session(2)[2]);
         await until(() => bar() > narrow);
         el.end();
         const summary = await next('load');
         await painted();
         return { begun, more, ready: el.matches(':state(ready)'), live: el.matches(':state(live)'), sign: el.shadowRoot.querySelector('.live'),
           unfinished: shown(el).includes('unfinished'), running: shown(el).includes('running'), names: names(), actions: summary.actions, turns: summary.turns }",
    )
    .await?;
    let expected = json!({
        "begun": { "state": true, "sign": true, "actions": 1 },
        "more": { "actions": 2, "download": true },
        "ready": true, "live": false, "sign": null, "unfinished": true, "running": false,
        "names": ["load"], "actions": 4, "turns": 2,
    });
    assert_eq!(told, expected);
    Ok(())
}

/// Who sees the end sees it still; who looks elsewhere does not notice.
pub(crate) async fn followed(page: &Page) -> Outcome {
    page.host(&Host::default()).await?;
    let told = run(
        page,
        "await customElements.whenDefined('trace-tab');
         const turns = (from, to) => { for (let turn = from; turn < to; turn++) el.append(session(turn)); };
         turns(0, 2);
         await until(() => el.summary?.turns === 2);
         await painted();
         turns(2, 40);
         await until(() => el.summary.turns === 40);
         await painted();
         const isAtEnd = () => pane().scrollTop + pane().clientHeight >= pane().scrollHeight - 2;
         const filled = isAtEnd();
         turns(40, 60);
         await until(() => el.summary.turns === 60);
         await painted();
         const follows = isAtEnd() && texts().at(-1) === 'search';
         pane().scrollTop = 300;
         await painted();
         const row = rows(el).find((it) => it.getBoundingClientRect().top > 300);
         row.click();
         await painted();
         const picked = () => selected(el).textContent;
         const [was, y] = [selected(el).querySelector('.what').textContent, selected(el).getBoundingClientRect().top];
         const detail = el.shadowRoot.querySelector('.detail');
         turns(60, 90);
         await until(() => el.summary.turns === 90);
         await painted();
         const stays = [pane().scrollTop, selected(el).querySelector('.what').textContent === was, selected(el).getBoundingClientRect().top === y,
           el.shadowRoot.querySelector('.detail') === detail];
         el.end();
         await next('load');
         await painted();
         return { filled, follows, stays, end: [pane().scrollTop, selected(el).querySelector('.what').textContent === was], rows: Number(pane().ariaRowCount) > 200 }",
    )
    .await?;
    let expected = json!({
        "filled": true, "follows": true, "stays": [300, true, true, true], "end": [300, true], "rows": true,
    });
    assert_eq!(told, expected);
    Ok(())
}

/// What was loaded goes on.
pub(crate) async fn after_a_load(page: &Page) -> Outcome {
    page.host(&Host::default()).await?;
    let told = run(
        page,
        "await customElements.whenDefined('trace-tab');
         await el.load(session(1).map(line).join(''));
         el.append(session(2));
         await until(() => el.matches(':state(live)') && el.summary.turns === 2);
         const live = texts();
         // Gone and back, there is what came.
         el.remove();
         await sleep(50);
         document.body.append(el);
         await next('load');
         el.append(session(3));
         await until(() => el.summary?.turns === 3);
         el.end();
         const { actions } = await next('load');
         // A load ends what is live.
         el.append(session(4));
         await el.load(session(1).map(line).join(''));
         return [live.length, actions, el.summary.turns, el.matches(':state(ready)')]",
    )
    .await?;
    assert_eq!(told, json!([8, 6, 1, true]));
    Ok(())
}

/// What is no lines or records says so, and what is shown stays.
pub(crate) async fn not_of_every_format(page: &Page) -> Outcome {
    page.show(page.site.published("sample.json")?).await?;
    let told = run(
        page,
        "el.append({ record: 'turn' });
         const { phase, code, message } = await next('error');
         const stays = [el.summary.rounds, el.matches(':state(ready)')];
         el.data = null;
         const text = await (await fetch('/sample.json')).text();
         el.append(text);
         const again = await next('error');
         let refused;
         try { el.append(7); } catch (error) { refused = error.name; }
         el.end(); // of nothing
         return { phase, code, message, stays, again: again.code, state: el.matches(':state(error)'), refused }",
    )
    .await?;
    let message = told.get("message").and_then(Value::as_str);
    check(
        message.is_some_and(|it| it.contains("Trace Tab JSON")),
        &told,
    )?;
    for (name, expected) in [
        ("phase", json!("read")),
        ("code", json!("not-live")),
        ("stays", json!([11, true])),
        ("again", json!("not-live")),
        ("state", json!(true)),
        ("refused", json!("TypeError")),
    ] {
        assert_eq!(told.get(name), Some(&expected), "{name}");
    }
    Ok(())
}

/// A download has what was shown and what was added, also of a file that was packed.
pub(crate) async fn downloaded(page: &Page) -> Outcome {
    page.host(&Host::default()).await?;
    let told = run(
        page,
        "await customElements.whenDefined('trace-tab');
         const [first, second] = [1, 2].map((turn) => session(turn).map(line).join(''));
         const packed = await new Response(new Blob([first]).stream().pipeThrough(new CompressionStream('gzip'))).blob();
         const called = [];
         HTMLAnchorElement.prototype.click = function () { called.push(this.download); };
         const whole = async () => await (await el.download()).text() === first + second;
         const found = [];
         for (const data of [new Blob([first]), new File([packed], 'it.jsonl.gz')]) {
           await el.load(data);
           el.append(second);
           await until(() => el.summary.turns === 2);
           const live = await whole();
           el.remove();
           await sleep(50);
           document.body.append(el);
           await until(() => el.summary?.turns === 2);
           el.end();
           await until(() => el.matches(':state(ready)'));
           found.push(live, await whole());
         }
         return [found, called[2]]",
    )
    .await?;
    assert_eq!(told, json!([[true, true, true, true], "it.jsonl"]));
    Ok(())
}

/// What comes while the element is away is there when it is back, and so is what was half there.
pub(crate) async fn removed_and_back(page: &Page) -> Outcome {
    page.host(&Host::default()).await?;
    let told = run(
        page,
        "await customElements.whenDefined('trace-tab');
         const text = [1, 2, 3].map((turn) => session(turn).map(line).join(''));
         const away = async (meanwhile) => {
           el.remove();
           await sleep(50);
           meanwhile();
           document.body.append(el);
         };
         const back = async () => { el.end(); await until(() => el.matches(':state(ready)')); return await (await el.download('source', { save: false })).text() === text.join(''); };
         const found = [];
         // While it is away.
         await el.load(text[0]);
         await away(() => el.append(text[1]));
         el.append(text[2]);
         await until(() => el.summary?.turns === 3);
         found.push(await back());
         // In the same moment: not taken yet, and the end as well.
         await el.load(text[0]);
         el.append(text[1] + text[2]);
         el.end();
         await away(() => {});
         await until(() => el.summary?.turns === 3 && el.matches(':state(ready)'));
         found.push(await back());
         // After the end, of a trace that was loaded and of one that was not.
         for (const start of [text[0], '']) {
           el.data = null;
           if (start) await el.load(start);
           el.append(text.join('').slice(start.length));
           el.end();
           await until(() => el.summary?.turns === 3 && el.matches(':state(ready)'));
           await away(() => {});
           await until(() => el.summary?.turns === 3 && el.matches(':state(ready)'));
           found.push(await back());
         }
         // Half a record, of which nothing is shown.
         el.data = null;
         el.append(text[0].slice(0, 40));
         await painted();
         await away(() => {});
         el.append(text[0].slice(40) + text[1] + text[2].slice(0, -60));
         await until(() => el.summary?.turns === 3);
         // And half a record after what is shown.
         await away(() => el.append(text[2].slice(-60)));
         await until(() => el.summary?.actions === 6);
         found.push(await back());
         return found",
    )
    .await?;
    assert_eq!(told, json!([true, true, true, true, true]));
    Ok(())
}

/// A state is about one trace; of one that grows, it waits for its row.
pub(crate) async fn state(page: &Page) -> Outcome {
    page.host(&Host::default()).await?;
    let told = run(
        page,
        "await customElements.whenDefined('trace-tab');
         el.state = 'row=span:l2';
         el.append(session(1));
         await until(() => el.summary?.turns === 1);
         await painted();
         const waits = selected(el);
         el.append(session(2));
         await until(() => selected(el));
         const found = el.state;
         // Kept over a removal, and not for another trace.
         const text = [1, 2].map((turn) => session(turn).map(line).join('')).join('');
         el.remove();
         await sleep(50);
         await Promise.all([el.load(text), document.body.append(el)]);
         const other = el.state;
         // Nor is that of one which failed or is gone.
         const failed = el.load('no trace');
         el.state = 'row=span:l1';
         await failed.catch(() => {});
         await el.load(text);
         const afterFailure = el.state;
         el.load(new ReadableStream({}));
         el.state = 'row=span:l1';
         el.data = null;
         await el.load(text);
         const afterEmpty = el.state;
         el.data = null;
         el.state = 'row=span:l1';
         await el.load(text);
         return { waits, found, other, afterFailure, afterEmpty, next: el.state }",
    )
    .await?;
    let expected = json!({
        "waits": null, "found": "row=span:l2", "other": "", "afterFailure": "", "afterEmpty": "", "next": "row=span:l1",
    });
    assert_eq!(told, expected);
    Ok(())
}

/// What cannot be added ends what was live: the trace stays as it was, and can go on.
pub(crate) async fn failed_addition(page: &Page) -> Outcome {
    page.site.edit("trace-tab.js", hear_pushes)?;
    page.host(&Host::default()).await?;
    let told = run(
        page,
        "await customElements.whenDefined('trace-tab');
         const failOnce = () => { window.onPush = () => { delete window.onPush; throw { phase: 'read', code: 'too-large', message: 'no room' }; }; };
         const [first, second] = [1, 2].map((turn) => session(turn).map(line).join(''));
         const packed = await new Response(new Blob([first]).stream().pipeThrough(new CompressionStream('gzip'))).blob();
         const source = async () => (await el.download('source', { save: false })).text();
         const isWhole = () => el.matches(':state(ready)') && !el.matches(':state(live)') && !el.shadowRoot.querySelector('.live');
         const fail = async () => { failOnce(); el.append(second); const { code } = await next('error'); await painted(); return code; };
         // Before anything of it is read, and after.
         await el.load(packed);
         const before = [await fail(), isWhole(), await source() === first];
         el.append(second);
         await until(() => el.summary.turns === 2);
         const after = [await fail(), isWhole(), await source() === first + second, rows(el).length];
         el.append(session(3));
         await until(() => el.summary.turns === 3);
         el.end();
         const { actions } = await next('load');
         return [before, after, actions]",
    )
    .await?;
    let expected = json!([["too-large", true, true], ["too-large", true, true, 8], 6]);
    assert_eq!(told, expected);
    Ok(())
}

/// What is appended after the end, also while that takes its time, comes on top of what is there.
pub(crate) async fn after_the_end(page: &Page) -> Outcome {
    page.host(&Host::default()).await?;
    let told = run(
        page,
        "await customElements.whenDefined('trace-tab');
         const many = Array.from({ length: 20_000 }, (_, at) => session(at + 1).map(line).join(''));
         el.append(many.join(''));
         el.end();
         // One at least while the end is settled.
         let turn = many.length, seen = 0;
         for (let n = 0; n < 400 && seen < 5; n++) { el.append(session(++turn)); await new Promise(requestAnimationFrame); if (el.matches(':state(ready)')) seen++; }
         el.end();
         await until(() => el.matches(':state(ready)') && el.summary.turns === turn);
         return [turn > many.length + 5, el.summary.actions === 2 * turn, (await (await el.download('source', { save: false })).text()).trimEnd().split('\\n').length === 3 * turn]",
    )
    .await?;
    assert_eq!(told, json!([true, true, true]));
    Ok(())
}

/// Has the page hear of each part of a file that goes to the viewer.
fn hear_pushes(script: Vec<u8>) -> Vec<u8> {
    let script = String::from_utf8_lossy(&script);
    script
        .replace(
            "wasm.viewer_push(",
            "(globalThis.onPush?.(), wasm).viewer_push(",
        )
        .into_bytes()
}

/// A long text comes a part at a time, whole.
pub(crate) async fn much_at_once(page: &Page) -> Outcome {
    page.site.edit("trace-tab.js", hear_pushes)?;
    page.host(&Host::default()).await?;
    let told = run(
        page,
        "await customElements.whenDefined('trace-tab');
         await el.load(session(0).map(line).join(''));
         let parts = 0;
         window.onPush = () => parts++;
         // More than fits in a part, with characters that lie across its end.
         const long = (turn) => { const it = session(turn); it[2].result = 'x' + '\u{1f600}'.repeat(700_000); return it.map(line).join(''); };
         const text = long(1) + long(2);
         el.data = null;
         el.append(text);
         el.end();
         const { actions } = await next('load');
         return [actions, parts, await (await el.download('source', { save: false })).text() === text]",
    )
    .await?;
    assert_eq!(told, json!([4, 3, true]));
    Ok(())
}
