//! Accessibility, as far as axe-core finds it.

use e2e::Outcome;
use e2e::page::{Host, Page, check};
use e2e::server::Answer;
use serde_json::{Value, json};

const AXE: &str = include_str!("../../vendor/axe.min.js");

/// What is wrong with the page as it stands: the rule, and where.
async fn violations(page: &Page) -> Outcome<Vec<String>> {
    page.add_script(&format!("if (!window.axe) {{ {AXE} }}"))
        .await?;
    let found = page
        .run(
            "await painted();
             const { violations } = await axe.run(document, { resultTypes: ['violations'] });
             return violations.flatMap(({ id, nodes }) => nodes.slice(0, 4).map((it) => `${id}: ${it.target.flat().join(' ')}: ${it.any[0]?.message ?? it.all[0]?.message ?? ''} ${it.html.slice(0, 120)}`))",
        )
        .await?;
    Ok(found
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect())
}

/// All that a user can look at, in one theme.
async fn all(page: &Page, scheme: &str) -> Outcome {
    page.scheme(scheme).await?;
    let mut wrong = Vec::new();
    let mut add = |at: &str, found: Vec<String>| {
        wrong.extend(found.into_iter().map(|it| format!("{at}: {it}")));
    };
    page.open_sample().await?;
    add("sample", violations(page).await?);
    for width in [1360, 400] {
        page.viewport(width, 830).await?;
        for row in ["span:llm-03", "turn:1", "round:llm-03"] {
            for tab in ["messages", "system", "toolbelt", "facts", "json"] {
                let state = format!("row={row}&tab={tab}");
                page.run_with("el.state = arg; await painted()", json!(state))
                    .await?;
                add(&format!("{width} px, {state}"), violations(page).await?);
            }
        }
        page.run("el.state = ''; await painted()").await?;
        add(&format!("{width} px"), violations(page).await?);
    }
    page.viewport(1360, 830).await?;
    // A tool call that failed, with its error; folded messages and menus open.
    page.run("el.shadowRoot.querySelector('[role=treegrid]').scrollTop = 0; await painted()")
        .await?;
    page.click("[data-kind=tool]").await?;
    add("tool call", violations(page).await?);
    page.run("el.shadowRoot.querySelector('[role=treegrid]').scrollTop = 0; el.state = 'row=span:llm-03'; await painted()").await?;
    page.click(".folded button").await?;
    page.run("for (const it of el.shadowRoot.querySelectorAll('details')) it.open = true")
        .await?;
    add("all open", violations(page).await?);
    let failed = page
        .run(
            "for (const row of rows(el)) if ('failed' in row.dataset && row.dataset.kind === 'tool') { row.querySelector('.what').click(); return true; }
             return false",
        )
        .await?;
    check(
        failed == json!(true),
        "the sample has a failed tool call in view",
    )?;
    add("failed tool call", violations(page).await?);

    page.run("el.state = 'row=span:llm-03&tab=json&find=the'; await until(() => el.shadowRoot.querySelector('.find [role=status]')?.textContent.endsWith('found'))")
        .await?;
    page.click(".find [aria-label^=Next]").await?;
    for tab in ["Messages", "Json"] {
        page.click(&format!("#tab-{tab}")).await?;
        add("find", violations(page).await?);
    }

    page.host(&Host {
        body: "<main><h1>A host</h1><trace-tab droppable></trace-tab></main>",
        ..Host::default()
    })
    .await?;
    page.run("await until(() => el.shadowRoot.querySelector('h2'))")
        .await?;
    add("empty", violations(page).await?);
    page.run("await el.load('nothing').catch(() => {}); await painted()")
        .await?;
    add("error", violations(page).await?);
    page.run("el.load(new ReadableStream({})).catch(() => {}); await until(() => el.shadowRoot.querySelector('progress'))").await?;
    add("loading", violations(page).await?);
    page.run(
        "const line = { record: 'turn', turn: 1, input: 'hi' };
         el.data = null; await until(() => el.matches(':state(empty)'));
         el.append(line); await until(() => el.matches(':state(live)'))",
    )
    .await?;
    add("live", violations(page).await?);
    page.run(
        "const file = (name) => new File([JSON.stringify({ format: 'trace-tab', turns: [{ turn: 1, input: name }] })], name);
         await el.load([file('a.json'), file('b.json'), new File(['nothing'], 'c.json')]);
         await until(() => el.shadowRoot.querySelector('.traces'))",
    )
    .await?;
    add("list", violations(page).await?);
    page.site.set("/trace-tab_bg.wasm", Answer::status(404));
    page.host(&Host {
        body: "<main><h1>A host</h1><trace-tab></trace-tab></main>",
        ..Host::default()
    })
    .await?;
    page.run("await until(() => el.shadowRoot.querySelector('.stopped'))")
        .await?;
    add("stopped", violations(page).await?);
    page.expect_console(&["404 (Not Found)", "integrity"])
        .await?;
    wrong.sort();
    wrong.dedup();
    check(
        wrong.is_empty(),
        format!("{} violations:\n{}", wrong.len(), wrong.join("\n")),
    )
}

