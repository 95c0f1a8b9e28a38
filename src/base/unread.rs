//! Why a JSON text could not be read, as a sentence. Serde has its reasons in English alone: those that it gives are known
//! here, and what it says in the words of a type of ours is left to whoever knows the type.

use serde_json::error::Category;

use super::sentence::{Sentence, sentence};

/// What serde says.
#[must_use]
pub fn json(error: &serde_json::Error) -> Sentence {
    let (line, column) = (error.line(), error.column());
    match error.classify() {
        Category::Data => shape(&message(error)),
        Category::Eof => sentence!("it is not JSON: it breaks off in line {line}", line),
        Category::Syntax | Category::Io => {
            sentence!("it is not JSON: look at line {line}, column {column}", line, column)
        }
    }
}

/// What it says, without where.
#[must_use]
pub fn message(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.rsplit_once(" at line ") {
        Some((message, place)) if place.contains(" column ") => message.to_owned(),
        _ => text,
    }
}

/// What serde says of a value that is well-formed.
fn shape(message: &str) -> Sentence {
    let quoted = |text: &str| text.trim_matches('`').to_owned();
    if let Some(name) = message.strip_prefix("missing field ") {
        return sentence!("the field \"{name}\" is missing", name = quoted(name));
    }
    if let Some(name) = message.strip_prefix("duplicate field ") {
        return sentence!("the field \"{name}\" stands there twice", name = quoted(name));
    }
    let (what, expected) = message.split_once(", ").unwrap_or((message, ""));
    let expected = expected.strip_prefix("expected ").unwrap_or(expected);
    let names = expected.strip_prefix("one of ").unwrap_or(expected).replace('`', "").replace(" or ", ", ");
    if let Some(name) = what.strip_prefix("unknown field ") {
        return sentence!("there is no field \"{name}\": known are {names}", name = quoted(name), names);
    }
    if let Some(name) = what.strip_prefix("unknown variant ") {
        return sentence!("there is no value \"{name}\": known are {names}", name = quoted(name), names);
    }
    // What was found may have a comma in it.
    let (what, expected) = message.rsplit_once(", expected ").unwrap_or((message, ""));
    let found = what.strip_prefix("invalid type: ").or_else(|| what.strip_prefix("invalid value: "));
    // In the words of a type of ours.
    let Some(found) = found else { return Sentence::as_said(message) };
    sentence!("{found} where {wanted} is expected", found = kind(found), wanted = kind(expected))
}

/// A kind of value, as serde calls it, and the value if it is told.
fn kind(text: &str) -> Sentence {
    let (name, value) = match text.split_once([' ', '`', '"']) {
        Some(("string" | "boolean" | "integer" | "character", _)) => {
            let (name, value) = text.split_once(' ').unwrap_or((text, ""));
            (name, Some(value.trim_matches('`').to_owned()))
        }
        Some(("floating", rest)) => {
            ("number", rest.split_once(' ').map(|(_, value)| value.trim_matches('`').to_owned()))
        }
        _ => (text, None),
    };
    match (name, value) {
        ("string", Some(value)) => sentence!("the text {value}", value),
        ("boolean", Some(value)) => sentence!("the value {value}", value),
        ("integer" | "number", Some(value)) => sentence!("the number {value}", value),
        ("null" | "unit value" | "Option value", _) => sentence!("nothing"),
        ("a string" | "str" | "borrowed string" | "string", _) => sentence!("a text"),
        ("a boolean" | "boolean", _) => sentence!("true or false"),
        ("map" | "a map" | "a JSON object", _) => sentence!("an object"),
        ("sequence" | "a sequence", _) => sentence!("a list"),
        ("u8" | "u16" | "u32" | "u64" | "usize" | "i8" | "i16" | "i32" | "i64" | "a nonzero u64", _) => {
            sentence!("a whole number")
        }
        ("f64" | "f32" | "number" | "integer", _) => sentence!("a number"),
        (name, _) if name.starts_with("struct ") || name.starts_with("internally tagged enum ") => {
            sentence!("an object")
        }
        (name, _) if name.starts_with("enum ") || name.starts_with("string or map") => {
            sentence!("one of the values that are known")
        }
        _ => sentence!("another kind of value ({kind})", kind = text),
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "it is read, and nothing else")]
    struct Thing {
        name: String,
        #[serde(default)]
        count: u32,
        #[serde(default)]
        list: Vec<bool>,
        #[serde(default)]
        which: Option<Which>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Which {
        One,
        Other,
    }

    #[test]
    fn what_serde_says_is_known() {
        for (text, said) in [
            ("{", "it is not JSON: it breaks off in line 1"),
            ("{x}", "it is not JSON: look at line 1, column 2"),
            ("{}", "the field \"name\" is missing"),
            (r#"{"name":"x","name":"y"}"#, "the field \"name\" stands there twice"),
            (r#"{"name":"x","a":1}"#, "there is no field \"a\": known are name, count, list, which"),
            (r#"{"name":"x","which":"none"}"#, "there is no value \"none\": known are one, other"),
            (r#"{"name":3}"#, "the number 3 where a text is expected"),
            (r#"{"name":1.5}"#, "the number 1.5 where a text is expected"),
            (r#"{"name":null}"#, "nothing where a text is expected"),
            (r#"{"name":["x"]}"#, "a list where a text is expected"),
            (r#"{"name":{}}"#, "an object where a text is expected"),
            (r#"{"name":"x","count":"a, b"}"#, "the text \"a, b\" where a whole number is expected"),
            (r#"{"name":"x","count":-1}"#, "the number -1 where a whole number is expected"),
            (r#"{"name":"x","list":true}"#, "the value true where a list is expected"),
            (r#"{"name":"x","list":["x"]}"#, "the text \"x\" where true or false is expected"),
            ("7", "the number 7 where an object is expected"),
        ] {
            let error = serde_json::from_str::<Thing>(text).unwrap_err();
            assert_eq!(json(&error).english(), said, "{error}");
        }
        let _ = (Which::One, Which::Other);
    }
}
