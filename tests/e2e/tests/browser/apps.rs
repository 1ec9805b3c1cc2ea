//! The packed package in small real apps, one a framework (`tests/apps`), which `cargo xtask apps` builds.
//!
//! Each has a trace that is switched with one button and removed with another, and says in an `output`
//! what it hears: of a trace its name and rounds.

use e2e::page::{Host, Page, check};
use e2e::server::{Answer, Origin};
use e2e::{Outcome, root};
use serde_json::{Value, json};

/// The script of a plain page, which needs no building.
const PLAIN: &str = include_str!("../../../apps/plain/main.js");
const TRACES: &str = include_str!("../../../apps/traces.js");
/// Of a format that a part of the viewer reads.
const RARE: &str = include_str!("../../../fixtures/smolagents/code-agent-fails.json");
const BODY: &str = "<button id=next>Next trace</button><button id=toggle>Show or hide</button><output id=heard></output>\
                    <trace-tab></trace-tab><script type=module src=/main.js></script>";

/// Plain HTML that takes the element from another origin, by its hash.
pub(crate) async fn plain(page: &Page) -> Outcome {
    let cdn = page.site.url(Origin::Cdn, "");
    page.site
        .set("/main.js", Answer::of("text/javascript", PLAIN));
    page.site
        .set("/traces.js", Answer::of("text/javascript", TRACES));
    let hashes: Value = serde_json::from_slice(&page.site.published("integrity.json")?)?;
    let hash = hashes.get("trace-tab.js").and_then(Value::as_str);
    let script = format!(
        "<script type=module crossorigin integrity=\"{}\" src=\"{cdn}/trace-tab.js\"></script>",
        hash.ok_or("no hash of trace-tab.js")?
    );
    page.host(&Host {
        body: &format!("{script}{BODY}"),
        policy: &format!(
            "default-src 'none'; script-src 'self' {cdn} 'wasm-unsafe-eval'; connect-src {cdn}; style-src 'self'; img-src data:"
        ),
        script: "",
    })
    .await?;
    drive(page, ["short: 2", "long: 5"]).await?;
    speaks_german(page).await
}

/// Vite and React 19, under a strict policy, as are the next two.
pub(crate) async fn react(page: &Page) -> Outcome {
    bundled(page, "react").await
}

pub(crate) async fn vue(page: &Page) -> Outcome {
    bundled(page, "vue").await
}

pub(crate) async fn svelte(page: &Page) -> Outcome {
    bundled(page, "svelte").await
}

/// The recipe for React Router: the address moves the view, the view moves the address, and nothing moves twice.
pub(crate) async fn react_router(page: &Page) -> Outcome {
    const RECIPES: &str = include_str!("../../../../docs/router.md");
    const APP: &str = include_str!("../../../apps/react-router/main.jsx");
    let recipe = APP
        .split_once("function Trace(")
        .and_then(|it| it.1.split_once("\n}\n"))
        .ok_or("no recipe in the app")?
        .0;
    check(RECIPES.contains(recipe), "the app has the recipe as it is")?;

    page.open("/apps/react-router/index.html?page=2&trace=row%3Dturn%3A1")
        .await?;
    page.loaded().await?;
    let told = page
        .run(
            "window.told = () => new URLSearchParams(location.search);
             const linked = [selected(el).dataset.kind, told().get('page')];
             window.entries = history.length;
             const from = Number(selected(el).dataset.row);
             // Faster than React draws: what is heard late must not undo what came since.
             const grid = el.shadowRoot.querySelector('[role=treegrid]');
             grid.focus();
             const key = () => (el.shadowRoot.activeElement ?? grid).dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowDown', bubbles: true, composed: true, cancelable: true }));
             key(); key(); key();
             await sleep(0);
             key();
             await sleep(300); await painted();
             const down = Number(selected(el).dataset.row) - from;
             return [linked, down, told().get('trace') === el.state, told().get('page'), history.length - entries]",
        )
        .await?;
    assert_eq!(told, json!([["turn", "2"], 4, true, "2", 0]));
    let told = page
        .run(
            "const { state } = el, before = selected(el);
             document.querySelector('a').click();
             await until(() => selected(el) !== before && told().get('page') === '3');
             const followed = [selected(el).dataset.kind, told().get('trace') === el.state];
             history.back();
             await until(() => el.state === state);
             return [followed, told().get('page')]",
        )
        .await?;
    assert_eq!(told, json!([["turn", true], "2"]));
    Ok(())
}

async fn bundled(page: &Page, name: &str) -> Outcome {
    page.open(&format!("/apps/{name}/index.html")).await?;
    drive(page, ["short: 2", "long: 5"]).await?;
    speaks_german(page).await?;
    is_hashed(page).await
}

