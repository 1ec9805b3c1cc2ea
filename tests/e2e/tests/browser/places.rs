//! Many elements, and wherever a host puts them: hidden, in a dialog, a tab, a frame, another element.

use e2e::Outcome;
use e2e::page::{Host, Page};
use serde_json::json;

const WASM: &str = "/trace-tab_bg.wasm";

/// Twenty share one wasm, and each shows its own.
pub(crate) async fn twenty(page: &Page) -> Outcome {
    page.host(&Host {
        body: "<main></main>",
        script: "",
        ..Host::default()
    })
    .await?;
    let told = page
        .run(
            "let started = 0;
             for (const name of ['instantiate', 'instantiateStreaming']) {
               const start = WebAssembly[name];
               WebAssembly[name] = async (...args) => {
                 const it = await start(...args);
                 started += 'viewer_new' in (it.instance ?? it).exports;
                 return it;
               };
             }
             await import('/trace-tab.js');
             const record = (it, n) => JSON.stringify({ record: it, turn: n, id: `${n}`, input: 'hi', start_time: new Date(n).toISOString() });
             const all = Array.from({ length: 20 }, (_, n) => {
               const it = document.createElement('trace-tab');
               it.style.height = '300px';
               it.data = Array.from({ length: n + 1 }, (_, at) => record('turn', at + 1) + '\\n' + record('agent', at + 1)).join('\\n');
               document.querySelector('main').append(it);
               return it;
             });
             for (const it of all) await until(() => it.matches(':state(ready)'));
             all[7].remove();
             all[3].state = 'row=turn:2';
             await painted();
             return [started, all.filter((it) => it.isConnected).map((it) => it.summary.turns), all[3].state, all[4].state]",
        )
        .await?;
    let turns: Vec<_> = (1..=20).filter(|it| *it != 8).collect();
    assert_eq!(told, json!([1, turns, "row=turn:2", ""]));
    assert_eq!(page.site.count(WASM), 1);
    Ok(())
}

/// Born or taken where nothing is to be seen, it shows its rows once it is.
pub(crate) async fn everywhere(page: &Page) -> Outcome {
    page.site.edit("sample.json", |it| it)?;
    page.host(&Host {
        body: "<div id=tab hidden><trace-tab src=\"/sample.json\"></trace-tab></div><dialog id=box></dialog><div id=other></div>",
        ..Host::default()
    })
    .await?;
    let told = page
        .run(
            "const told = {};
             const look = async (name) => {
               // The pane tells its size after the next frame.
               const seen = () => rows(el).filter((it) => it.checkVisibility()).length;
               await until(() => seen() > 5, name);
               await painted();
               const { height } = el.getBoundingClientRect();
               told[name] = [el.summary.rounds, el.state, height > 100, seen() <= height / 28 + 12];
             };
             await until(() => el.matches(':state(ready)'));
             el.style.height = '400px';
             tab.hidden = false;
             await look('in a tab');
             el.state = 'row=span:llm-02';
             await painted();
             tab.hidden = true;
             await painted();
             tab.hidden = false;
             await look('hidden and back');
             el.style.display = 'none';
             await painted();
             el.style.display = '';
             await look('display: none and back');
             box.append(el);
             box.showModal();
             await look('in a dialog');
             box.close();
             await painted();
             box.show();
             await look('in a dialog again');
             const root = other.attachShadow({ mode: 'open' });
             const card = document.createElement('section');
             root.append(card);
             let sum = 0;
             for (const name of ['select', 'state']) document.addEventListener(`trace-tab-${name}`, ({ target }) => (sum += target === other));
             card.append(el);
             await look('in a shadow root');
             rows(el)[2].querySelector('.what').click();
             await painted();
             told.events = sum;
             heard.length = 0;
             document.body.append(el);
             await look('back');
             told.loads = names().filter((it) => it === 'load').length;
             return told",
        )
        .await;
    let told = told?;
    let state = "row=span:llm-02";
    assert_eq!(
        told,
        json!({
            "in a tab": [11, "", true, true],
            "hidden and back": [11, state, true, true],
            "display: none and back": [11, state, true, true],
            "in a dialog": [11, state, true, true],
            "in a dialog again": [11, state, true, true],
            "in a shadow root": [11, state, true, true],
            "events": 2,
            "back": [11, "row=span:llm-01", true, true],
            "loads": 0,
        })
    );
    Ok(())
}

/// Into a frame by `adoptNode()`, and home again: the same trace, looked at in the same way.
pub(crate) async fn adopted(page: &Page) -> Outcome {
    page.show(page.site.published("sample.json")?).await?;
    let told = page
        .run(
            "const it = el;
             it.state = 'row=span:llm-02';
             const frame = document.createElement('iframe');
             frame.width = 1200; frame.height = 700;
             document.body.prepend(frame);
             const told = [];
             const there = frame.contentDocument;
             for (const home of [there, document]) {
               home.body.append(home.adoptNode(it));
               await next('load', it);
               await until(() => rows(it).length > 5);
               const sheet = it.shadowRoot.adoptedStyleSheets.at(-1);
               told.push([it.ownerDocument === home, it.summary.rounds, it.state, it.shadowRoot.querySelectorAll('.base').length, sheet instanceof home.defaultView.CSSStyleSheet]);
             }
             return told",
        )
        .await?;
    let there = json!([true, 11, "row=span:llm-02", 1, true]);
    assert_eq!(told, json!([there, there]));
    Ok(())
}
