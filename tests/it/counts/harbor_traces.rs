use super::{Count, Counts, items, values};

pub(super) const COUNT: Count = Count {
    format: "harbor-traces",
    folders: &["atif"],
    by_hand: |file| {
        let mut counts = Counts::default();
        for episode in values(file).iter().flat_map(items) {
            let said = items(&episode["conversations"]).count() as u64;
            counts.records += said;
            counts.llm_calls += u64::from(said > 0);
        }
        counts
    },
    others: ATIF,
    differences: &[],
};

/// The rest of the folder.
const ATIF: &[(&str, &str)] = &[
    ("atif/atif-claude-code-4MB.json", "atif"),
    ("atif/atif-claude-code-image.json", "atif"),
    ("atif/atif-claude-code-spotter-fa81.json", "atif"),
    ("atif/atif-codex-0.169.json", "atif"),
    (
        "atif/hello-world-context-summarization-linear-history.trajectory.cont-1.json",
        "atif",
    ),
    (
        "atif/hello-world-context-summarization-linear-history.trajectory.json",
        "atif",
    ),
    (
        "atif/hello-world-context-summarization.trajectory.json",
        "atif",
    ),
    (
        "atif/hello-world-context-summarization.trajectory.summarization-1-answers.json",
        "atif",
    ),
    (
        "atif/hello-world-context-summarization.trajectory.summarization-1-questions.json",
        "atif",
    ),
    (
        "atif/hello-world-context-summarization.trajectory.summarization-1-summary.json",
        "atif",
    ),
    ("atif/hello-world-invalid-json.trajectory.json", "atif"),
    ("atif/hello-world.trajectory.json", "atif"),
    (
        "atif/hello-world.trajectory.no_function_calling.json",
        "atif",
    ),
    ("atif/rfc-examples/gemini-cli-trajectory.json", "gemini-cli"),
    ("atif/rfc-examples/mini-swe-agent-trajectory.json", "chat"),
    ("atif/rfc-examples/openhands_trajectory.json", "openhands"),
];
