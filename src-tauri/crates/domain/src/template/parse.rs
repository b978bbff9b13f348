//! Reading a template: text, and expressions between `{{` and `}}`.

use super::expression::Expression;
use super::{Part, shown};
use crate::names::is_iam_name_char;
use crate::suggest::nearest;

/// The rule that is broken, and the fix.
type Fault = (String, String);

const MAX_RANDOM: usize = 64;
const MAX_DEPTH: usize = 8;
const WORDS: [&str; 10] = [
    "randomUsername",
    "unixTimestamp",
    "secret.name",
    "dynamicSecret.name",
    "identity.name",
    "random",
    "truncate",
    "replace",
    "uppercase",
    "lowercase",
];

/// The parts of a template.
pub(super) fn parts(text: &str) -> Result<Vec<Part>, Fault> {
    let mut parts = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let Some((literal, after)) = rest.split_once("{{") else {
            push_literal(&mut parts, rest)?;
            break;
        };
        push_literal(&mut parts, literal)?;
        let Some((inside, after)) = split_at_close(after) else {
            return Err((
                format!("`{{{{{}` is not closed.", shown(after)),
                "End every {{ with }}.".into(),
            ));
        };
        parts.push(Part::Expression(expression(inside)?));
        rest = after;
    }
    Ok(parts)
}

/// Divides at the next `}}` that is not inside of quotes.
fn split_at_close(text: &str) -> Option<(&str, &str)> {
    let mut quote = None;
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), _) if open == c => quote = None,
            (None, '}') if text.get(at..)?.starts_with("}}") => {
                return Some((text.get(..at)?, text.get(at + 2..)?));
            }
            _ => {}
        }
    }
    None
}

fn push_literal(parts: &mut Vec<Part>, text: &str) -> Result<(), Fault> {
    if let Some(wrong) = text.chars().find(|c| !is_iam_name_char(*c)) {
        let wrong = shown(&wrong.to_string());
        let fix = if wrong == "{" || wrong == "}" {
            "Write expressions between {{ and }}.".into()
        } else {
            format!("Remove or replace `{wrong}`.")
        };
        return Err((
            format!(
                "User names in IAM have letters, digits and + = , . @ _ - only; `{wrong}` is none of them."
            ),
            fix,
        ));
    }
    if !text.is_empty() {
        parts.push(Part::Literal(text.to_owned()));
    }
    Ok(())
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Word(String),
    Quoted(String),
    Open,
    Close,
}

/// Reads what stands between two pairs of braces.
fn expression(inside: &str) -> Result<Expression, Fault> {
    let tokens = tokens(inside)?;
    let mut tokens = tokens.iter();
    let expression = call(&mut tokens, inside, 0)?;
    match tokens.next() {
        None => Ok(expression),
        Some(_) => Err((
            format!(
                "`{{{{{}}}}}` has more after its expression.",
                shown(inside.trim())
            ),
            "Write one variable or one function with its arguments between the braces.".into(),
        )),
    }
}

fn tokens(inside: &str) -> Result<Vec<Token>, Fault> {
    let mut tokens = Vec::new();
    let mut chars = inside.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            ' ' | '\t' => {}
            '(' => tokens.push(Token::Open),
            ')' => tokens.push(Token::Close),
            '"' | '\'' => {
                let quoted: String = chars.by_ref().take_while(|next| *next != c).collect();
                tokens.push(Token::Quoted(quoted));
            }
            c if c.is_ascii_alphanumeric() || c == '.' || c == '_' => {
                let mut word = String::from(c);
                while let Some(next) =
                    chars.next_if(|n| n.is_ascii_alphanumeric() || *n == '.' || *n == '_')
                {
                    word.push(next);
                }
                tokens.push(Token::Word(word));
            }
            // Infisical's examples also have `{{random-5}}`.
            '-' if matches!(tokens.last(), Some(Token::Word(word)) if word == "random") => {}
            other => {
                return Err((
                    format!(
                        "`{{{{{}}}}}` has `{}` in it.",
                        shown(inside.trim()),
                        shown(&other.to_string())
                    ),
                    "Write a variable such as {{secret.name}}, or a function such as \
                     {{truncate secret.name 10}}."
                        .into(),
                ));
            }
        }
    }
    Ok(tokens)
}

type Tokens<'a> = std::slice::Iter<'a, Token>;

