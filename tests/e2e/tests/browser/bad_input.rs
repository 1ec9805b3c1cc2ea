//! What is no trace: each time a message that says what, where and what to do, and a code.

use e2e::page::{Host, Page, check};
use e2e::server::{Answer, Origin};
use e2e::{Outcome, root};
use serde_json::{Value, json};

/// Gives the element this `src`; it must say this code and these words.
async fn fails(page: &Page, src: &str, code: &str, words: &str) -> Outcome {
    let told = page
        .run_with(
            "heard.length = 0; el.removeAttribute('src'); el.src = arg;
             const detail = (await outcome())[1];
             await painted();
             return { ...detail, shown: shown(el).includes(detail.message), state: el.matches(':state(error)'), names: names(),
               role: el.shadowRoot.querySelector('[role=alert]') !== null, summary: el.summary }",
            json!(src),
        )
        .await?;
    let text = |name: &str| {
        told.get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    assert_eq!(
        [text("phase"), text("code")],
        ["fetch", code],
        "{src}: {told}"
    );
    check(
        text("message").contains(words),
        format!("{words:?} is not in {told}"),
    )?;
    let rest = ["shown", "state", "role", "summary", "names"]
        .map(|it| told.get(it).cloned().unwrap_or_default());
    assert_eq!(
        rest,
        [
            json!(true),
            json!(true),
            json!(true),
            json!(null),
            json!(["error"])
        ],
        "{src}: {told}"
    );
    Ok(())
}

pub(crate) async fn src_that_fails(page: &Page) -> Outcome {
    let sample = page.site.published("sample.json")?;
    page.site.set("/forbidden", Answer::status(403));
    page.site
        .set("/unreachable", Answer::status(200).broken_after(0));
    page.site
        .set("/broken", Answer::json(sample.clone()).broken_after(4000));
    page.site.set("/elsewhere", Answer::json(sample.clone()));
    page.site
        .set("/from-anywhere", Answer::json(sample.clone()).cors());
    page.site.set("/as-a-page", Answer::html(sample));
    page.site.set(
        "/sign-in",
        Answer::html("<!doctype html><title>Sign in</title><p>Please sign in"),
    );
    page.host(&Host {
        policy: "",
        ..Host::default()
    })
    .await?;
    fails(page, "/missing.json", "http", "answered 404 Not Found").await?;
    fails(page, "/forbidden", "http", "answered 403").await?;
    fails(page, "/unreachable", "network", "could not be fetched").await?;
    fails(page, "/broken", "network", "broke").await?;
    fails(page, "http://[", "network", "not a valid URL").await?;
    let elsewhere = page.site.url(Origin::Cdn, "/elsewhere");
    fails(page, &elsewhere, "cors", "Access-Control-Allow-Origin").await?;
    page.console().await?;

    // Another origin that lets itself be read, and a wrong MIME type, are no trouble.
    for src in [
        page.site.url(Origin::Cdn, "/from-anywhere"),
        "/as-a-page".to_owned(),
    ] {
        let rounds = page
            .run_with(
                "el.src = arg; return (await outcome())[1].rounds",
                json!(src),
            )
            .await?;
        assert_eq!(rounds, 11, "{src}");
    }
    let told = page
        .run("el.src = '/sign-in'; return (await outcome())[1]")
        .await?;
    assert_eq!(told.get("code"), Some(&json!("not-json")), "{told}");
    Ok(())
}

pub(crate) async fn src_that_hangs(page: &Page) -> Outcome {
    page.site.set("/hanging", Answer::json("{}").hanging());
    page.host(&Host {
        script: "",
        ..Host::default()
    })
    .await?;
    // Half a minute in a third of a second.
    page.run(
        "const wait = setTimeout;
         window.setTimeout = (then, ms, ...rest) => wait(then, ms >= 10_000 ? ms / 100 : ms, ...rest);
         await import('/trace-tab.js')",
    )
    .await?;
    fails(page, "/hanging", "timeout", "within 30 seconds").await
}

pub(crate) async fn src_that_the_policy_blocks(page: &Page) -> Outcome {
    page.site.set("/trace.json", Answer::json("{}").cors());
    page.host(&Host::default()).await?;
    fails(
        page,
        &page.site.url(Origin::Cdn, "/trace.json"),
        "csp",
        "to connect-src",
    )
    .await?;
    fails(
        page,
        "data:application/json,{}",
        "csp",
        "Add data: to connect-src",
    )
    .await?;
    page.console().await.map(drop)
}

pub(crate) async fn files_that_are_no_trace(page: &Page) -> Outcome {
    page.host(&Host::default()).await?;
    let mut files =
        std::fs::read_dir(root().join("tests/fixtures/bad"))?.collect::<Result<Vec<_>, _>>()?;
    files.sort_by_key(std::fs::DirEntry::file_name);
    check(files.len() > 10, "where are the fixtures?")?;
    for file in files {
        let name = file.file_name().to_string_lossy().into_owned();
        page.site.set(
            "/bad",
            Answer::of("application/octet-stream", std::fs::read(file.path())?),
        );
        let told = page
            .run(
                "const bytes = await (await fetch('/bad')).arrayBuffer();
                 heard.length = 0;
                 const error = await el.load(bytes).catch((error) => error);
                 await painted();
                 const { phase, code, message, offset } = error;
                 return { phase, code, message, offset, name: error.name, shown: shown(el).includes(message), names: names(),
                   state: el.matches(':state(error)'), same: JSON.stringify(heard.at(-1).detail) === JSON.stringify({ phase, code, message, offset }) }",
            )
            .await?;
        let rest = ["phase", "name", "shown", "names", "state", "same"]
            .map(|it| told.get(it).cloned().unwrap_or_default());
        assert_eq!(
            rest,
            [
                json!("read"),
                json!("TraceTabError"),
                json!(true),
                json!(["error"]),
                json!(true),
                json!(true)
            ],
            "{name}: {told}"
        );
        let code = told.get("code").and_then(Value::as_str).unwrap_or_default();
        let message = told
            .get("message")
            .and_then(Value::as_str)
            .unwrap_or_default();
        check(
            expected(&name).is_none_or(|it| it == code),
            format!("{name}: {told}"),
        )?;
        check(
            message.len() > 40,
            format!("{name}: {message:?} says too little"),
        )?;
    }
    Ok(())
}

/// The code for a fixture; new ones get one from the native tests first.
fn expected(name: &str) -> Option<&'static str> {
    Some(match name {
        "blank.json" | "empty.json" => "empty",
        "html.html" | "not-json.txt" | "python-repr.txt" => "not-json",
        "zip.eval" => "unreadable",
        "cut-before-first-record.json" | "cut-in-first-key.json" => "cut",
        "otlp-logs.json" => "not-a-trace",
        "header-alone.jsonl" | "no-spans.json" => "no-spans",
        "array-of-numbers.json"
        | "scalar.json"
        | "string.json"
        | "unknown-format.json"
        | "unknown-lines.jsonl" => "unknown-format",
        _ => return None,
    })
}

