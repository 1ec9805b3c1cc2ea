//! Find: any text of any payload, wherever it is.

use e2e::Outcome;
use e2e::generate::{Shape, lines};
use e2e::page::{Host, Page, check};
use e2e::server::Answer;
use serde_json::{Value, json};
use thirtyfour::Key;

/// A long trace with this text in three results: at a tenth, the middle and the end.
fn trace(text: &str) -> Vec<u8> {
    let made = lines(&Shape {
        seed: 11,
        spans: 20_000,
        words: 4,
    });
    let mut file = String::from_utf8_lossy(&made).into_owned();
    for share in [98, 50, 10] {
        let from = file.len() / 100 * share;
        let from = (from..file.len())
            .find(|it| file.is_char_boundary(*it))
            .unwrap_or(0);
        let at = file.get(from..).and_then(|it| it.find("\"result\":\""));
        let at = from + at.unwrap_or_default() + "\"result\":\"".len();
        file.insert_str(at, text);
    }
    file.into_bytes()
}

/// What is seen of it.
const LOOK: &str = "await painted(); await sleep(30); await painted();
    const root = el.shadowRoot, box = root.querySelector('.find'), mark = root.querySelector('mark[aria-current]');
    const pane = root.querySelector('.detail')?.getBoundingClientRect(), at = mark?.getBoundingClientRect();
    const grid = root.querySelector('.waterfall').getBoundingClientRect(), row = selected(el)?.getBoundingClientRect();
    return { told: box?.querySelector('[role=status]').textContent, mark: mark?.textContent,
      inView: mark ? at.top >= pane.top && at.bottom <= pane.bottom : null,
      row: selected(el) && Number(selected(el).getAttribute('aria-rowindex')), tab: root.querySelector('[role=tab][aria-selected=true]')?.textContent,
      rowInView: row ? row.top >= grid.top && row.bottom <= grid.bottom + 1 : null,
      hit: selected(el)?.hasAttribute('data-hit'), focus: root.activeElement?.localName, state: el.state };";

async fn look(page: &Page) -> Outcome<Value> {
    page.run("await until(() => !el.shadowRoot.querySelector('.find [role=status]')?.textContent.includes('…'))")
        .await?;
    page.run(LOOK).await
}

/// Opens the box with the focus on the rows, and types.
async fn find(page: &Page, text: &str) -> Outcome<Value> {
    page.run("el.shadowRoot.querySelector('[role=treegrid]').focus()")
        .await?;
    page.control('f').await?;
    page.run("await until(() => el.shadowRoot.activeElement?.localName === 'input')")
        .await?;
    page.keys(text).await?;
    look(page).await
}

