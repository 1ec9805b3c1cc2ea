//! `cargo xtask shots`: the pictures in `docs/`, taken from the built page.

use e2e::engine::Engine;
use e2e::page::Page;
use e2e::{Outcome, root};
use serde_json::json;

/// The LLM call of round 3.
const SELECTED: &str = "row=span:llm-03";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Outcome {
    let page = Page::start(Engine::Chromium).await?;
    for (name, size, scheme, state) in [
        ("light", (1360, 830), "light", SELECTED),
        ("dark", (1360, 830), "dark", SELECTED),
        ("narrow", (400, 830), "light", ""),
    ] {
        page.viewport(size.0, size.1).await?;
        page.scheme(scheme).await?;
        page.open_sample().await?;
        page.run_with(
            "el.state = arg; await document.fonts.ready; await painted()",
            json!(state),
        )
        .await?;
        let file = root().join("docs").join(name).with_extension("png");
        let picture = page.picture().await?;
        println!("docs/{name}.png, {} bytes", picture.len());
        std::fs::write(file, picture)?;
    }
    page.stop().await
}
