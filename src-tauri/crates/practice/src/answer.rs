//! Answers: a small tree of named values, written as AWS's XML or, where asked for, its JSON.

use std::fmt::Write as _;

use chrono::{DateTime, SecondsFormat, Utc};

use crate::fault::Fault;

/// An HTTP answer.
#[derive(Clone)]
pub struct Response {
    /// The HTTP status code.
    pub status: u16,
    /// Header fields, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The whole body.
    pub body: Vec<u8>,
}

impl std::fmt::Debug for Response {
    /// Bodies may hold secret access keys: only the size is shown.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Response")
            .field("status", &self.status)
            .field("body_bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// A value in an answer.
#[derive(Clone)]
pub(crate) enum Node {
    Text(String),
    Int(i64),
    Flag(bool),
    Time(DateTime<Utc>),
    Fields(Vec<(&'static str, Node)>),
    /// Written as `<member>` elements.
    Members(Vec<Node>),
    /// Written as `<entry>` elements with key and value.
    Entries(Vec<(String, Node)>),
}

impl From<&str> for Node {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Node {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&String> for Node {
    fn from(text: &String) -> Self {
        Self::Text(text.clone())
    }
}

impl From<i64> for Node {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<bool> for Node {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

impl From<DateTime<Utc>> for Node {
    fn from(time: DateTime<Utc>) -> Self {
        Self::Time(time)
    }
}

/// How the caller wants the answer written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Xml,
    Json,
}

/// What an answer's envelope needs.
pub(crate) struct Envelope<'a> {
    pub action: &'a str,
    pub namespace: &'static str,
    pub request_id: &'a str,
    pub now: DateTime<Utc>,
    pub form: Form,
}

impl Envelope<'_> {
    /// The answer to a request that was carried out.
    pub fn success(&self, result: Option<Node>) -> Response {
        let (response, inner) = (
            format!("{}Response", self.action),
            format!("{}Result", self.action),
        );
        let metadata = Node::Fields(vec![("RequestId", self.request_id.into())]);
        let body = match self.form {
            Form::Xml => {
                let mut out = format!("<{response} xmlns=\"{}\">", self.namespace);
                if let Some(node) = &result {
                    element(&mut out, &inner, node);
                }
                element(&mut out, "ResponseMetadata", &metadata);
                let _ = write!(out, "</{response}>");
                out
            }
            Form::Json => {
                let mut fields = serde_json::Map::new();
                if let Some(node) = &result {
                    fields.insert(inner, json(node));
                }
                fields.insert("ResponseMetadata".to_owned(), json(&metadata));
                serde_json::json!({ response: fields }).to_string()
            }
        };
        self.respond(200, body)
    }

    /// The answer to a request that was refused.
    pub fn refusal(&self, fault: &Fault) -> Response {
        let sender = if fault.status < 500 {
            "Sender"
        } else {
            "Receiver"
        };
        let error = Node::Fields(vec![
            ("Type", sender.into()),
            ("Code", fault.code.into()),
            ("Message", (&fault.message).into()),
        ]);
        let body = match self.form {
            Form::Xml => {
                let mut out = format!("<ErrorResponse xmlns=\"{}\">", self.namespace);
                element(&mut out, "Error", &error);
                element(&mut out, "RequestId", &self.request_id.into());
                out.push_str("</ErrorResponse>");
                out
            }
            Form::Json => {
                serde_json::json!({ "Error": json(&error), "RequestId": self.request_id })
                    .to_string()
            }
        };
        self.respond(fault.status, body)
    }

    fn respond(&self, status: u16, body: String) -> Response {
        let content_type = match self.form {
            Form::Xml => "text/xml",
            Form::Json => "application/json",
        };
        let headers = vec![
            ("x-amzn-requestid".to_owned(), self.request_id.to_owned()),
            ("content-type".to_owned(), content_type.to_owned()),
            ("content-length".to_owned(), body.len().to_string()),
            (
                "date".to_owned(),
                self.now.format("%a, %d %b %Y %H:%M:%S GMT").to_string(),
            ),
        ];
        Response {
            status,
            headers,
            body: body.into_bytes(),
        }
    }
}

fn element(out: &mut String, name: &str, node: &Node) {
    let _ = write!(out, "<{name}>");
    match node {
        Node::Text(text) => escape(out, text),
        Node::Int(number) => {
            let _ = write!(out, "{number}");
        }
        Node::Flag(flag) => {
            let _ = write!(out, "{flag}");
        }
        Node::Time(time) => out.push_str(&time.to_rfc3339_opts(SecondsFormat::Secs, true)),
        Node::Fields(fields) => {
            for (key, value) in fields {
                element(out, key, value);
            }
        }
        Node::Members(members) => {
            for member in members {
                element(out, "member", member);
            }
        }
        Node::Entries(entries) => {
            for (key, value) in entries {
                out.push_str("<entry>");
                element(out, "key", &key.into());
                element(out, "value", value);
                out.push_str("</entry>");
            }
        }
    }
    let _ = write!(out, "</{name}>");
}

/// XML 1.0 has no way to write most control characters; they become U+FFFD.
fn escape(out: &mut String, text: &str) {
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\r' => out.push_str("&#xD;"),
            '\t' | '\n' => out.push(letter),
            control if control < ' ' || matches!(control, '\u{FFFE}' | '\u{FFFF}') => {
                out.push('\u{FFFD}');
            }
            other => out.push(other),
        }
    }
}

fn json(node: &Node) -> serde_json::Value {
    use serde_json::Value;
    match node {
        Node::Text(text) => Value::from(text.as_str()),
        Node::Int(number) => Value::from(*number),
        Node::Flag(flag) => Value::from(*flag),
        // The query protocol's JSON writes moments as seconds since 1970.
        Node::Time(time) => Value::from(time.timestamp()),
        Node::Fields(fields) => fields
            .iter()
            .map(|(key, value)| ((*key).to_owned(), json(value)))
            .collect(),
        Node::Members(members) => members.iter().map(json).collect(),
        Node::Entries(entries) => entries
            .iter()
            .map(|(key, value)| (key.clone(), json(value)))
            .collect(),
    }
}
