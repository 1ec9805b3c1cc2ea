//! The showcase: the element as a host has it, with three themes.

use e2e::Outcome;
use e2e::page::Page;
use serde_json::json;

pub(crate) async fn a_conversation_without_a_trace(page: &Page) -> Outcome {
    page.open("/showcase.html").await?;
    page.loaded().await?;
    let told = page
        .run(
            "const items = [...document.querySelectorAll('#conversations button')];
             const said = () => [el.name, el.matches(':state(ready)') ? el.summary.rounds : null];
             const all = [];
             for (const item of items) {
               item.click();
               await until(() => el.matches(':state(ready), :state(empty)') && !el.matches(':state(loading)'));
               all.push(said());
             }
             const empty = document.querySelector('[slot=empty]').checkVisibility();
             document.querySelector('#turn-on').click();
             items[1].click();
             await next('load');
             document.querySelector('#recorded').click();
             await until(() => el.matches(':state(empty)'));
             document.querySelector('#recorded').click();
             await next('load');
             document.querySelector('#messages button').click();
             await painted();
             return [all, empty, said(), title(selected(el))]",
        )
        .await?;
    assert_eq!(
        told,
        json!([
            [
                ["Pricing page views", 11],
                ["Refund for order 10452", 4],
                ["Invoices of September", 3],
                ["Question to HR", null]
            ],
            true,
            ["Refund for order 10452", 4],
            "Turn 1"
        ])
    );
    Ok(())
}

/// Each theme changes the look of the element, and its text is what is to copy.
pub(crate) async fn themes(page: &Page) -> Outcome {
    page.open("/showcase.html").await?;
    page.loaded().await?;
    let told = page
        .run(
            "const looks = new Set();
             for (const theme of ['light', 'dark', 'terminal']) {
               document.querySelector(`[value=${theme}]`).click();
               await until(async () => document.querySelector('#snippet-css').textContent === await (await fetch(`showcase/${theme}.css`)).text());
               await until(() => document.querySelector('#theme').sheet?.href.endsWith(`${theme}.css`));
               await painted();
               const { backgroundColor, fontFamily } = getComputedStyle(el.shadowRoot.querySelector('.base'));
               looks.add(`${backgroundColor} ${fontFamily}`);
             }
             return looks.size",
        )
        .await?;
    assert_eq!(told, json!(3));
    Ok(())
}