/// axe-core looks into the shadow root, and finds what is wrong there.
pub(crate) async fn it_would_find_something(page: &Page) -> Outcome {
    page.open_sample().await?;
    // Not in one place: of text with an image in it, nobody knows the background.
    page.run("el.shadowRoot.querySelector('.foot-panel').append(document.createElement('img')); el.shadowRoot.querySelector('.totals dt').style.color = '#ddd'").await?;
    let found = violations(page).await?.join("\n");
    check(
        found.contains("image-alt: ") && found.contains("color-contrast: "),
        format!("only {found:?}"),
    )
}

pub(crate) async fn light(page: &Page) -> Outcome {
    all(page, "light").await
}

pub(crate) async fn dark(page: &Page) -> Outcome {
    all(page, "dark").await
}

/// Texts of another length, and of other scripts.
pub(crate) async fn other_languages(page: &Page) -> Outcome {
    let mut wrong = Vec::new();
    page.open_sample().await?;
    for lang in ["de", "es", "fr", "ja", "zh"] {
        for width in [1360, 400] {
            page.viewport(width, 830).await?;
            page.run_with(
                "el.lang = arg; await until(() => el.shadowRoot.querySelector('.base')?.lang === arg);
                 el.state = 'row=span:llm-03&tab=facts'; await painted();
                 for (const it of el.shadowRoot.querySelectorAll('details')) it.open = true",
                json!(lang),
            )
            .await?;
            let found = violations(page).await?.into_iter();
            wrong.extend(found.map(|it| format!("{lang}, {width} px: {it}")));
        }
    }
    check(wrong.is_empty(), wrong.join("\n"))
}

/// The page of a host, with the element in each of its themes.
pub(crate) async fn showcase(page: &Page) -> Outcome {
    let mut wrong = Vec::new();
    page.open("/showcase.html").await?;
    page.loaded().await?;
    for theme in ["light", "dark", "terminal"] {
        let wear = "document.querySelector(`[value=${arg}]`).click();
                    await until(() => document.querySelector('#theme').sheet?.href.endsWith(`${arg}.css`));
                    document.querySelectorAll('#conversations button')[1].click(); await next('load');
                    el.state = 'row=round:1'";
        page.run_with(wear, json!(theme)).await?;
        for tab in ["trace", "messages", "settings"] {
            page.run_with("document.querySelector(`#tab-${arg}`).click()", json!(tab))
                .await?;
            let found = violations(page).await?.into_iter();
            wrong.extend(found.map(|it| format!("{theme}, {tab}: {it}")));
        }
        let off = "document.querySelectorAll('#conversations button')[3].click(); document.querySelector('#tab-trace').click()";
        page.run(off).await?;
        let found = violations(page).await?.into_iter();
        wrong.extend(found.map(|it| format!("{theme}, off: {it}")));
    }
    check(wrong.is_empty(), wrong.join("\n"))
}
