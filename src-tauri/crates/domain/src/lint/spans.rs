//! A JSON text as values with their places, so that a mark stands where a person typed.
//!
//! Only texts that `serde_json` has accepted come here, so that nesting is bounded and every token is
//! sound; what cannot be read all the same yields nothing.

/// A value and the byte where it begins.
#[derive(Debug)]
pub(super) struct Spanned {
    pub(super) at: usize,
    pub(super) value: Value,
}

#[derive(Debug)]
pub(super) enum Value {
    Text(String),
    List(Vec<Spanned>),
    /// Key, its place, and the value.
    Object(Vec<(String, usize, Spanned)>),
    /// A number, `true`, `false` or `null`, as written.
    Word(String),
}

impl Spanned {
    /// The value under a key, with the key's place.
    pub(super) fn get(&self, key: &str) -> Option<(usize, &Self)> {
        let Value::Object(entries) = &self.value else {
            return None;
        };
        let found = entries.iter().find(|(name, ..)| name == key);
        found.map(|(_, at, value)| (*at, value))
    }

    pub(super) fn entries(&self) -> &[(String, usize, Spanned)] {
        match &self.value {
            Value::Object(entries) => entries,
            _ => &[],
        }
    }

    /// The value itself, or what is in the list.
    pub(super) fn items(&self) -> &[Self] {
        match &self.value {
            Value::List(items) => items,
            _ => std::slice::from_ref(self),
        }
    }

    /// Text, or a word as written.
    pub(super) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) | Value::Word(text) => Some(text),
            _ => None,
        }
    }
}

/// Reads a JSON text.
pub(super) fn read(text: &str) -> Option<Spanned> {
    Reader { text, at: 0 }.value()
}

/// Line and column, from 1, of every place; `places` ascend. The text is walked once.
pub(super) fn lines(text: &str, places: impl IntoIterator<Item = usize>) -> Vec<(u32, u32)> {
    let (mut line, mut column) = (1_u32, 1_u32);
    let mut chars = text.char_indices().peekable();
    let mut found = Vec::new();
    for place in places {
        while let Some((_, c)) = chars.next_if(|(at, _)| *at < place) {
            if c == '\n' {
                (line, column) = (line.saturating_add(1), 1);
            } else {
                column = column.saturating_add(1);
            }
        }
        found.push((line, column));
    }
    found
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn value(&mut self) -> Option<Spanned> {
        self.skip_space();
        let at = self.at;
        let value = match self.peek()? {
            b'{' => self.object()?,
            b'[' => self.list()?,
            b'"' => Value::Text(self.string()?),
            _ => Value::Word(self.word()?),
        };
        Some(Spanned { at, value })
    }

    fn object(&mut self) -> Option<Value> {
        self.at += 1;
        let mut entries = Vec::new();
        while !self.closes(b'}')? {
            let at = self.at;
            let key = self.string()?;
            self.skip_space();
            (self.peek()? == b':').then_some(())?;
            self.at += 1;
            entries.push((key, at, self.value()?));
        }
        Some(Value::Object(entries))
    }

    fn list(&mut self) -> Option<Value> {
        self.at += 1;
        let mut items = Vec::new();
        while !self.closes(b']')? {
            items.push(self.value()?);
        }
        Some(Value::List(items))
    }

    /// Steps over a comma, or over the bracket that ends it all.
    fn closes(&mut self, bracket: u8) -> Option<bool> {
        self.skip_space();
        if self.peek()? == b',' {
            self.at += 1;
            self.skip_space();
        }
        let closed = self.peek()? == bracket;
        self.at += usize::from(closed);
        Some(closed)
    }

    fn string(&mut self) -> Option<String> {
        let start = self.at;
        (self.peek()? == b'"').then_some(())?;
        self.at += 1;
        let mut escaped = false;
        loop {
            let byte = self.peek()?;
            self.at += 1;
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => break,
                _ => {}
            }
        }
        serde_json::from_str(self.text.get(start..self.at)?).ok()
    }

    fn word(&mut self) -> Option<String> {
        let start = self.at;
        while self
            .peek()
            .is_some_and(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
        {
            self.at += 1;
        }
        let word = self.text.get(start..self.at)?;
        (!word.is_empty()).then(|| word.to_owned())
    }

    fn skip_space(&mut self) {
        while self
            .peek()
            .is_some_and(|b| matches!(b, b' ' | b'\t' | b'\n' | b'\r'))
        {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }
}
