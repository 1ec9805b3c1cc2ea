//! A viewer that cannot start says why, in the page and in an event, and can be told to try again.

use e2e::Outcome;
use e2e::page::{Host, Page, check};
use e2e::server::{Answer, STRICT};
use serde_json::{Value, json};

const WASM: &str = "trace-tab_bg.wasm";

/// Opens a page with an element that cannot start; it must say this code and these words.
async fn refused(page: &Page, policy: &str, before: &str, code: &str, words: &str) -> Outcome {
    page.host(&Host {
        body: "",
        policy,
        script: "",
    })
    .await?;
    let script = format!(
        "{before};
         await import('/trace-tab.js');
         const it = document.createElement('trace-tab');
         const promise = it.load('{{}}').catch((error) => error.code);
         document.body.append(it);
         const detail = await next('error');
         return {{ detail, rejected: await promise, text: shown(it), state: it.matches(':state(error)'),
           role: it.shadowRoot.querySelector('[role=alert]') !== null, count: names().length }}"
    );
    let told = page.run(&script).await?;
    let field = |name: &str| told.get(name).cloned().unwrap_or_default();
    let detail = |name: &str| {
        told.get("detail")
            .and_then(|it| it.get(name))
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    assert_eq!([detail("phase"), detail("code")], ["start", code], "{told}");
    check(
        detail("message").contains(words),
        format!("{words:?} is not in {told}"),
    )?;
    check(
        field("text")
            .as_str()
            .is_some_and(|it| it.contains(&detail("message"))),
        format!("not shown: {told}"),
    )?;
    assert_eq!(
        [
            field("rejected"),
            field("state"),
            field("role"),
            field("count")
        ],
        [json!(code), json!(true), json!(true), json!(1)],
        "{told}"
    );
    Ok(())
}

/// After what was wrong is right, the button brings the viewer to life.
async fn reload(page: &Page) -> Outcome {
    page.site.reset();
    page.click("button").await?;
    let text = page.run("await until(() => el.shadowRoot.querySelector('.base')); el.data = '1'; return (await outcome())[1].code").await?;
    assert_eq!(text, "unknown-format", "the viewer works again");
    Ok(())
}

pub(crate) async fn wasm_missing(page: &Page) -> Outcome {
    page.site.set("/trace-tab_bg.wasm", Answer::status(404));
    refused(page, STRICT, "", "network", "answered 404").await?;
    reload(page).await?;
    page.expect_console(&["404 (Not Found)", "integrity"]).await
}

pub(crate) async fn wasm_unreachable(page: &Page) -> Outcome {
    page.site
        .set("/trace-tab_bg.wasm", Answer::status(200).broken_after(0));
    refused(page, STRICT, "", "network", "could not be had").await?;
    reload(page).await?;
    page.expect_console(&["ERR_EMPTY_RESPONSE"]).await
}

pub(crate) async fn wasm_tampered(page: &Page) -> Outcome {
    page.site.edit(WASM, |mut bytes| {
        if let Some(last) = bytes.last_mut() {
            *last ^= 1;
        }
        bytes
    })?;
    refused(page, STRICT, "", "integrity", "not the one").await?;
    reload(page).await?;
    page.expect_console(&["integrity"]).await
}

pub(crate) async fn wasm_is_a_page(page: &Page) -> Outcome {
    page.site
        .set("/trace-tab_bg.wasm", Answer::html("<h1>Sign in</h1>"));
    refused(
        page,
        STRICT,
        "",
        "mime",
        "is not WebAssembly but a web page",
    )
    .await?;
    reload(page).await?;
    page.expect_console(&["integrity"]).await
}

pub(crate) async fn wasm_of_another_version(page: &Page) -> Outcome {
    page.site.edit("trace-tab.js", |bytes| {
        let version = format!("\"{}\"", env!("CARGO_PKG_VERSION"));
        replace(&bytes, &version, "\"9.9.9\"")
    })?;
    refused(page, STRICT, "", "version", "two versions are mixed").await?;
    // Another release's wasm beside this script: its hash tells.
    page.site.reset();
    page.site
        .edit(WASM, |bytes| [&bytes[..], b"\0\x04\x03old"].concat())?;
    refused(
        page,
        STRICT,
        "",
        "integrity",
        "Take both files from the same release",
    )
    .await?;
    page.expect_console(&["integrity"]).await
}

pub(crate) async fn wasm_with_another_mime_type(page: &Page) -> Outcome {
    let wasm = page.site.published(WASM)?;
    page.site.set(
        "/trace-tab_bg.wasm",
        Answer::of("application/octet-stream", wasm),
    );
    page.show(page.site.published("sample.json")?).await?;
    page.expect_console(&["application/wasm"]).await
}

pub(crate) async fn policy_against_wasm(page: &Page) -> Outcome {
    let policy = STRICT.replace("'wasm-unsafe-eval'", "");
    refused(
        page,
        &policy,
        "",
        "csp",
        "Add 'wasm-unsafe-eval' to script-src",
    )
    .await?;
    page.console().await.map(drop)
}

pub(crate) async fn policy_against_the_fetch(page: &Page) -> Outcome {
    let policy = STRICT.replace("connect-src 'self'", "connect-src 'none'");
    refused(page, &policy, "", "csp", "to connect-src").await?;
    page.expect_console(&["Content Security Policy"]).await
}

pub(crate) async fn no_simd(page: &Page) -> Outcome {
    refused(
        page,
        STRICT,
        "WebAssembly.validate = () => false",
        "too-old",
        "too old",
    )
    .await
}

fn replace(bytes: &[u8], from: &str, to: &str) -> Vec<u8> {
    String::from_utf8_lossy(bytes)
        .replace(from, to)
        .into_bytes()
}
