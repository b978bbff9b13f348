//! HTTP as it passes the proxy: one request or answer, read whole, kept as it came.

use std::collections::HashMap;
use std::io::{BufRead, Write};
use std::time::Duration;

use anyhow::{Context, Result};
use chrono::NaiveDateTime;

/// A request or an answer: its head as it came (without `Connection`), and its body.
#[derive(Clone, Debug)]
pub(super) struct Message {
    head: Vec<String>,
    body: Vec<u8>,
}

impl Message {
    /// `None` when the other side has closed the connection.
    pub(super) fn read(reader: &mut impl BufRead) -> Result<Option<Self>> {
        let mut head = Vec::new();
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line)? == 0 {
                return Ok(None);
            }
            if line == "\r\n" {
                break;
            }
            head.push(line);
        }
        let mut message = Self {
            head,
            body: Vec::new(),
        };
        if message.header("transfer-encoding").is_some() {
            message.read_chunks(reader)?;
        } else {
            let length = message
                .header("content-length")
                .map_or(Ok(0), |text| text.parse())?;
            message.body.resize(length, 0);
            reader.read_exact(&mut message.body)?;
        }
        message.head.retain(|line| name(line) != "connection");
        Ok(Some(message))
    }

    /// An answer of IAM's.
    pub(super) fn answer(status: u16, body: &str) -> Self {
        let lines = [
            format!("HTTP/1.1 {status} \r\n"),
            "Content-Type: text/xml\r\n".to_owned(),
            "x-amzn-RequestId: 00000000-0000-4000-8000-000000000000\r\n".to_owned(),
            format!("Content-Length: {}\r\n", body.len()),
        ];
        Self {
            head: lines.into(),
            body: body.as_bytes().to_vec(),
        }
    }

    /// A request to IAM that the emulator takes for its root's: root is believed without a signature.
    pub(super) fn of_root(host: &str, body: &str) -> Self {
        let credential = "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/iam/aws4_request";
        let lines = [
            "POST / HTTP/1.1\r\n".to_owned(),
            format!("Host: {host}\r\n"),
            format!("Authorization: {credential}, SignedHeaders=host, Signature=0\r\n"),
            "Content-Type: application/x-www-form-urlencoded\r\n".to_owned(),
            format!("Content-Length: {}\r\n", body.len()),
        ];
        Self {
            head: lines.into(),
            body: body.as_bytes().to_vec(),
        }
    }

    /// Keeps the chunks with their framing, as the head announces them.
    fn read_chunks(&mut self, reader: &mut impl BufRead) -> Result<()> {
        loop {
            let mut line = String::new();
            reader.read_line(&mut line)?;
            let digits = line.trim().split(';').next().unwrap_or_default();
            let length = usize::from_str_radix(digits, 16).context("the length of a chunk")?;
            self.body.extend_from_slice(line.as_bytes());
            let start = self.body.len();
            self.body.resize(start + length + 2, 0);
            reader.read_exact(&mut self.body[start..])?;
            if length == 0 {
                return Ok(());
            }
        }
    }

    pub(super) fn write(&self, stream: &mut impl Write, extra: &[u8]) -> Result<()> {
        stream
            .write_all(&self.bytes(extra))
            .context("writing to a connection")
    }

    /// At once, so that the client cannot ask its next question between the two.
    pub(super) fn write_twice(&self, stream: &mut impl Write) -> Result<()> {
        stream
            .write_all(&self.bytes(&[]).repeat(2))
            .context("writing to a connection")
    }

    /// The head and the first half of the body.
    pub(super) fn write_half(&self, stream: &mut impl Write) -> Result<()> {
        let bytes = self.bytes(&[]);
        let half = bytes.len() - self.body.len().div_ceil(2);
        stream
            .write_all(&bytes[..half])
            .context("writing to a connection")
    }

    fn bytes(&self, extra: &[u8]) -> Vec<u8> {
        let mut bytes = self.head.concat().into_bytes();
        bytes.extend_from_slice(extra);
        bytes.extend_from_slice(b"\r\n");
        bytes.extend_from_slice(&self.body);
        bytes
    }

    pub(super) fn header(&self, wanted: &str) -> Option<&str> {
        let line = self.head.iter().skip(1).find(|line| name(line) == wanted)?;
        line.split_once(':').map(|(_, value)| value.trim())
    }

    /// Replaces a header, or adds it.
    pub(super) fn set_header(&mut self, wanted: &str, value: &str) {
        let status = self.head.first().cloned();
        self.head.retain(|line| {
            name(line) != wanted.to_ascii_lowercase() || Some(line) == status.as_ref()
        });
        self.head.push(format!("{wanted}: {value}\r\n"));
    }

    /// Moves every `CreateDate`, whose length stays.
    pub(super) fn move_dates(&mut self, ahead: Duration) {
        const FORMAT: &str = "%Y-%m-%dT%H:%M:%SZ";
        let text = self.text();
        let Some((before, rest)) = text.split_once("<CreateDate>") else {
            return;
        };
        let Some((date, after)) = rest.split_once('<') else {
            return;
        };
        let parsed = NaiveDateTime::parse_from_str(date, FORMAT);
        if let Ok(date) = parsed
            && !ahead.is_zero()
        {
            let moved = (date + ahead).format(FORMAT);
            self.body = format!("{before}<CreateDate>{moved}<{after}").into_bytes();
        }
    }

    pub(super) fn status(&self) -> u16 {
        let word = self.head.first().and_then(|line| line.split(' ').nth(1));
        word.and_then(|word| word.parse().ok()).unwrap_or(0)
    }

    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The fields of a form, decoded.
    pub(super) fn form(&self) -> HashMap<String, String> {
        let body = self.text();
        let pairs = body.split('&').filter_map(|pair| pair.split_once('='));
        pairs
            .map(|(key, value)| (decode(key), decode(value)))
            .collect()
    }
}

