//! The toolbelt: every tool that was offered, and how often it was used.

use leptos::prelude::*;

use super::blocks::{code, prose};
use super::{Shared, Shown};
use crate::payload::{ToolDefinition, toolbelt};
use crate::text;

pub(crate) fn tools(shown: &Shared<Shown>, slice: &str) -> AnyView {
    let belt = toolbelt(slice);
    if belt.is_empty() {
        return view! { <p class="unknown">{format!("Toolbelt {}.", text::NOT_REPORTED)}</p> }.into_any();
    }
    belt.iter().map(|it| tool(shown, it)).collect::<Vec<_>>().into_any()
}

fn tool(shown: &Shown, tool: &ToolDefinition) -> AnyView {
    let uses = shown.tool_uses.get(&tool.name).copied().unwrap_or(0);
    let used = match uses {
        0 => "not used".to_owned(),
        n => format!("used {n} ×"),
    };
    let kind = [&tool.kind, &tool.server].into_iter().filter(|it| !it.is_empty()).cloned().collect::<Vec<_>>().join(" · ");
    let schema = (!tool.parameters.is_empty()).then(|| {
        view! { <details class="schema"><summary>"Parameters"</summary>{code(&tool.parameters)}</details> }
    });
    view! {
        <section class="block tool" data-unused=(uses == 0).then_some("")>
            <h4><span class="what">{tool.name.clone()}</span><span class="note">{kind}</span><span class="uses">{used}</span></h4>
            <div class="parts">{prose(tool.description.clone())}{schema}</div>
        </section>
    }
    .into_any()
}
