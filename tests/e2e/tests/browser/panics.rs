//! A panic stops the wasm, and with it every viewer of the page. The one at work says so, the others go
//! on in a new wasm, and the page around them hears of no exception.

use e2e::Outcome;
use e2e::page::{Host, Page, check};
use serde_json::{Value, json};

/// Nothing in the API makes the viewer panic. So in place of an export that is named in `traps`, one is
/// called with an address that no memory has: it traps as a panic does.
const TRAPS: &str = "
    window.traps = [];
    window.started = 0;
    const trapping = (exports) => Object.fromEntries(Object.entries(exports).map(([name, it]) => [name, typeof it !== 'function' ? it : (...args) => {
      const at = traps.findIndex((trap) => name.includes(trap));
      if (at < 0) return it(...args);
      traps.splice(at, 1);
      return exports.viewer_step(-16, 8);
    }]));
    for (const name of ['instantiate', 'instantiateStreaming']) {
      const start = WebAssembly[name];
      WebAssembly[name] = async (source, imports) => {
        const { instance = source.instance, module = source, ...rest } = await start(source, imports).then((it) => it instanceof WebAssembly.Instance ? { instance: it } : it);
        if (!instance.exports.viewer_new) return { ...rest, module, instance }; // a part
        started++;
        return { ...rest, module, instance: { exports: trapping(instance.exports) } };
      };
    }
    await import('/trace-tab.js');";

/// A page in whose viewers `traps` can be set.
pub(crate) async fn host(page: &Page, body: &str) -> Outcome {
    page.site.edit("sample.json", |it| it)?;
    page.host(&Host {
        body,
        script: "",
        ..Host::default()
    })
    .await?;
    page.run(TRAPS).await.map(drop)
}

pub(crate) async fn the_others_go_on(page: &Page) -> Outcome {
    host(
        page,
        "<trace-tab id=a src=\"/sample.json\"></trace-tab><trace-tab id=b></trace-tab>\
         <trace-tab id=c></trace-tab><trace-tab id=d></trace-tab><trace-tab id=guilty></trace-tab>",
    )
    .await?;
    let told = page
        .run(
            "const text = await (await fetch('/sample.json')).text();
             await until(() => a.matches(':state(ready)'));
             await b.load(text, { name: 'B' });
             await c.load(new Blob([text]).stream());
             b.state = 'row=span:llm-02&tab=facts';
             await painted();
             a.shadowRoot.querySelector('[data-kind=llm]').querySelector('.what').click();
             await painted();
             heard.length = 0;
             // One that is still coming goes on too.
             const coming = d.load(new Blob([text]));
             traps.push('viewer_finish');
             const code = await guilty.load(`{\"format\":\"trace-tab\",\"turns\":[]}`).catch((it) => [it.phase, it.code, it.message.length > 0]);
             const [first, second] = [await coming.then((it) => it.rounds, (it) => it.code), started];
             for (const it of [a, b]) await until(() => it.matches(':state(ready)'));
             await painted();
             const look = (it) => [it.summary.rounds, it.state, title(selected(it))];
             return { code, first, second, a: look(a), b: [b.name, ...look(b)], c: shown(c), guilty: shown(guilty),
               states: [c, guilty].map((it) => it.matches(':state(error)')),
               errors: heard.filter(({ name }) => name === 'error').map(({ id, detail }) => `${id} ${detail.phase} ${detail.code}`).sort() }",
        )
        .await?;
    let field = |name: &str| told.get(name).cloned().unwrap_or_default();
    assert_eq!(field("code"), json!(["start", "panic", true]), "{told}");
    assert_eq!(
        [field("first"), field("second")],
        [json!(11), json!(2)],
        "{told}"
    );
    assert_eq!(
        field("a"),
        json!([11, "row=span:llm-01", "claude-sonnet-4-6"])
    );
    let b = json!(["", 11, "row=span:llm-02&tab=facts", "claude-sonnet-4-6"]);
    assert_eq!(field("b"), b);
    assert_eq!(
        field("errors"),
        json!(["c start panic", "guilty start panic"]),
        "{told}"
    );
    assert_eq!(field("states"), json!([true, true]));
    let says = |name: &str, words: &str| {
        let text = field(name);
        let text = text.as_str().unwrap_or_default();
        check(
            text.contains(words),
            format!("{words:?} is not in {text:?}"),
        )
    };
    says("guilty", "has stopped because of an error of its own")?;
    says("c", "cannot be read again")
}