fn name(line: &str) -> String {
    line.split(':')
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase()
}

fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => {
                let digits = [rest.next(), rest.next()].map(Option::unwrap_or_default);
                let digits = String::from_utf8_lossy(&digits).into_owned();
                bytes.push(u8::from_str_radix(&digits, 16).unwrap_or(b'?'));
            }
            other => bytes.push(other),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The text of the first element of this name.
pub(super) fn element<'a>(xml: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = xml.split_once(&format!("<{name}>"))?;
    rest.split_once('<').map(|(text, _)| text)
}

#[cfg(test)]
mod tests {
    use super::{Message, element};

    #[test]
    fn a_form_is_decoded_and_a_header_replaced_once() {
        let text =
            "POST / HTTP/1.1\r\nDate: a\r\nContent-Length: 28\r\n\r\nAction=PutUserPolicy&A=%2Fx+";
        let mut message = Message::read(&mut text.as_bytes()).unwrap().unwrap();
        assert_eq!(message.form()["Action"], "PutUserPolicy");
        assert_eq!(message.form()["A"], "/x ");
        message.set_header("Date", "b");
        assert_eq!(message.header("date"), Some("b"));
        let mut written = Vec::new();
        message.write(&mut written, b"").unwrap();
        let written = String::from_utf8(written).unwrap();
        assert_eq!(written.matches("Date:").count(), 1, "{written}");
    }

    #[test]
    fn half_an_answer_lacks_half_of_its_body() {
        let mut written = Vec::new();
        Message::answer(200, "0123456789")
            .write_half(&mut written)
            .unwrap();
        assert!(
            String::from_utf8(written)
                .unwrap()
                .ends_with("\r\n\r\n01234")
        );
    }

    #[test]
    fn dates_move_and_nothing_else() {
        let mut answer =
            Message::answer(200, "<a><CreateDate>2026-11-22T23:59:59Z</CreateDate></a>");
        answer.move_dates(std::time::Duration::from_secs(2));
        let moved = "<a><CreateDate>2026-11-23T00:00:01Z</CreateDate></a>";
        assert_eq!(answer.text(), moved);
    }

    #[test]
    fn elements_are_found_by_name() {
        let xml = "<AccessKey><AccessKeyId>AKIA</AccessKeyId></AccessKey>";
        assert_eq!(element(xml, "AccessKeyId"), Some("AKIA"));
        assert_eq!(element(xml, "Secret"), None);
    }
}