/// Rendered on the server first.
pub(crate) async fn next(page: &Page) -> Outcome {
    // Its own scripts stand in the page, which a strict policy forbids.
    let html = std::fs::read(root().join("target/apps/next/index.html"))?;
    let text = String::from_utf8_lossy(&html);
    check(
        text.contains("<trace-tab"),
        "the server renders the element",
    )?;
    page.site.set("/apps/next", Answer::html(html));
    page.open("/apps/next").await?;
    drive(page, ["short: 2", "long: 5"]).await?;
    speaks_german(page).await?;
    is_hashed(page).await
}

/// The crate's component, without the element.
pub(crate) async fn leptos(page: &Page) -> Outcome {
    page.open("/apps/leptos/index.html").await?;
    drive(page, ["Tea: 2", "Tea: 3"]).await?;
    let told = page
        .run(
            "document.getElementById('german').click();
             const base = await until(() => host()?.shadowRoot?.querySelector('.base[lang=de]'));
             return (await until(() => base.querySelector('.totals dt'))).textContent",
        )
        .await?;
    check(told == "Runden", format!("{told}"))
}

/// The files of the languages are where the script looks for them.
async fn speaks_german(page: &Page) -> Outcome {
    let rounds = page
        .run(
            "host().lang = 'de';
             const base = await until(() => host().shadowRoot.querySelector('.base[lang=de]'));
             return (await until(() => base.querySelector('.totals dt'))).textContent",
        )
        .await?;
    check(rounds == "Runden", rounds.to_string())
}

/// The bundler gives each wasm a name with a hash in it, and it is checked by its own hash all the
/// same: that of the viewer, and that for a format which the viewer's leaves out.
async fn is_hashed(page: &Page) -> Outcome {
    let rounds = page
        .run_with("return (await host().load(arg)).format", json!(RARE))
        .await?;
    assert_eq!(rounds, "smolagents");
    let requests = page.site.requests();
    let mut names: Vec<_> = requests
        .iter()
        .filter_map(|it| {
            it.target
                .rsplit('/')
                .next()
                .filter(|it| it.contains(".wasm"))
        })
        .collect();
    names.sort_unstable();
    let of = |name: &str, plain: &str| name.starts_with(plain) && name.len() > plain.len() + 5;
    let expected = [
        "trace-tab-detail",
        "trace-tab-formats",
        "trace-tab-sessions",
        "trace-tab-shapes",
        "trace-tab-shared",
        "trace-tab_bg",
    ];
    let all_there =
        names.len() == expected.len() && names.iter().zip(expected).all(|(name, it)| of(name, it));
    check(all_there, format!("{names:?}"))
}

/// Uses an app: looks, selects a row, switches a hundred times, removes the tab and brings it back.
async fn drive(page: &Page, [first, second]: [&str; 2]) -> Outcome {
    page.run_with(
        "window.host = () => document.querySelector('trace-tab, .trace-tab');
         window.says = () => document.getElementById('heard')?.textContent;
         window.press = (id) => document.getElementById(id).click();
         await until(() => says() === arg, arg); await painted()",
        json!(first),
    )
    .await?;
    let told = page
        .run(
            "host().shadowRoot.querySelector('[data-kind=llm]').click();
             await until(() => says()?.startsWith('selected'));
             return [host().shadowRoot.querySelectorAll('.detail').length, host().shadowRoot.querySelectorAll('[role=row]').length > 3]",
        )
        .await?;
    assert_eq!(told, json!([1, true]));
    switch(page, second, first, 20).await?;
    let before = nodes(page).await?;
    switch(page, second, first, 100).await?;
    let more = nodes(page).await? - before;
    check(more <= 20, format!("100 switches leave {more} more nodes"))?;
    page.run(
        "for (let n = 0; n < 20; n++) {
           press('toggle');
           await until(() => !host());
           press('toggle');
           await until(() => host()?.shadowRoot.querySelector('[role=row]'));
         }",
    )
    .await?;
    let more = nodes(page).await? - before;
    check(
        more <= 50,
        format!("20 tabs that came and went leave {more} more nodes"),
    )
}

/// Switches to the other trace and back, so often together.
async fn switch(page: &Page, second: &str, first: &str, times: u32) -> Outcome {
    page.run_with(
        "for (let n = 0; n < arg.times; n++) {
           press('next');
           await until(() => says() === arg.names[n % 2]);
         }
         await painted()",
        json!({ "times": times, "names": [second, first] }),
    )
    .await
    .map(drop)
}

/// How many nodes there are after the garbage was collected.
async fn nodes(page: &Page) -> Outcome<i64> {
    page.cdp("Performance.enable", json!({})).await?;
    for _ in 0..3 {
        page.cdp("HeapProfiler.collectGarbage", json!({})).await?;
    }
    let metrics = page.cdp("Performance.getMetrics", json!({})).await?;
    let metrics = metrics.get("metrics").and_then(Value::as_array);
    let nodes = metrics.into_iter().flatten();
    let nodes = nodes.filter(|it| it.get("name") == Some(&json!("Nodes")));
    let nodes = nodes.filter_map(|it| it.get("value")?.as_f64());
    Ok(nodes.sum::<f64>() as i64)
}
