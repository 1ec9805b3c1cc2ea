//! The keyboard: everything that a mouse can do, and the focus never lost.

use e2e::Outcome;
use e2e::page::{Host, Page, check};
use serde_json::{Value, json};
use thirtyfour::Key;

/// Opens the sample with the focus on the waterfall.
async fn start(page: &Page) -> Outcome {
    page.show(page.site.published("sample.json")?).await?;
    page.run("el.shadowRoot.querySelector('[role=treegrid]').focus()")
        .await
        .map(drop)
}

/// Presses keys; returns the number of the selected row among the visible ones, from 0.
async fn press(page: &Page, keys: &[Key]) -> Outcome<Value> {
    for key in keys {
        page.keys(key.clone()).await?;
    }
    let at = page.run("await painted(); const row = selected(el); return row ? Number(row.getAttribute('aria-rowindex')) - 2 : null").await?;
    let inside = page
        .run(
            "const grid = el.shadowRoot.querySelector('[role=treegrid]');
             const active = el.shadowRoot.activeElement;
             const named = grid.getAttribute('aria-activedescendant');
             return active === grid && (named ?? null) === (selected(el)?.id ?? null)",
        )
        .await?;
    check(
        inside == json!(true),
        format!(
            "after {keys:?} the focus is elsewhere, or names another row than the selected one"
        ),
    )?;
    Ok(at)
}

async fn count(page: &Page) -> Outcome<u64> {
    let count = page.run("return Number(el.shadowRoot.querySelector('[role=treegrid]').getAttribute('aria-rowcount')) - 1").await?;
    Ok(count.as_u64().unwrap_or_default())
}

pub(crate) async fn rows(page: &Page) -> Outcome {
    start(page).await?;
    let last = count(page).await? - 1;
    assert_eq!(last, 32, "a turn, 11 rounds, 21 actions");
    assert_eq!(press(page, &[]).await?, json!(null));
    assert_eq!(press(page, &[Key::Down]).await?, 0);
    assert_eq!(press(page, &[Key::Down, Key::Down]).await?, 2);
    assert_eq!(press(page, &[Key::Up]).await?, 1);
    assert_eq!(press(page, &[Key::Up, Key::Up, Key::Up]).await?, 0);
    assert_eq!(press(page, &[Key::End]).await?, last);
    let in_view = page
        .run(
            "const pane = el.shadowRoot.querySelector('.waterfall').getBoundingClientRect(), row = selected(el).getBoundingClientRect();
             return row.top >= pane.top && row.bottom <= pane.bottom + 1",
        )
        .await?;
    assert_eq!(in_view, true);
    assert_eq!(press(page, &[Key::Down]).await?, last);
    assert_eq!(press(page, &[Key::Home]).await?, 0);
    let paged = press(page, &[Key::PageDown])
        .await?
        .as_u64()
        .unwrap_or_default();
    check(
        (8..last).contains(&paged),
        format!("a page is {paged} rows"),
    )?;
    assert_eq!(press(page, &[Key::PageUp]).await?, 0);
    assert_eq!(
        press(
            page,
            &[Key::PageDown, Key::PageDown, Key::PageDown, Key::PageDown]
        )
        .await?,
        last
    );
    // Control changes nothing of Home and End where only rows have the focus.
    page.control(char::from(Key::Home)).await?;
    assert_eq!(press(page, &[]).await?, 0);
    page.control(char::from(Key::End)).await?;
    assert_eq!(press(page, &[]).await?, last);
    assert_eq!(press(page, &[Key::Escape]).await?, json!(null));
    Ok(())
}

