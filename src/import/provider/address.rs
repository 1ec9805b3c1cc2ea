//! What the address of a request tells.

/// Who serves models at this address, as the OpenTelemetry conventions call them.
pub(super) fn provider(url: &str) -> &'static str {
    const HOSTS: &[(&str, &str)] = &[
        ("openai.azure.com", "azure.ai.openai"),
        ("api.openai.com", "openai"),
        ("api.anthropic.com", "anthropic"),
        ("generativelanguage.googleapis.com", "gcp.gemini"),
        ("aiplatform.googleapis.com", "gcp.vertex_ai"),
        ("amazonaws.com", "aws.bedrock"),
        ("api.mistral.ai", "mistral_ai"),
        ("api.groq.com", "groq"),
        ("api.deepseek.com", "deepseek"),
        ("api.x.ai", "x_ai"),
        ("api.perplexity.ai", "perplexity"),
        ("openrouter.ai", "openrouter"),
    ];
    let host = url.split_once("://").map_or(url, |it| it.1);
    let host = host.split(['/', ':', '?']).next().unwrap_or_default();
    let found = HOSTS.iter().find(|it| host.ends_with(it.0));
    found.map_or("", |it| it.1)
}

/// The model that an address names, where the body does not.
pub(super) fn model(url: &str) -> &str {
    let found = ["/models/", "/model/", "/deployments/"].iter();
    let found = found.filter_map(|it| Some(url.split_once(it)?.1));
    let name = found.into_iter().next().unwrap_or_default();
    name.split(['/', ':', '?']).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_tell_who_serves_which_model() {
        for (url, who, which) in [
            ("https://api.openai.com/v1/chat/completions", "openai", ""),
            (
                "https://generativelanguage.googleapis.com/v1beta/models/gemini-2.5-pro:generateContent",
                "gcp.gemini",
                "gemini-2.5-pro",
            ),
            (
                "https://x.openai.azure.com/openai/deployments/gpt/chat/completions?api-version=1",
                "azure.ai.openai",
                "gpt",
            ),
            ("http://localhost:8000/v1/chat/completions", "", ""),
            ("", "", ""),
        ] {
            assert_eq!((provider(url), model(url)), (who, which));
        }
    }
}