/// From a listener of the view, an exception would go to the page.
pub(crate) async fn in_a_listener(page: &Page) -> Outcome {
    host(page, "<trace-tab src=\"/sample.json\"></trace-tab>").await?;
    page.loaded().await?;
    page.run("el.state = 'row=span:llm-02'; await painted(); traps.push('invoke')")
        .await?;
    page.click("[data-kind=tool]").await?;
    let told = page
        .run(
            "await until(() => el.matches(':state(error)'));
             navigator.clipboard.writeText = async (text) => { window.copied = text; };
             const [reload, copy] = el.shadowRoot.querySelectorAll('button');
             copy.click();
             await until(() => copy.textContent === 'Copied');
             const safe = [el.summary, el.state];
             el.name = 'still safe'; el.lang = 'en';
             reload.click();
             await until(() => el.matches(':state(ready)'));
             await painted();
             return { copied, safe, after: [el.summary.rounds, el.state, started], agent: navigator.userAgent }",
        )
        .await?;
    let text = |name: &str| {
        let value = told.get(name).and_then(Value::as_str);
        value.unwrap_or_default().to_owned()
    };
    let copied = text("copied");
    for part in [
        format!("Trace Tab {}: ", env!("CARGO_PKG_VERSION")),
        "wasm-function[".to_owned(),
        text("agent"),
    ] {
        check(
            copied.contains(&part),
            format!("{part:?} is not in {copied:?}"),
        )?;
    }
    check(!copied.contains("http"), "the report names addresses")?;
    assert_eq!(told.get("safe"), Some(&json!([null, "row=span:llm-02"])));
    assert_eq!(told.get("after"), Some(&json!([11, "row=span:llm-02", 2])));
    Ok(())
}

/// What the host calls does not throw either, and each trace that makes the viewer panic stops its own.
pub(crate) async fn from_the_host(page: &Page) -> Outcome {
    host(page, "<trace-tab src=\"/sample.json\"></trace-tab>").await?;
    page.loaded().await?;
    let told = page
        .run(
            "const all = [];
             for (const [trap, act] of [
               ['viewer_set_state', () => (el.state = 'row=span:llm-02')],
               ['viewer_summary', () => el.summary],
               ['viewer_state', () => el.state],
               ['viewer_set_name', () => (el.name = 'n')],
               ['viewer_clear', () => (el.data = null)],
               ['viewer_new', () => { const it = document.createElement('trace-tab'); it.id = 'new'; document.body.append(it); }],
             ]) {
               heard.length = 0;
               traps.push(trap);
               act();
               await until(() => heard.some(({ name }) => name === 'error'));
               if (trap === 'viewer_new') await until(() => el.matches(':state(ready)'));
               all.push(el.matches(':state(error)') === (trap !== 'viewer_new') && heard.filter(({ name }) => name === 'error').map(({ id, detail }) => id + detail.code));
               el.shadowRoot.querySelector('.stopped button')?.click();
               await until(() => el.matches(':state(empty), :state(ready)'));
               if (!el.summary) { el.src = ''; el.src = '/sample.json'; await next('load'); }
             }
             return all",
        )
        .await?;
    assert_eq!(
        told,
        json!([
            ["panic"],
            ["panic"],
            ["panic"],
            ["panic"],
            ["panic"],
            ["newpanic"]
        ])
    );
    Ok(())
}