/// What a screen reader is told of the rows, and that the whole of them is one stop of Tab.
pub(crate) async fn treegrid(page: &Page) -> Outcome {
    start(page).await?;
    press(page, &[Key::Home, Key::Down, Key::Down]).await?;
    let told = page
        .run(
            "const grid = el.shadowRoot.querySelector('[role=treegrid]');
             const all = rows(el).sort((a, b) => a.getAttribute('aria-rowindex') - b.getAttribute('aria-rowindex'));
             const of = (name) => all.map((it) => it.getAttribute(name));
             const number = (name) => of(name).map(Number);
             const cells = all.map((it) => it.querySelectorAll('[role=gridcell]').length);
             const level = number('aria-level');
             return {
               named: grid.getAttribute('aria-label').length > 0,
               heads: grid.querySelectorAll('[role=columnheader]').length,
               cells: new Set(cells).size === 1 && cells[0] === grid.querySelectorAll('[role=columnheader]').length,
               indexes: number('aria-rowindex').every((it, at) => it === at + 2),
               levels: level[0] === 1 && level.every((it, at) => at === 0 || it - level[at - 1] <= 1),
               // Only a parent is open or closed: one that the next row is in.
               open: all.slice(0, -1).every((it, at) => (level[at + 1] > level[at]) === (it.getAttribute('aria-expanded') === 'true')),
               selected: of('aria-selected').filter((it) => it === 'true').length,
               active: grid.getAttribute('aria-activedescendant') === selected(el).id,
               says: all[2].textContent.includes('takes') || all[2].getAttribute('aria-label')?.includes('takes') === true,
             }",
        )
        .await?;
    let field = |name: &str| told.get(name).cloned().unwrap_or_default();
    for name in [
        "named", "cells", "indexes", "levels", "open", "active", "says",
    ] {
        check(field(name) == json!(true), format!("{name}: {told}"))?;
    }
    assert_eq!(field("selected"), json!(1));
    page.keys(Key::Tab).await?;
    let out = page
        .run("const grid = el.shadowRoot.querySelector('[role=treegrid]'); return !grid.contains(el.shadowRoot.activeElement)")
        .await?;
    assert_eq!(out, json!(true), "Tab leaves the rows");
    Ok(())
}

pub(crate) async fn levels(page: &Page) -> Outcome {
    start(page).await?;
    let all = count(page).await?;
    press(page, &[Key::Home, Key::Down]).await?;
    let level =
        "return ['aria-level', 'aria-expanded'].map((name) => selected(el).getAttribute(name))";
    assert_eq!(page.run(level).await?, json!(["2", "true"]));
    // Left closes, then goes to the parent; Right opens, then goes in.
    assert_eq!(press(page, &[Key::Left]).await?, 1);
    assert_eq!(page.run(level).await?, json!(["2", "false"]));
    let closed = count(page).await?;
    check(closed < all, "closing a round hides its rows")?;
    assert_eq!(press(page, &[Key::Left]).await?, 0);
    assert_eq!(press(page, &[Key::Down, Key::Right]).await?, 1);
    assert_eq!(count(page).await?, all);
    assert_eq!(press(page, &[Key::Right]).await?, 2);
    assert_eq!(
        page.run(level).await?,
        json!(["3", null]),
        "only a parent can be open"
    );
    assert_eq!(press(page, &[Key::Right]).await?, 2);
    assert_eq!(press(page, &[Key::Left]).await?, 1);
    // All that is left of a closed turn is its row.
    assert_eq!(press(page, &[Key::Home, Key::Left]).await?, 0);
    assert_eq!(count(page).await?, 1);
    assert_eq!(press(page, &[Key::Right]).await?, 0);
    assert_eq!(count(page).await?, all);
    Ok(())
}

pub(crate) async fn detail(page: &Page) -> Outcome {
    start(page).await?;
    press(page, &[Key::Home, Key::Down, Key::Down]).await?;
    page.keys(Key::Enter).await?;
    let focus = "await painted(); const it = el.shadowRoot.activeElement; return it.getAttribute('role') + ' ' + it.textContent";
    assert_eq!(page.run(focus).await?, "tab Messages");
    page.keys(Key::Right).await?;
    assert_eq!(page.run(focus).await?, "tab System prompt");
    page.keys(Key::Right).await?;
    assert_eq!(page.run(focus).await?, "tab Toolbelt 9");
    let shown = "return [...el.shadowRoot.querySelectorAll('[role=tab]')].map((it) => it.getAttribute('aria-selected') + it.tabIndex)";
    assert_eq!(
        page.run(shown).await?,
        json!(["false-1", "false-1", "true0", "false-1", "false-1"])
    );
    page.keys(Key::Left).await?;
    assert_eq!(page.run(focus).await?, "tab System prompt");
    page.keys(Key::Tab).await?;
    let panel = page
        .run("return el.shadowRoot.activeElement.getAttribute('role')")
        .await?;
    assert_eq!(panel, "tabpanel", "text can be scrolled with the keys");
    // Back to the rows, with nothing selected.
    assert_eq!(press(page, &[Key::Escape]).await?, json!(null));
    let gone = page
        .run("return el.shadowRoot.querySelector('.detail')")
        .await?;
    assert_eq!(gone, json!(null));
    Ok(())
}