/// A variable, or a function with its arguments.
fn call(tokens: &mut Tokens<'_>, inside: &str, depth: usize) -> Result<Expression, Fault> {
    if depth > MAX_DEPTH {
        return Err((
            "The template is nested too deeply.".into(),
            "Use fewer functions.".into(),
        ));
    }
    let Some(Token::Word(word)) = tokens.next() else {
        return Err((
            format!(
                "`{{{{{}}}}}` does not begin with a variable or a function.",
                shown(inside.trim())
            ),
            format!("Use one of {}.", WORDS.join(", ")),
        ));
    };
    match word.as_str() {
        "random" => Ok(Expression::Random(number(
            tokens,
            "random",
            MAX_RANDOM,
            "{{random 13}}",
        )?)),
        "truncate" => {
            let inner = argument(tokens, inside, depth)?;
            let n = number(
                tokens,
                "truncate",
                MAX_RANDOM,
                "{{truncate secret.name 10}}",
            )?;
            Ok(Expression::Truncate(Box::new(inner), n))
        }
        "replace" => {
            let inner = Box::new(argument(tokens, inside, depth)?);
            let (from, to) = replacement(tokens)?;
            Ok(Expression::Replace { inner, from, to })
        }
        "uppercase" => Ok(Expression::Uppercase(Box::new(argument(
            tokens, inside, depth,
        )?))),
        "lowercase" => Ok(Expression::Lowercase(Box::new(argument(
            tokens, inside, depth,
        )?))),
        other => variable(other),
    }
}

/// A variable, or a function in parentheses.
fn argument(tokens: &mut Tokens<'_>, inside: &str, depth: usize) -> Result<Expression, Fault> {
    match tokens.next() {
        Some(Token::Word(word)) => variable(word),
        Some(Token::Open) => {
            let inner = call(tokens, inside, depth + 1)?;
            match tokens.next() {
                Some(Token::Close) => Ok(inner),
                _ => Err((
                    format!(
                        "`{{{{{}}}}}` has a parenthesis that is not closed.",
                        shown(inside.trim())
                    ),
                    "Close every ( with ).".into(),
                )),
            }
        }
        _ => Err((
            format!(
                "`{{{{{}}}}}` lacks the value that the function works on.",
                shown(inside.trim())
            ),
            "Name a variable, for example {{truncate secret.name 10}}, or put a function in \
             parentheses."
                .into(),
        )),
    }
}

fn variable(word: &str) -> Result<Expression, Fault> {
    match word {
        "randomUsername" => Ok(Expression::RandomUsername),
        "unixTimestamp" => Ok(Expression::UnixTimestamp),
        "secret.name" | "dynamicSecret.name" => Ok(Expression::SecretName),
        "identity.name" => Ok(Expression::IdentityName),
        "random" | "truncate" | "replace" | "uppercase" | "lowercase" => Err((
            format!("`{word}` is a function and stands inside of another one without parentheses."),
            format!("Put it in parentheses, for example {{{{uppercase ({word} …)}}}}."),
        )),
        other => Err((
            format!(
                "`{}` is not a variable of username templates.",
                shown(other)
            ),
            match nearest(other, &WORDS) {
                Some(meant) => format!("Did you mean {meant}?"),
                None => format!("Use one of {}.", WORDS.join(", ")),
            },
        )),
    }
}

fn number(tokens: &mut Tokens<'_>, what: &str, max: usize, example: &str) -> Result<usize, Fault> {
    let fix = format!("Write a number from 1 to {max}, for example {example}.");
    let Some(Token::Word(word)) = tokens.next() else {
        return Err((format!("`{what}` lacks its number."), fix));
    };
    match word.parse::<usize>() {
        Ok(n) if (1..=max).contains(&n) => Ok(n),
        _ => Err((
            format!("`{}` is not a number that `{what}` takes.", shown(word)),
            fix,
        )),
    }
}

fn replacement(tokens: &mut Tokens<'_>) -> Result<(String, String), Fault> {
    let example = "Write both in quotes, for example {{replace identity.name \".\" \"-\"}}.";
    let (Some(Token::Quoted(from)), Some(Token::Quoted(to))) = (tokens.next(), tokens.next())
    else {
        return Err((
            "`replace` lacks what to replace or what with.".into(),
            example.into(),
        ));
    };
    if from.is_empty() {
        return Err(("`replace` cannot replace nothing.".into(), example.into()));
    }
    if let Some(wrong) = to.chars().find(|c| !is_iam_name_char(*c)) {
        return Err((
            format!(
                "`replace` would put `{}` into a user name, which IAM does not take.",
                shown(&wrong.to_string())
            ),
            "Use letters, digits and + = , . @ _ -.".into(),
        ));
    }
    Ok((from.clone(), to.clone()))
}