pub(crate) async fn far_away(page: &Page) -> Outcome {
    page.show(trace("a \\\"Needle\\\" in\\nthe h\\u00e4y "))
        .await?;
    let first = find(page, "\"needle\" IN").await?;
    assert_eq!(first.get("told"), Some(&json!("1 of 3")), "{first}");
    assert_eq!(first.get("mark"), Some(&json!("\"Needle\" in")), "{first}");
    assert_eq!(first.get("tab"), Some(&json!("Call")), "{first}");
    for name in ["inView", "rowInView", "hit"] {
        assert_eq!(first.get(name), Some(&json!(true)), "{name}: {first}");
    }
    assert_eq!(first.get("focus"), Some(&json!("input")), "{first}");
    let state = first
        .get("state")
        .and_then(Value::as_str)
        .unwrap_or_default();
    check(state.ends_with("&find=%22needle%22%20IN"), state)?;
    let row = |it: &Value| it.get("row").and_then(Value::as_u64).unwrap_or_default();

    // On, and round; and back.
    let mut rows = vec![row(&first)];
    for told in ["2 of 3", "3 of 3", "1 of 3"] {
        page.keys(Key::Enter).await?;
        let it = look(page).await?;
        assert_eq!(it.get("told"), Some(&json!(told)), "{it}");
        assert_eq!(it.get("rowInView"), Some(&json!(true)), "{it}");
        rows.push(row(&it));
    }
    check(rows.first() == rows.last(), format!("{rows:?}"))?;
    check(
        rows.get(..3)
            .is_some_and(|it| it.is_sorted_by(|a, b| a < b)),
        format!("{rows:?}"),
    )?;
    check(
        rows.get(2).is_some_and(|it| *it > 19_000),
        format!("{rows:?}"),
    )?;
    let back = page
        .run("el.shadowRoot.querySelector('.find [aria-label^=Prev]').click(); await painted(); return el.shadowRoot.querySelector('.find [role=status]').textContent")
        .await?;
    assert_eq!(back, "3 of 3");

    // A link shows the same; what is folded opens.
    page.run("el.shadowRoot.querySelector('[role=treegrid]').focus()")
        .await?;
    page.keys(Key::Home).await?;
    page.keys(Key::Left).await?;
    page.keys(Key::F3).await?;
    let opened = look(page).await?;
    check(row(&opened) > 1, format!("{opened}"))?;
    assert_eq!(opened.get("rowInView"), Some(&json!(true)), "{opened}");

    // Text over two lines, and with what is no ASCII.
    for text in ["the häy", "nothing like this"] {
        page.run_with("el.state = 'find=' + encodeURIComponent(arg)", json!(text))
            .await?;
        let it = look(page).await?;
        let told = if text.starts_with("the") {
            "3 found"
        } else {
            "nothing found"
        };
        assert_eq!(it.get("told"), Some(&json!(told)), "{it}");
    }
    page.run("el.state = 'find=' + encodeURIComponent('in\\nthe')")
        .await?;
    assert_eq!(look(page).await?.get("told"), Some(&json!("3 found")));

    page.control('f').await?;
    page.keys(Key::Escape).await?;
    let closed = look(page).await?;
    assert_eq!(closed.get("told"), Some(&json!(null)), "{closed}");
    assert_eq!(closed.get("state"), Some(&json!("")), "{closed}");
    let focus = page
        .run("return el.shadowRoot.activeElement?.getAttribute('role')")
        .await?;
    assert_eq!(focus, "treegrid");
    Ok(())
}

/// Rows that match alone, with what they stand in; afterwards all is as it was.
pub(crate) async fn only_matches(page: &Page) -> Outcome {
    page.show(trace("a needle in the hay ")).await?;
    page.run("el.state = 'level=1&find=needle'").await?;
    look(page).await?;
    let button = "await until(() => el.shadowRoot.querySelector('.find [aria-pressed]'));
        const grid = el.shadowRoot.querySelector('[role=treegrid]'), button = el.shadowRoot.querySelector('.find [aria-pressed]');";
    let turns = page
        .run(&format!(
            "{button} return Number(grid.getAttribute('aria-rowcount'))"
        ))
        .await?;
    let told = page
        .run(&format!(
            "{button} button.click();
             await until(() => el.shadowRoot.querySelector('.find [role=status]').textContent.endsWith('3 rows'));
             await painted();
             const seen = rows(el), hits = seen.filter((it) => it.hasAttribute('data-hit'));
             return [hits.length, Number(grid.getAttribute('aria-rowcount')) === seen.length + 1, seen.length < 20, el.state]"
        ))
        .await?;
    assert_eq!(told, json!([3, true, true, "find=needle&only=matches"]));
    // Keys go through what is seen, and close and open it.
    page.run("el.shadowRoot.querySelector('[role=treegrid]').focus()")
        .await?;
    page.keys(Key::Home).await?;
    let open = "await painted(); return rows(el).length";
    let before = page.run(open).await?;
    page.keys(Key::Left).await?;
    let closed = page.run(open).await?;
    check(
        closed.as_u64() < before.as_u64(),
        format!("{closed} of {before}"),
    )?;
    page.keys(Key::Right).await?;
    assert_eq!(page.run(open).await?, before);
    let after = page
        .run(&format!(
            "{button} button.click(); await until(() => Number(grid.getAttribute('aria-rowcount')) === {turns});
             return el.state.replace(/row=[^&]*&/, '')"
        ))
        .await?;
    assert_eq!(after, "level=1&find=needle");
    Ok(())
}