/// How much is open, by a digit and in the menu; a link carries it.
pub(crate) async fn open_to_a_level(page: &Page) -> Outcome {
    page.open_sample().await?;
    let told = page
        .run(
            "const grid = el.shadowRoot.querySelector('[role=treegrid]');
             const count = () => Number(grid.getAttribute('aria-rowcount')) - 1;
             const press = async (key) => {
               grid.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
               await painted();
               return [count(), el.state];
             };
             const all = count();
             const [one, two, open] = [await press('1'), await press('2'), await press('*')];
             await press('1');
             rows(el)[0].querySelector('.twist').click();
             await painted();
             const but = [count() > 1 && count() < all, el.state];
             const [, choice] = el.shadowRoot.querySelectorAll('.levels button');
             el.shadowRoot.querySelector('.levels summary').click();
             choice.click();
             await painted();
             const menu = [count(), el.state];
             el.state = 'level=1';
             await painted();
             return { all, one, two, open, but, menu, set: count() }",
        )
        .await?;
    let expected = json!({
        "all": 33, "one": [1, "level=1"], "two": [12, "level=2"], "open": [33, ""],
        "but": [true, "level=1&closed=turn:1"], "menu": [12, "level=2"], "set": 1,
    });
    assert_eq!(told, expected);
    Ok(())
}

pub(crate) async fn zoom(page: &Page) -> Outcome {
    start(page).await?;
    press(page, &[Key::Home, Key::Down, Key::Down]).await?;
    let brush = "await painted(); return [el.state.includes('window='), el.shadowRoot.querySelector('.brush') !== null]";
    page.keys("z").await?;
    assert_eq!(page.run(brush).await?, json!([true, true]));
    page.keys("0").await?;
    assert_eq!(page.run(brush).await?, json!([false, false]));
    Ok(())
}

/// Whatever is removed or hidden by a click, the focus stays where the keys work.
pub(crate) async fn focus_stays(page: &Page) -> Outcome {
    let sample = page.site.published("sample.json")?;
    page.show(sample).await?;
    let focus = "await painted(); const it = el.shadowRoot.activeElement; return it && (it.getAttribute('role') ?? it.className)";
    page.click("[data-kind=llm]").await?;
    assert_eq!(page.run(focus).await?, "treegrid", "after a click on a row");
    page.click(".detail .close").await?;
    assert_eq!(
        page.run(focus).await?,
        "treegrid",
        "after the detail was closed"
    );
    page.click("[data-kind=llm]").await?;
    page.keys("z").await?;
    page.click(".head .track button").await?;
    assert_eq!(
        page.run(focus).await?,
        "treegrid",
        "after \"show all\" went away"
    );
    page.click(".twist").await?;
    assert_eq!(page.run(focus).await?, "treegrid", "after a row was closed");
    // As narrow as a phone, the detail stands in place of the rows.
    page.viewport(400, 800).await?;
    page.run("el.state = 'row=span:llm-02'; await painted()")
        .await?;
    page.click(".detail .back").await?;
    assert_eq!(page.run(focus).await?, "treegrid", "after the way back");
    // Only one thing in the whole waterfall takes part in the order of Tab.
    let stops = page.run("return el.shadowRoot.querySelectorAll('.waterfall [tabindex=\"0\"], .waterfall button:not([tabindex=\"-1\"])').length").await?;
    assert_eq!(stops, 0);
    Ok(())
}

/// What is typed elsewhere, or with Control, is none of the element's business.
pub(crate) async fn others_keep_their_keys(page: &Page) -> Outcome {
    page.site.edit("sample.json", |it| it)?;
    let body = "<trace-tab src=\"/sample.json\"><input slot=toolbar id=field></trace-tab>";
    page.host(&Host {
        body,
        ..Host::default()
    })
    .await?;
    page.loaded().await?;
    page.run("field.focus()").await?;
    page.keys("z0").await?;
    page.keys(Key::Down).await?;
    assert_eq!(
        page.run("return [field.value, el.state]").await?,
        json!(["z0", ""])
    );
    page.run(
        "el.shadowRoot.querySelector('[role=treegrid]').focus();
         window.keys = []; addEventListener('keydown', (it) => keys.push([it.key, it.defaultPrevented]))",
    )
    .await?;
    page.control('z').await?;
    page.keys("q").await?;
    page.keys(Key::Escape).await?;
    page.keys(Key::Left).await?;
    let keys = page
        .run("return keys.filter(([key]) => key !== 'Control')")
        .await?;
    assert_eq!(
        keys,
        json!([["z", false], ["q", false], ["Escape", false]]),
        "the host hears what the viewer has no use for"
    );
    Ok(())
}
