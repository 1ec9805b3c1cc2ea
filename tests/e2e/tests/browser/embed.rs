//! The element in pages of all kinds.

use e2e::Outcome;
use e2e::page::{Host, Page, check};
use e2e::server::{Answer, Origin};
use serde_json::json;

const WASM: &str = "/trace-tab_bg.wasm";

pub(crate) async fn the_page_under_a_strict_policy(page: &Page) -> Outcome {
    page.open_sample().await?;
    let figures = page
        .run(
            "const { turns, rounds, actions, models, inputTokens, outputTokens, durationMs, errors, issues } = el.summary;
             return [turns, rounds, actions, models, inputTokens, outputTokens, durationMs, errors, issues]",
        )
        .await?;
    assert_eq!(
        figures,
        json!([1, 11, 21, ["claude-sonnet-4-6"], 58938, 356, 53700, 1, 0])
    );
    let title = page.run("return document.title").await?;
    assert_eq!(
        title,
        "How did pricing page views change last week? · Trace Tab"
    );
    let mut asked: Vec<_> = page
        .site
        .requests()
        .into_iter()
        .map(|it| it.target)
        .collect();
    asked.sort();
    assert_eq!(
        asked,
        [
            "/",
            "/page.css",
            "/page.js",
            "/sample.json",
            "/trace-tab.js",
            WASM
        ]
    );
    Ok(())
}

pub(crate) async fn any_folder(page: &Page) -> Outcome {
    page.open("/deep/down/").await?;
    page.loaded().await?;
    let all_below = page
        .site
        .requests()
        .iter()
        .all(|it| it.target.starts_with("/deep/down/"));
    check(all_below, format!("{:#?}", page.site.requests()))
}

pub(crate) async fn from_another_origin(page: &Page) -> Outcome {
    let cdn = page.site.url(Origin::Cdn, "");
    let policy = format!(
        "default-src 'none'; script-src {cdn} 'wasm-unsafe-eval'; connect-src 'self' {cdn}; style-src 'self'; img-src data:"
    );
    page.site.edit("sample.json", |it| it)?;
    let script = format!("{cdn}/trace-tab.js");
    page.host(&Host {
        body: "<trace-tab src=\"/sample.json\"></trace-tab>",
        policy: &policy,
        script: &script,
    })
    .await?;
    page.loaded().await?;
    let requests = page.site.requests();
    let from = |target: &str| {
        requests
            .iter()
            .filter(|it| it.target == target)
            .map(|it| it.origin)
            .collect::<Vec<_>>()
    };
    assert_eq!(from(WASM), [Origin::Cdn]);
    assert_eq!(from("/trace-tab.js"), [Origin::Cdn]);
    assert_eq!(from("/sample.json"), [Origin::Host]);
    Ok(())
}

pub(crate) async fn with_an_integrity_attribute(page: &Page) -> Outcome {
    let hashes: serde_json::Value =
        serde_json::from_slice(&page.site.published("integrity.json")?)?;
    let hash = hashes
        .get("trace-tab.js")
        .and_then(serde_json::Value::as_str)
        .ok_or("no hash of trace-tab.js")?;
    let body = format!(
        "<script type=module crossorigin integrity=\"{hash}\" src=\"/trace-tab.js\"></script><trace-tab src=\"/sample.json\"></trace-tab>"
    );
    page.host(&Host {
        body: &body,
        script: "",
        ..Host::default()
    })
    .await?;
    page.loaded().await
}

pub(crate) async fn wasm_only_for_an_element_in_a_page(page: &Page) -> Outcome {
    page.host(&Host {
        body: "",
        ..Host::default()
    })
    .await?;
    page.run("await customElements.whenDefined('trace-tab'); window.kept = document.createElement('trace-tab'); await sleep(200)")
        .await?;
    assert_eq!(page.site.count(WASM), 0);
    page.run(
        "document.body.append(kept, document.createElement('trace-tab'));
         for (const it of document.querySelectorAll('trace-tab')) await until(() => it.shadowRoot.querySelector('h2'))",
    )
    .await?;
    assert_eq!(page.site.count(WASM), 1, "one download for two elements");
    Ok(())
}

