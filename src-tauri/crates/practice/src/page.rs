//! Pagination: `MaxItems` and `Marker`, as every IAM list has them.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;

use crate::answer::Node;
use crate::fault::Fault;
use crate::handle::Call;

/// What IAM lists when nobody says how many.
const USUAL: i64 = 100;

/// One page of `items`, which are sorted by their key, as the fields of a result.
pub(crate) fn page(
    call: &Call<'_>,
    field: &'static str,
    items: Vec<(String, Node)>,
) -> Result<Vec<(&'static str, Node)>, Fault> {
    let most = call.params.number("MaxItems", 1, 1_000)?.unwrap_or(USUAL);
    let mut most = usize::try_from(most).unwrap_or(1);
    if let Some(short) = call.state.page_size {
        most = most.min(short);
    }
    let after = call.params.get("Marker").map(read_marker).transpose()?;
    let mut rest = items
        .into_iter()
        .filter(|(key, _)| after.as_ref().is_none_or(|seen| key > seen));
    let mut last = None;
    let mut members = Vec::new();
    for (key, node) in rest.by_ref().take(most) {
        last = Some(key);
        members.push(node);
    }
    let truncated = rest.next().is_some();
    let mut fields = vec![
        (field, Node::Members(members)),
        ("IsTruncated", truncated.into()),
    ];
    if let (true, Some(key)) = (truncated, last) {
        fields.push(("Marker", BASE64.encode(key).into()));
    }
    Ok(fields)
}

fn read_marker(text: &str) -> Result<String, Fault> {
    BASE64
        .decode(text)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .ok_or_else(|| Fault::validation("Invalid Marker."))
}
