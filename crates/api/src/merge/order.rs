//! The order of a list that was merged.
//!
//! As <https://github.com/kubernetes/apimachinery/blob/v0.37.2/pkg/util/strategicpatch/patch.go>: `normalizeElementOrder`

use evenkeel_object::Value;

/// What the items of a list are known by: the value of their merge key, or themselves.
pub(super) fn identity<'v>(item: &'v Value, key: Option<&str>) -> &'v Value {
    match key {
        Some(key) if item.as_map().is_some() => &item[key],
        _ => item,
    }
}

/// Whether an item of a patch stands for the deletion of an item.
pub(super) fn is_deletion(item: &Value) -> bool {
    item["$patch"].text() == "delete"
}

/// The place in `list` of the item that is known by the same as `item`.
pub(super) fn position(list: &[Value], item: &Value, key: Option<&str>) -> Option<usize> {
    let wanted = identity(item, key);
    list.iter().position(|other| identity(other, key) == wanted)
}

/// The items in the order in which a list has them, deletions last.
pub(super) fn sorted(items: Vec<Value>, order: &[Value], key: Option<&str>) -> Vec<Value> {
    let (deletions, mut rest): (Vec<Value>, Vec<Value>) = items.into_iter().partition(is_deletion);
    rest.sort_by_cached_key(|item| position(order, item, key).unwrap_or(usize::MAX));
    rest.extend(deletions);
    rest
}

/// Which items of a merged list a patch speaks of, and which only the server knows.
pub(super) fn ordered(
    merged: Vec<Value>,
    patch_order: &[Value],
    server_order: &[Value],
    key: Option<&str>,
) -> Vec<Value> {
    let (patch, server): (Vec<Value>, Vec<Value>) =
        merged.into_iter().partition(|item| position(patch_order, item, key).is_some());
    let patch = sorted(patch, patch_order, key);
    let server = sorted(server, server_order, key);
    interleaved(server, patch, server_order, key)
}

// The order of the patch stands, and each other item comes before the first item of the patch that stood behind it.
fn interleaved(server: Vec<Value>, patch: Vec<Value>, server_order: &[Value], key: Option<&str>) -> Vec<Value> {
    let place = |item: &Value| position(server_order, item, key);
    let mut all = Vec::with_capacity(server.len() + patch.len());
    let (mut server, mut patch) = (server.into_iter().peekable(), patch.into_iter().peekable());
    loop {
        let server_first = match (server.peek(), patch.peek()) {
            (None, None) => return all,
            (Some(_), None) => true,
            (None, Some(_)) => false,
            (Some(left), Some(right)) => {
                matches!((place(left), place(right)), (Some(left), Some(right)) if left < right)
            }
        };
        all.extend(if server_first { server.next() } else { patch.next() });
    }
}
