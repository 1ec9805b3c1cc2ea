//! The element fits in: where text runs the other way, where the system has colors of its own, on paper,
//! and in a page that is watched for shifts, requests and globals.

use e2e::Outcome;
use e2e::page::{Host, Page, check};
use serde_json::{Value, json};

/// The panes are mirrored; time still runs from left to right.
pub(crate) async fn right_to_left(page: &Page) -> Outcome {
    page.site.edit("sample.json", |it| it)?;
    page.host(&Host {
        body: "<div dir=rtl><trace-tab src=\"/sample.json\"></trace-tab></div>",
        ..Host::default()
    })
    .await?;
    page.loaded().await?;
    let told = page
        .run(
            "el.state = 'row=span:llm-02'; await until(() => el.shadowRoot.querySelector('.detail h3'));
             const box = (it) => it.getBoundingClientRect();
             const one = (name) => box(el.shadowRoot.querySelector(name));
             const rising = (all) => all.length > 3 && all.every((it, at) => at === 0 || it >= all[at - 1]);
             const calls = rows(el).filter((it) => ['llm', 'tool'].includes(it.dataset.kind));
             return {
               mirrored: one('.detail').left < one('.waterfall').left && box(rows(el)[2].querySelector('.track')).left < box(rows(el)[2].querySelector('.name')).left,
               indented: box(rows(el)[0].querySelector('.what')).right > box(rows(el)[2].querySelector('.what')).right,
               bars: rising(calls.map((it) => box(it.querySelector('.bar')).left)),
               ticks: rising([...el.shadowRoot.querySelectorAll('.axis span')].map((it) => box(it).left)),
               wide: el.shadowRoot.querySelector('.base').scrollWidth > el.clientWidth,
             }",
        )
        .await?;
    assert_eq!(
        told,
        json!({ "mirrored": true, "indented": true, "bars": true, "ticks": true, "wide": false })
    );
    // Keys go the way that the rows do.
    let keys = "el.state = 'row=turn:1'; await painted();
         const folded = async (key) => {
           el.shadowRoot.querySelector('[role=treegrid]').dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
           await painted();
           return rows(el)[0].getAttribute('aria-expanded') === 'false';
         };
         return [await folded('ArrowRight'), await folded('ArrowLeft'), await folded('ArrowLeft')]";
    assert_eq!(page.run(keys).await?, json!([true, false, false]));
    Ok(())
}

/// Where nothing says how high it is, it is as high as its rows, but not higher than the window: all that is in view is
/// in the document.
pub(crate) async fn without_a_height(page: &Page) -> Outcome {
    page.show(page.site.published("sample.json")?).await?;
    page.viewport(1360, 1200).await?;
    let few = page
        .run(
            "el.style.height = 'auto'; await sleep(50); await painted();
             const grid = el.shadowRoot.querySelector('.waterfall');
             return { whole: grid.scrollHeight <= grid.clientHeight, empty: grid.clientHeight - 28 * (rows(el).length + 1) }",
        )
        .await?;
    assert_eq!(few, json!({ "whole": true, "empty": 0 }));
    page.viewport(1360, 700).await?;
    let many = page
        .run(
            "const span = (at) => ({ traceId: at.toString(16).padStart(32, '0'), spanId: (at + 1).toString(16).padStart(16, '0'),
               name: `span ${at}`, startTimeUnixNano: `${at}000000`, endTimeUnixNano: `${at}900000` });
             const file = (spans) => JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] });
             const all = Array.from({ length: 20_000 }, (_, at) => span(at));
             const one = all.map((it) => ({ ...it, traceId: 'a'.repeat(32) }));
             const look = async (spans, pane) => {
               await el.load(new Blob([file(spans)])); await painted(); await sleep(50); await painted();
               const it = el.shadowRoot.querySelector(pane);
               it.scrollTop = it.scrollHeight; await painted(); await sleep(50); await painted();
               const last = [...it.querySelectorAll('.row')].at(-1);
               return [it.clientHeight <= innerHeight, it.querySelectorAll('.row').length < 60, last.textContent.includes('span 19999') || last.ariaRowIndex === '20001'];
             };
             return [await look(one, '.waterfall'), await look(all.slice(0, 20_000), '.traces')]",
        )
        .await?;
    assert_eq!(many, json!([[true, true, true], [true, true, true]]));
    Ok(())
}

