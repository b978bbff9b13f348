//! The answer of a person to a question in the middle of work: the code of an MFA device.

use secrecy::SecretString;
use tauri::State;

use super::Answer;
use crate::ask::CodeQuestion;
use crate::state::Shell;

/// The question that stands, for a page that came up after it was asked.
#[tauri::command]
pub(crate) fn code_question(shell: State<'_, Shell>) -> Answer<Option<CodeQuestion>> {
    Ok(shell.questions.first())
}

/// The code, or none where it is given up. It is judged by whoever asked.
#[tauri::command]
pub(crate) fn code_answer(shell: State<'_, Shell>, id: String, code: Option<String>) -> Answer<()> {
    let code = code.map(SecretString::from);
    shell.questions.answer(&id, code);
    Ok(())
}
