//! The settings of a request: temperature and the like.

use super::{otel, unwrap};
use crate::model::{Json, Kind};

/// What else is in the body of a request, and is shown elsewhere.
const OTHERS: &[&str] = &[
    "model",
    "messages",
    "input",
    "contents",
    "tools",
    "functions",
    "toolConfig",
    "system",
    "instructions",
    "systemInstruction",
    "system_instruction",
];

/// Whether the body of a request has settings.
pub fn has_settings(body: Json<'_>) -> bool {
    body.members().any(|it| !OTHERS.contains(&it.0.as_ref()))
}

/// The settings in a slice of the source: of the body of a request, what is shown nowhere else.
pub fn settings(slice: &str) -> String {
    let slice = unwrap(Json::new(slice));
    let json = Json::new(&slice);
    let is_attribute = |it: &str| it.starts_with("gen_ai.");
    if json.kind() == Kind::Array || json.members().any(|it| is_attribute(&it.0)) {
        return otel::settings(&slice);
    }
    let is_other = |key: &str| OTHERS.contains(&key);
    if json.kind() != Kind::Object || !json.members().any(|it| is_other(&it.0)) {
        return slice.into_owned();
    }
    let own = json.members().filter(|it| !is_other(&it.0));
    // A key that has to be escaped is no setting.
    let own = own.filter(|it| !it.0.contains(['"', '\\']));
    let own: Vec<String> = own
        .map(|it| ["\"", it.0.as_ref(), "\":", it.1.text()].concat())
        .collect();
    ["{", &own.join(","), "}"].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_no_settings() {
        let body = r#"{"model":"m","temperature":0.5,"messages":[{"role":"user"}],"n":[1]}"#;
        assert_eq!(settings(body), r#"{"temperature":0.5,"n":[1]}"#);
        assert_eq!(settings(r#"{"top_k": 1}"#), r#"{"top_k": 1}"#);
        assert!(has_settings(Json::new(body)));
        assert!(!has_settings(Json::new(r#"{"model":"m"}"#)));
    }
}