async fn media(page: &Page, media: &str, forced: &str) -> Outcome {
    let features = json!([{ "name": "forced-colors", "value": forced }]);
    let media = json!({ "media": media, "features": features });
    page.cdp("Emulation.setEmulatedMedia", media)
        .await
        .map(drop)
}

/// In a system with colors of its own, what is told by a background is still there.
pub(crate) async fn colors_of_the_system(page: &Page) -> Outcome {
    page.show(page.site.published("sample.json")?).await?;
    page.run(
        "el.state = 'row=span:llm-02'; await until(() => el.shadowRoot.querySelector('.tokens'))",
    )
    .await?;
    media(page, "", "active").await?;
    let hidden = page
        .run(
            "await painted();
             const ground = getComputedStyle(el.shadowRoot.querySelector('.base')).backgroundColor;
             return ['[data-kind=llm] .bar', '[data-kind=tool] .bar', '.bar', '.dot', '.tokens .new', '.row[aria-selected=true]']
               .filter((it) => [ground, 'rgba(0, 0, 0, 0)'].includes(getComputedStyle(el.shadowRoot.querySelector(it)).backgroundColor))",
        )
        .await;
    media(page, "", "none").await?;
    assert_eq!(hidden?, json!([]));
    Ok(())
}

/// On paper is the report that was on the screen, in light colors: nothing of it cut off, nothing to click.
pub(crate) async fn on_paper(page: &Page) -> Outcome {
    page.site.edit("sample.json", |it| it)?;
    page.host(&Host {
        body: "<trace-tab src=\"/sample.json\" theme=dark></trace-tab>",
        ..Host::default()
    })
    .await?;
    page.loaded().await?;
    page.viewport(1000, 500).await?;
    page.run("el.state = 'row=span:llm-02&tab=json'; await until(() => el.shadowRoot.querySelector('.detail h3'))")
        .await?;
    media(page, "print", "none").await?;
    let told = page
        .run(
            "await painted();
             const all = (name) => [...el.shadowRoot.querySelectorAll(name)];
             const cut = all('.base, .viewer, .panes, .waterfall, .waterfall .body, .detail, .detail *').filter((it) => it.scrollHeight > it.clientHeight + 1 && getComputedStyle(it).overflowY !== 'visible').map((it) => it.className);
             const base = el.shadowRoot.querySelector('.base');
             const seen = (name) => all(name).some((it) => it.checkVisibility());
             const { right, bottom } = all('.row').at(-1).getBoundingClientRect();
             return { cut, seen: ['.totals', '.row', '.bar', '.detail h3', '.detail pre, .detail .tree'].filter(seen), buttons: ['.tools', '.find', '.close', '.levels'].filter(seen),
               below: all('.detail')[0].getBoundingClientRect().top >= bottom, ground: getComputedStyle(base).backgroundColor, whole: el.getBoundingClientRect().bottom >= base.getBoundingClientRect().bottom - 1 && base.getBoundingClientRect().bottom > innerHeight }",
        )
        .await;
    media(page, "", "none").await?;
    let expected = json!({
        "cut": [], "seen": [".totals", ".row", ".bar", ".detail h3", ".detail pre, .detail .tree"], "buttons": [],
        "below": true, "ground": "rgb(255, 255, 255)", "whole": true,
    });
    assert_eq!(told?, expected);
    Ok(())
}

