//! Creating many things without flooding a server that refuses them all.

use evenkeel_control::halt::Halt;

/// Does `each` of `0..count`, first one, then two, four, eight at once; after a batch in which something was refused, no more.
///
/// What runs at once in the real one runs in order here.
/// <https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/controller/statefulset/stateful_set_control.go>: `slowStartBatch`.
pub(crate) fn slow_start(count: usize, mut each: impl FnMut(usize) -> Result<(), Halt>) -> Result<(), Halt> {
    let (mut start, mut size) = (0, 1);
    while start < count {
        let end = count.min(start + size);
        all(start..end, &mut each)?;
        (start, size) = (end, size * 2);
    }
    Ok(())
}

/// Does all of them whatever is refused, and ends with the first refusal.
pub(crate) fn all<T>(
    items: impl IntoIterator<Item = T>,
    mut each: impl FnMut(T) -> Result<(), Halt>,
) -> Result<(), Halt> {
    let mut refusal = None;
    for item in items {
        match each(item) {
            Err(Halt::Retry(why)) => refusal = refusal.or(Some(why)),
            other => other?,
        }
    }
    refusal.map_or(Ok(()), |why| Err(Halt::Retry(why)))
}

#[cfg(test)]
mod tests {
    use super::slow_start;
    use evenkeel_control::halt::Halt;

    #[test]
    fn a_refusal_ends_the_batch_in_which_it_came() {
        let mut tried = Vec::new();
        let ended = slow_start(9, |index| {
            tried.push(index);
            if index == 1 { Err(Halt::Retry("no".into())) } else { Ok(()) }
        });
        assert_eq!(ended, Err(Halt::Retry("no".into())));
        assert_eq!(tried, [0, 1, 2]);
    }
}
