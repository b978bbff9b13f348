//! One document and its statements, as the rules look at them.

use super::spans::{Spanned, Value};
use super::{Around, Mark, Severity, actions, conditions, resources};

/// A document that IAM's grammar accepts.
#[derive(Debug)]
pub(super) struct Document {
    at: usize,
    /// The text, and where it stands.
    version: Option<(usize, String)>,
    pub(super) statements: Vec<Statement>,
}

/// An action or resource, as typed and where.
#[derive(Debug)]
pub(super) struct Item {
    pub(super) at: usize,
    pub(super) text: String,
}

#[derive(Debug)]
pub(super) struct Statement {
    pub(super) at: usize,
    /// `Statement 2`
    pub(super) name: String,
    pub(super) allow: bool,
    /// In lower case.
    pub(super) actions: Vec<Item>,
    pub(super) actions_at: usize,
    pub(super) not_action: bool,
    pub(super) resources: Vec<Item>,
    pub(super) resources_at: usize,
    pub(super) not_resource: bool,
    pub(super) conditions: Vec<Condition>,
}

/// One key of one operator.
#[derive(Debug)]
pub(super) struct Condition {
    pub(super) at: usize,
    pub(super) operator: String,
    pub(super) key: String,
    pub(super) values: Vec<Item>,
}

impl Document {
    pub(super) fn of(root: &Spanned) -> Self {
        let version = root.get("Version");
        let statements = root.get("Statement").map_or(&[][..], |(_, s)| s.items());
        let read = statements.iter().enumerate();
        Self {
            at: root.at,
            version: version.and_then(|(_, v)| Some((v.at, v.text()?.to_owned()))),
            statements: read.map(|(n, one)| Statement::of(n + 1, one)).collect(),
        }
    }

    /// Everything there is to say about it.
    pub(super) fn marks(&self, around: &Around) -> Vec<Mark> {
        let mut marks = Marks::default();
        self.version(&mut marks);
        for statement in &self.statements {
            actions::look(statement, around, &mut marks);
            resources::look(statement, &mut marks);
            conditions::look(statement, around, &mut marks);
            around.denials.look(statement, &mut marks);
        }
        if !self.statements.iter().any(|statement| statement.allow) {
            marks.info(
                self.at,
                "only_denies",
                "The document only denies: by itself it gives no right.".into(),
                "Add a statement with \"Effect\": \"Allow\", or give rights by a group or a managed policy.",
            );
        }
        marks.found
    }

    fn version(&self, marks: &mut Marks) {
        match &self.version {
            Some((_, version)) if version == "2012-10-17" => {}
            Some((at, _)) => marks.warn(
                *at,
                "old_version",
                "Version 2008-10-17 takes policy variables such as ${aws:username} literally."
                    .into(),
                "Write \"Version\": \"2012-10-17\".",
            ),
            None => marks.warn(
                self.at,
                "old_version",
                "Without a Version, IAM takes 2008-10-17, which takes policy variables literally."
                    .into(),
                "Add \"Version\": \"2012-10-17\".",
            ),
        }
    }
}

impl Statement {
    fn of(number: usize, node: &Spanned) -> Self {
        let either = |plain: &str, negated: &str| match (node.get(plain), node.get(negated)) {
            (Some(found), _) => (found.0, items(found.1), false),
            (None, Some(found)) => (found.0, items(found.1), true),
            (None, None) => (node.at, Vec::new(), false),
        };
        let (actions_at, mut actions, not_action) = either("Action", "NotAction");
        for action in &mut actions {
            action.text = action.text.to_lowercase();
        }
        let (resources_at, resources, not_resource) = either("Resource", "NotResource");
        let effect = node.get("Effect").and_then(|(_, effect)| effect.text());
        Self {
            at: node.at,
            name: format!("Statement {number}"),
            allow: effect == Some("Allow"),
            actions,
            actions_at,
            not_action,
            resources,
            resources_at,
            not_resource,
            conditions: node
                .get("Condition")
                .map_or_else(Vec::new, |(_, c)| conditions_of(c)),
        }
    }

    /// Whether it applies to everything: `*` is among its resources.
    pub(super) fn is_on_everything(&self) -> bool {
        self.not_resource || self.resources.iter().any(|resource| resource.text == "*")
    }
}

fn items(value: &Spanned) -> Vec<Item> {
    let texts = value.items().iter();
    texts
        .filter_map(|one| match &one.value {
            Value::Text(text) | Value::Word(text) => Some(Item {
                at: one.at,
                text: text.clone(),
            }),
            _ => None,
        })
        .collect()
}

fn conditions_of(block: &Spanned) -> Vec<Condition> {
    let operators = block.entries().iter();
    operators
        .flat_map(|(operator, _, keys)| {
            keys.entries().iter().map(|(key, at, values)| Condition {
                at: *at,
                operator: operator.clone(),
                key: key.clone(),
                values: items(values),
            })
        })
        .collect()
}

/// The marks so far.
#[derive(Debug)]
pub(super) struct Marks {
    found: Vec<Mark>,
    /// Suggestions cost time; a document of thousands of misspelt names gets some.
    suggestions: u32,
}

impl Default for Marks {
    fn default() -> Self {
        Self {
            found: Vec::new(),
            suggestions: 64,
        }
    }
}

impl Marks {
    /// Whether one more suggestion may be looked for.
    pub(super) fn may_suggest(&mut self) -> bool {
        let may = self.suggestions > 0;
        self.suggestions = self.suggestions.saturating_sub(1);
        may
    }

    pub(super) fn info(&mut self, at: usize, rule: &'static str, message: String, fix: &str) {
        self.add(Severity::Info, at, rule, message, fix);
    }

    pub(super) fn warn(&mut self, at: usize, rule: &'static str, message: String, fix: &str) {
        self.add(Severity::Warning, at, rule, message, fix);
    }

    pub(super) fn danger(&mut self, at: usize, rule: &'static str, message: String, fix: &str) {
        self.add(Severity::Danger, at, rule, message, fix);
    }

    fn add(
        &mut self,
        severity: Severity,
        at: usize,
        rule: &'static str,
        message: String,
        fix: &str,
    ) {
        self.found.push(Mark {
            at,
            severity,
            rule,
            message,
            fix: fix.to_owned(),
        });
    }
}
