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
