//! Calls of XML-RPC. What comes back is of another program: each part may be missing, or of another type.

use std::collections::BTreeMap;

use dxr::{FaultResponse, MethodCall, MethodResponse, Value};

/// How deep the elements of an answer may be: those of Supvisors are less than twenty.
const DEEPEST: usize = 64;

/// What came of a call.
#[derive(Debug, PartialEq)]
pub(super) enum Outcome {
    /// Its result.
    Value(Value),
    /// An error, with its code and its text.
    Fault(i32, String),
    /// Something that is not XML-RPC.
    Other,
}

/// A call as it is sent.
pub(super) fn call(method: &str, params: Vec<Value>) -> String {
    let call = MethodCall { name: method.into(), params };
    // Texts, numbers and booleans are written without fail.
    call.to_xml().unwrap_or_default()
}

/// What is in an answer.
pub(super) fn outcome(body: &[u8]) -> Outcome {
    if !is_shallow(body) {
        return Outcome::Other;
    }
    let text = String::from_utf8_lossy(body);
    if let Ok(response) = MethodResponse::from_xml(&text) {
        return Outcome::Value(response.value);
    }
    match FaultResponse::from_xml(&text) {
        Ok(FaultResponse { fault }) => Outcome::Fault(fault.code(), fault.string().to_owned()),
        Err(_) => Outcome::Other,
    }
}

/// Whether no element is so deep that reading it needs more memory than there is.
fn is_shallow(body: &[u8]) -> bool {
    let mut depth: usize = 0;
    let mut rest = body;
    while let Some(at) = memchr::memchr(b'<', rest) {
        rest = rest.get(at + 1..).unwrap_or_default();
        match rest.first() {
            Some(b'/') => depth = depth.saturating_sub(1),
            Some(b'?' | b'!') | None => {}
            Some(_) => {
                let end = memchr::memchr(b'>', rest).unwrap_or(rest.len());
                let is_empty = end.checked_sub(1).and_then(|last| rest.get(last)) == Some(&b'/');
                depth += usize::from(!is_empty);
            }
        }
        if depth > DEEPEST {
            return false;
        }
    }
    true
}

/// The text that a value is.
pub(super) fn text(value: &Value) -> Option<&str> {
    match value {
        Value::String(text) => Some(text),
        _ => None,
    }
}

/// The fields of a struct.
#[derive(Debug, Default)]
pub(super) struct Fields(BTreeMap<String, Value>);

impl From<Value> for Fields {
    fn from(value: Value) -> Fields {
        match value {
            Value::Struct(fields) => Fields(fields),
            _ => Fields::default(),
        }
    }
}

impl Fields {
    /// A text; an empty one where there is none.
    pub(super) fn text(&self, name: &str) -> &str {
        self.0.get(name).and_then(text).unwrap_or_default()
    }

    /// The texts of an array.
    pub(super) fn texts(&self, name: &str) -> Vec<String> {
        match self.0.get(name) {
            Some(Value::Array(items)) => items.iter().filter_map(text).map(str::to_owned).collect(),
            _ => Vec::new(),
        }
    }

    /// A number that is not negative, in whole.
    pub(super) fn number(&self, name: &str) -> Option<u64> {
        match self.0.get(name)? {
            Value::Integer(number) => u64::try_from(*number).ok(),
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "what is too large or too small becomes the largest or 0"
            )]
            Value::Double(number) => Some(*number as u64),
            _ => None,
        }
    }

    /// Whether something is said to be so.
    pub(super) fn is(&self, name: &str) -> bool {
        matches!(self.0.get(name), Some(Value::Boolean(true)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As Python writes it.
    const ANSWER: &str = "<?xml version='1.0'?>\n<methodResponse>\n<params>\n<param>\n<value><array><data>\n\
        <value><struct>\n<member>\n<name>name</name>\n<value><string>we\u{1b}b &lt;1&gt;</string></value>\n\
        </member>\n<member>\n<name>pid</name>\n<value><int>7</int></value>\n</member>\n<member>\n\
        <name>uptime</name>\n<value><double>2.75</double></value>\n</member>\n<member>\n<name>here</name>\n\
        <value><boolean>1</boolean></value>\n</member>\n<member>\n<name>on</name>\n<value><array><data>\n\
        <value><string>a</string></value>\n</data></array></value>\n</member>\n</struct></value>\n\
        </data></array></value>\n</param>\n</params>\n</methodResponse>\n";

    #[test]
    fn an_answer_of_python_is_read() {
        let Outcome::Value(value) = outcome(ANSWER.as_bytes()) else { panic!() };
        let Value::Array(mut items) = value else { panic!() };
        let first = Fields::from(items.remove(0));
        assert_eq!(first.text("name"), "we\u{1b}b <1>");
        assert_eq!((first.number("pid"), first.number("uptime")), (Some(7), Some(2)));
        assert_eq!(first.texts("on"), ["a"]);
        assert!(first.is("here") && !first.is("pid") && first.text("nothing").is_empty());
    }

    #[test]
    fn a_text_keeps_its_spaces_and_lines() {
        let text = "  two\n\n   lines \t";
        let answer = format!(
            "<?xml version='1.0'?>\n<methodResponse>\n<params>\n<param>\n<value><string>{text}</string></value>\n\
             </param>\n</params>\n</methodResponse>\n"
        );
        assert_eq!(outcome(answer.as_bytes()), Outcome::Value(Value::String(text.to_owned())));
    }

    #[test]
    fn an_error_is_read() {
        let answer = "<?xml version='1.0'?>\n<methodResponse>\n<fault>\n<value><struct>\n<member>\n\
            <name>faultCode</name>\n<value><int>10</int></value>\n</member>\n<member>\n<name>faultString</name>\n\
            <value><string>BAD_NAME: x</string></value>\n</member>\n</struct></value>\n</fault>\n</methodResponse>\n";
        assert_eq!(outcome(answer.as_bytes()), Outcome::Fault(10, "BAD_NAME: x".to_owned()));
    }

    #[test]
    fn what_is_no_answer_is_none_and_a_deep_one_is_not_read() {
        for wrong in ["", "<html>", "<methodResponse></methodResponse>", "\0\u{ff}<", "< <x/"] {
            assert_eq!(outcome(wrong.as_bytes()), Outcome::Other, "{wrong}");
        }
        for open in
            ["<value><array><data>", "<a:value><a:array><a:data>", "<value><struct><member>"]
        {
            let deep = format!("<methodResponse><params><param>{}", open.repeat(1 << 20));
            assert_eq!(outcome(deep.as_bytes()), Outcome::Other, "{open}");
        }
        assert!(is_shallow(ANSWER.as_bytes()) && is_shallow("<nil/>".repeat(100).as_bytes()));
    }

    #[test]
    fn a_call_is_written() {
        let written =
            call("supvisors.start", vec![Value::String("a<b".to_owned()), Value::Boolean(false)]);
        assert!(written.contains("<methodName>supvisors.start</methodName>"), "{written}");
        assert!(written.contains("<string>a&lt;b</string>"), "{written}");
        assert!(written.contains("<boolean>0</boolean>"), "{written}");
    }
}