/// Cut off anywhere, a file shows what is complete, and says that it is cut.
pub(crate) async fn cut_anywhere(page: &Page) -> Outcome {
    let sample = page.site.published("sample.json")?;
    page.site.set("/trace.json", Answer::json(sample.clone()));
    page.host(&Host::default()).await?;
    let told = page
        .run(
            "const whole = new Uint8Array(await (await fetch('/trace.json')).arrayBuffer());
             const found = [];
             let before = 0;
             for (let part = 1; part < 20; part++) {
               const cut = whole.slice(0, Math.floor(whole.length * part / 20));
               const summary = await el.load(cut).catch((error) => error);
               // Without one complete record there is nothing to show.
               if (summary.code === 'cut' && before === 0) { found.push([part, shown(el).includes('before its first record')]); continue; }
               const back = await bytesOf(await el.download('source', { save: false }));
               await painted();
               found.push([part, summary.actions >= before && summary.issues > 0 && same(back, cut)
                 && /cut|ends/.test(el.shadowRoot.querySelector('footer').textContent)]);
               before = summary.actions;
             }
             return [found, before]",
        )
        .await?;
    let found = told
        .get(0)
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    check(
        found.iter().all(|it| it.get(1) == Some(&json!(true))),
        format!("{told}"),
    )?;
    check(
        told.get(1)
            .and_then(Value::as_u64)
            .is_some_and(|it| it >= 18),
        format!("{told}"),
    )
}

/// A file for which there is no memory is told of before it is read.
pub(crate) async fn too_large(page: &Page) -> Outcome {
    page.host(&Host::default()).await?;
    let told = page
        .run(
            "await until(() => el.matches(':state(empty)'));
             // A browser keeps it once.
             const part = new Blob([new Uint8Array(1 << 24)]);
             const parts = new Blob(new Array(64).fill(part));
             const code = await el.load(new Blob(new Array(5).fill(parts))).catch((error) => error.code);
             const summary = await el.load('{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{\"traceId\":\"1\",\"spanId\":\"2\",\"name\":\"a\",\"startTimeUnixNano\":\"1\",\"endTimeUnixNano\":\"2\"}]}]}]}');
             return [code, summary.format]",
        )
        .await?;
    assert_eq!(told, json!(["too-large", "otlp"]));
    Ok(())
}
