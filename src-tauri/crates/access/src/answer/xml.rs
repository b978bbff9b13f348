//! XML without what makes XML dangerous: no document type, no entities of its own, no CDATA, no
//! comments, no instructions, no prefixes, one root, and nothing around it.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

const MAX_DEPTH: usize = 6;
const MAX_ELEMENTS: usize = 64;

/// An element with its text, which is trimmed.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Element {
    pub name: String,
    pub namespace: Option<String>,
    pub text: String,
    pub children: Vec<Element>,
}

impl Element {
    /// The only child of this name; `None` when there is none or more than one.
    pub fn only(&self, name: &str) -> Option<&Self> {
        let mut all = self.children.iter().filter(|child| child.name == name);
        all.next().filter(|_| all.next().is_none())
    }
}

/// Reads a document; `None` for whatever is not plain.
pub(super) fn read(text: &str) -> Option<Element> {
    let mut reader = Reader::from_str(text);
    reader.config_mut().check_end_names = true;
    reader.config_mut().check_comments = true;
    let mut open: Vec<Element> = Vec::new();
    let mut root: Option<Element> = None;
    let mut elements = 0;
    let mut is_first = true;
    loop {
        let event = reader.read_event().ok()?;
        match event {
            Event::Decl(declaration) if is_first && reader_starts(text) => {
                let encoding = declaration.encoding();
                let is_utf8 = match encoding {
                    None => true,
                    Some(Ok(name)) => name.eq_ignore_ascii_case("utf-8"),
                    Some(Err(_)) => false,
                };
                if !is_utf8 || declaration.version().ok()?.as_ref() != "1.0" {
                    return None;
                }
            }
            Event::Start(tag) => {
                elements += 1;
                if root.is_some() || open.len() == MAX_DEPTH || elements > MAX_ELEMENTS {
                    return None;
                }
                open.push(element(&tag, open.is_empty())?);
            }
            Event::Empty(tag) => {
                elements += 1;
                if root.is_some() || open.is_empty() || elements > MAX_ELEMENTS {
                    return None;
                }
                let child = element(&tag, false)?;
                open.last_mut()?.children.push(child);
            }
            Event::End(_) => {
                let mut done = open.pop()?;
                done.text = done.text.trim_matches([' ', '\t', '\r', '\n']).to_owned();
                // Text between elements is no text of anything.
                if !done.children.is_empty() && !done.text.is_empty() {
                    return None;
                }
                match open.last_mut() {
                    Some(parent) => parent.children.push(done),
                    None => root = Some(done),
                }
            }
            Event::Text(words) => match open.last_mut() {
                Some(element) => element.text.push_str(&words),
                None if words.trim_matches([' ', '\t', '\r', '\n']).is_empty() => {}
                None => return None,
            },
            // The five that need no declaration; messages of errors have them.
            Event::GeneralRef(reference) => {
                let c = match reference.as_ref() {
                    "amp" => '&',
                    "lt" => '<',
                    "gt" => '>',
                    "quot" | "#34" => '"',
                    "apos" | "#39" => '\'',
                    _ => return None,
                };
                open.last_mut()?.text.push(c);
            }
            Event::Eof => return root.filter(|_| open.is_empty()),
            Event::Decl(_)
            | Event::CData(_)
            | Event::Comment(_)
            | Event::PI(_)
            | Event::DocType(_) => return None,
        }
        is_first = false;
    }
}

/// A declaration stands at the very beginning or nowhere.
fn reader_starts(text: &str) -> bool {
    text.starts_with("<?xml")
}

/// An element with no attribute, but for the root's namespace.
fn element(tag: &BytesStart<'_>, is_root: bool) -> Option<Element> {
    let name = tag.name();
    let name: &str = name.as_ref();
    let plain = |b: u8| b.is_ascii_alphanumeric();
    if name.is_empty() || name.len() > 64 || !name.bytes().all(plain) {
        return None;
    }
    let mut namespace = None;
    for attribute in tag.attributes() {
        let attribute = attribute.ok()?;
        let key: &str = attribute.key.as_ref();
        let value: &str = attribute.value.as_ref();
        let is_plain = value.bytes().all(|b| b.is_ascii_graphic() && b != b'&');
        if !is_root || key != "xmlns" || !is_plain || namespace.is_some() {
            return None;
        }
        namespace = Some(value.to_owned());
    }
    Some(Element {
        name: name.to_owned(),
        namespace,
        ..Element::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn plain_documents_are_read() {
        let text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<A xmlns=\"https://a/\">\n <B>x &amp; y</B><C/>\n</A>\n";
        let root = read(text).unwrap();
        assert_eq!(root.namespace.as_deref(), Some("https://a/"));
        assert_eq!(root.only("B").unwrap().text, "x & y");
        assert_eq!(
            root.only("C").unwrap(),
            &Element {
                name: "C".into(),
                ..Element::default()
            }
        );
        assert_eq!(root.only("D"), None);
    }

    #[test]
    fn everything_else_is_not() {
        for text in [
            "",
            " ",
            "x",
            "<A>",
            "<A></B>",
            "<A></A><A></A>",
            "<A></A>x",
            "x<A></A>",
            "{}<A></A>",
            "\u{feff}{}<A></A>",
            " <?xml version=\"1.0\"?><A></A>",
            "<A><?xml version=\"1.0\"?></A>",
            "<?xml version=\"1.1\"?><A></A>",
            "<?xml version=\"1.0\" encoding=\"utf-16\"?><A></A>",
            "<!DOCTYPE A><A></A>",
            "<!DOCTYPE A [<!ENTITY b \"c\">]><A>&b;</A>",
            "<A>&b;</A>",
            "<A>&#65;</A>",
            "<A><![CDATA[x]]></A>",
            "<A><!-- x --></A>",
            "<!-- x --><A></A>",
            "<A><?x y?></A>",
            "<a:A xmlns:a=\"b\"></a:A>",
            "<A b=\"c\"></A>",
            "<A xmlns=\"b\" xmlns=\"c\"></A>",
            "<A><B xmlns=\"c\"></B></A>",
            "<A>text<B></B></A>",
            "<A><B></B>text</A>",
            "<A/>",
            "<A><B><C><D><E><F><G></G></F></E></D></C></B></A>",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
        let many = format!("<A>{}</A>", "<B/>".repeat(MAX_ELEMENTS));
        assert_eq!(read(&many), None);
    }

    proptest! {
        #[test]
        fn reading_never_panics(text in ".{0,80}", like in "(<|>|/|A|B|x|&|;|!|\\[|\\]|CDATA|\\?|\"|=| |-){0,40}") {
            let _ = read(&text);
            let _ = read(&like);
        }

        #[test]
        fn text_reads_back(words in "[a-zA-Z0-9:/+=,.@_-]{1,60}") {
            let root = read(&format!("<A><B>{words}</B></A>")).unwrap();
            prop_assert_eq!(&root.only("B").unwrap().text, &words);
        }
    }
}