pub(crate) async fn two_elements(page: &Page) -> Outcome {
    let body = "<trace-tab id=a src=\"/sample.json\"></trace-tab><trace-tab id=b src=\"/sample.json\"></trace-tab>";
    page.host(&Host {
        body,
        ..Host::default()
    })
    .await?;
    page.run("for (const it of [a, b]) await until(() => it.matches(':state(ready)'))")
        .await?;
    page.click("[data-kind=llm]").await?;
    let told = page
        .run(
            "await painted();
             const look = (it) => [selected(it) !== null, it.shadowRoot.querySelector('.detail') !== null, it.state];
             return [look(a), look(b), heard.filter(({ name }) => name !== 'progress').map(({ name, id }) => name + ' ' + id).sort()]",
        )
        .await?;
    assert_eq!(
        told,
        json!([
            [true, true, "row=span:llm-01"],
            [false, false, ""],
            ["load a", "load b", "select a", "state a"]
        ])
    );
    let after = page
        .run(
            "b.state = 'row=span:llm-02&tab=facts'; a.data = null; await painted();
             return [a.matches(':state(empty)'), a.summary, b.summary.rounds, title(selected(b)), b.state]",
        )
        .await?;
    assert_eq!(
        after,
        json!([
            true,
            null,
            11,
            "claude-sonnet-4-6",
            "row=span:llm-02&tab=facts"
        ])
    );
    Ok(())
}

/// Of two versions, the first one that comes defines the element; the other says so and does nothing.
pub(crate) async fn two_copies(page: &Page) -> Outcome {
    let script = String::from_utf8(page.site.published("trace-tab.js")?)?;
    let version = format!("\"{}\"", env!("CARGO_PKG_VERSION"));
    let other = script.replace(&version, "\"9.9.9\"");
    assert_ne!(script, other);
    page.site
        .set("/other/trace-tab.js", Answer::of("text/javascript", other));
    page.site.edit("sample.json", |it| it)?;
    page.host(&Host {
        body: "<trace-tab src=\"/sample.json\"></trace-tab>",
        ..Host::default()
    })
    .await?;
    page.loaded().await?;
    let told = page
        .run(
            "const first = customElements.get('trace-tab');
             const second = (await import('/other/trace-tab.js')).TraceTabElement;
             const it = document.createElement('trace-tab');
             it.src = '/sample.json';
             document.body.append(it);
             await next('load', it);
             return [customElements.get('trace-tab') === first, it instanceof first, it instanceof second, el.summary.rounds, it.summary.rounds]",
        )
        .await?;
    assert_eq!(told, json!([true, true, false, 11, 11]));
    assert_eq!(page.site.count(WASM), 1);
    let words = "this copy of trace-tab.js (9.9.9) is ignored";
    page.expect_console(&[words]).await
}

pub(crate) async fn attributes_and_properties(page: &Page) -> Outcome {
    page.host(&Host {
        body: "<div id=box></div>",
        ..Host::default()
    })
    .await?;
    let found = page
        .run(
            "await customElements.whenDefined('trace-tab');
             const it = document.createElement('trace-tab');
             const fresh = [it.src, it.crossOrigin, it.name, it.theme, it.droppable, it.state, it.data, it.summary, it.attributes.length];
             Object.assign(it, { src: '', crossOrigin: 'use-credentials', name: 'n', theme: 'dark', droppable: 1 });
             const set = it.outerHTML;
             it.setAttribute('theme', 'purple'); it.setAttribute('crossorigin', ''); it.name = null; it.droppable = 0; it.src = undefined;
             return [fresh, set, [it.theme, it.crossOrigin, it.name, it.droppable, it.outerHTML]]",
        )
        .await?;
    assert_eq!(
        found,
        json!([
            ["", null, "", "auto", false, "", null, null, 0],
            "<trace-tab src=\"\" crossorigin=\"use-credentials\" name=\"n\" theme=\"dark\" droppable=\"\"></trace-tab>",
            [
                "auto",
                "anonymous",
                "",
                false,
                "<trace-tab crossorigin=\"\" theme=\"purple\"></trace-tab>"
            ],
        ])
    );
    Ok(())
}