/// Each part of a call in its own tab, and what is in none of them in the record.
pub(crate) async fn the_right_tab(page: &Page) -> Outcome {
    page.show(page.site.published("sample.json")?).await?;
    let told = page
        .run_with(
            "const found = {};
             el.state = 'find=x';
             await until(() => el.shadowRoot.querySelector('.find input'));
             const input = el.shadowRoot.querySelector('.find input');
             for (const word of arg) {
               input.value = word;
               input.dispatchEvent(new Event('input'));
               await until(() => el.shadowRoot.querySelector('mark[aria-current]')?.textContent.toLowerCase() === word.toLowerCase(), word);
               await painted();
               found[word] = el.shadowRoot.querySelector('[role=tab][aria-selected=true]').textContent.replace(/ \\d+$/, '');
             }
             return found",
            json!(["Data dictionary", "\"finish_reason\"", "max_tokens", "Check the shape", "jq 1.7 filter"]),
        )
        .await?;
    assert_eq!(
        told,
        json!({ "Data dictionary": "System prompt", "\"finish_reason\"": "JSON", "max_tokens": "Facts",
            "Check the shape": "Messages", "jq 1.7 filter": "Toolbelt" })
    );
    Ok(())
}

/// Keys are the element's only where the focus is in it.
pub(crate) async fn keys_of_the_page(page: &Page) -> Outcome {
    page.site.edit("sample.json", |it| it)?;
    page.host(&Host {
        body: "<input id=own><trace-tab src=\"/sample.json\"><input slot=toolbar id=field></trace-tab>",
        ..Host::default()
    })
    .await?;
    page.loaded().await?;
    page.run("window.keys = []; addEventListener('keydown', (it) => { if (it.key !== 'Control') keys.push(it.defaultPrevented); })").await?;
    for place in ["own", "field"] {
        page.run_with("document.getElementById(arg).focus()", json!(place))
            .await?;
        page.control('f').await?;
        page.keys("/").await?;
    }
    let told = page
        .run("await painted(); return [keys, el.shadowRoot.querySelector('.find')]")
        .await?;
    assert_eq!(told, json!([[false, false, false, false], null]));
    page.run("el.shadowRoot.querySelector('[role=treegrid]').focus()")
        .await?;
    page.keys("/").await?;
    page.run("await until(() => el.shadowRoot.activeElement?.localName === 'input')")
        .await?;
    page.keys("a/b").await?;
    let typed = page
        .run("await painted(); return [el.shadowRoot.activeElement.value, el.state]")
        .await?;
    let typed = typed.to_string();
    check(
        typed.starts_with("[\"a/b\"") && typed.contains("find=a%2Fb"),
        typed,
    )?;
    Ok(())
}

/// Where the part with find cannot be had, the box says so, and keeps what is typed for when it comes.
pub(crate) async fn comes_later(page: &Page) -> Outcome {
    const PART: &str = "trace-tab-find.wasm";
    let part = page.site.published(PART)?;
    page.site.set(&format!("/{PART}"), Answer::status(503));
    page.show(trace("a needle ")).await?;
    page.run("el.shadowRoot.querySelector('[role=treegrid]').focus()")
        .await?;
    page.control('f').await?;
    page.run("await until(() => el.shadowRoot.activeElement?.localName === 'input')")
        .await?;
    page.keys("needle").await?;
    page.run("await until(() => el.shadowRoot.querySelector('.find [role=alert]'))")
        .await?;
    page.site
        .set(&format!("/{PART}"), Answer::of("application/wasm", part));
    page.click(".find [role=alert] + button").await?;
    page.run("await until(() => el.shadowRoot.querySelector('.find [role=status]')?.textContent === '1 of 3')")
        .await?;
    let typed = page
        .run("return [el.shadowRoot.querySelector('.find input').value, el.state.includes('find=needle')]")
        .await?;
    assert_eq!(typed, json!(["needle", true]));
    page.expect_console(&["503 (No)", "integrity"]).await
}