/// The page has no more names, sheets and nodes than before; focus goes in at one end and out at the other.
pub(crate) async fn nothing_left_behind(page: &Page) -> Outcome {
    page.site.edit("sample.json", |it| it)?;
    page.host(&Host {
        body: "<button id=before>Before</button><div id=box></div><button id=after>After</button>",
        script: "",
        ..Host::default()
    })
    .await?;
    let told = page
        .run(
            "const look = () => [Object.getOwnPropertyNames(window).sort().join(), document.adoptedStyleSheets.length, document.styleSheets.length, document.querySelectorAll('*').length].join();
             const before = look();
             await import('/trace-tab.js');
             const it = document.createElement('trace-tab');
             it.src = '/sample.json'; it.style.height = '500px';
             box.append(it);
             await next('load', it);
             await painted();
             it.remove();
             await sleep(50);
             const isSame = look() === before;
             box.append(it);
             await next('load', it);
             await painted();
             document.querySelector('#before').focus();
             return isSame",
        )
        .await?;
    assert_eq!(told, json!(true));
    let mut at = Vec::new();
    for _ in 0..12 {
        page.keys(thirtyfour::Key::Tab).await?;
        let focus = page
            .run("return document.activeElement.id || el.shadowRoot.activeElement?.className || 'in'")
            .await?;
        let is_out = focus == json!("after");
        at.push(focus);
        if is_out {
            return Ok(());
        }
    }
    Err(format!("Tab does not leave the element: {at:?}").into())
}

const WATCH: &str = "
    window.shifts = 0;
    new PerformanceObserver((list) => {
      for (const it of list.getEntries()) shifts += it.value;
    }).observe({ type: 'layout-shift', buffered: true });";

/// What a page is looked at for from outside: nothing in the console, nothing that jumps, no request but
/// for its own files. (The console is checked after each scenario.)
pub(crate) async fn as_a_page(page: &Page) -> Outcome {
    let element = ["/trace-tab.js", "/trace-tab_bg.wasm", "/sample.json"];
    let pages = [
        ("/index.html", vec!["/index.html", "/page.css", "/page.js"]),
        (
            "/showcase.html",
            vec![
                "/showcase.html",
                "/showcase/showcase.css",
                "/showcase/showcase.js",
                "/showcase/conversations.js",
                "/showcase/light.css",
            ],
        ),
    ];
    for (target, own) in pages {
        page.site.reset();
        page.open(target).await?;
        page.loaded().await?;
        let told = page
            .run(&format!("{WATCH} await sleep(300); return shifts"))
            .await?;
        // The tools of a trace that still comes give way to others in their place.
        let shifts = told.as_f64().unwrap_or(f64::NAN);
        check(shifts < 0.001, format!("{target} jumps by {shifts}"))?;
        let more: Vec<_> = page
            .site
            .requests()
            .into_iter()
            .map(|it| it.target)
            .filter(|it| !element.contains(&it.as_str()) && !own.contains(&it.as_str()))
            .collect();
        check(more.is_empty(), format!("{target} asks for {more:?}"))?;
    }
    Ok(())
}

/// What comes into the element, or is done in it, moves nothing of the page around it.
pub(crate) async fn does_not_jump(page: &Page) -> Outcome {
    page.site.edit("sample.json", |it| it)?;
    page.host(&Host {
        body: "<p>Above</p><trace-tab></trace-tab><p id=below>Below</p>",
        ..Host::default()
    })
    .await?;
    let told: Value = page
        .run(
            "await until(() => el.matches(':state(empty)'));
             el.style.height = '400px';
             const top = () => below.getBoundingClientRect().top;
             const tops = new Set([top()]);
             const look = async () => { await painted(); tops.add(top()); };
             el.src = '/sample.json';
             await next('load'); await look();
             el.state = 'row=span:llm-02&find=the'; await look();
             el.data = null; await look();
             await el.load('nothing').catch(() => {}); await look();
             return tops.size",
        )
        .await?;
    assert_eq!(told, json!(1));
    Ok(())
}
