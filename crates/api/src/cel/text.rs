//! The text of an expression, before it is parsed: how deep it nests, and what its words are.

/// About how deep the tree of an expression is: chains of operators and selections, summed over the parentheses that are open.
pub(super) fn depth(text: &str) -> usize {
    // For each open parenthesis: the chain that `&&`, `||` and commas end, and the conditions, which only commas end.
    let mut open = vec![(0usize, 0usize)];
    let (mut deepest, mut at) = (0, 0);
    while at < text.len() {
        if let Some(end) = literal_end(text, at) {
            at = end;
            continue;
        }
        let n_open = open.len();
        let top = open.last_mut().expect("the outermost level is never closed");
        match text.as_bytes()[at] {
            b'(' | b'[' | b'{' => {
                top.0 += 1;
                open.push((1, 0));
            }
            b')' | b']' | b'}' if n_open > 1 => {
                open.pop();
            }
            b',' => *top = (0, 0),
            b'&' | b'|' => top.0 = 0,
            b'?' => top.1 += 1,
            b'.' | b'+' | b'-' | b'*' | b'/' | b'%' | b'=' | b'<' | b'>' | b'!' => top.0 += 1,
            _ => {}
        }
        deepest = deepest.max(open.iter().map(|(chain, conditions)| chain + conditions).sum());
        at += 1;
    }
    deepest
}

/// The text with signs that come in pairs (`!!x`, `--x`) blanked: the parser takes any number of them for one.
pub(super) fn signs_paired(text: &str) -> String {
    let mut bytes = text.as_bytes().to_vec();
    let mut operand = false;
    let mut at = 0;
    while at < bytes.len() {
        let byte = bytes[at];
        if let Some(end) = literal_end(text, at) {
            operand = true;
            at = end;
        } else if byte == b'!' && bytes.get(at + 1) != Some(&b'=') || byte == b'-' {
            let mut run: Vec<usize> = Vec::new();
            while at < bytes.len() && (bytes[at] == byte || bytes[at].is_ascii_whitespace()) {
                if bytes[at] == byte {
                    run.push(at);
                }
                at += 1;
            }
            // In `a - -b` the first is an operator.
            let unary = usize::from(byte == b'-' && operand);
            let surplus = (run.len() - unary) / 2 * 2;
            for place in run.iter().rev().take(surplus) {
                bytes[*place] = b' ';
            }
            operand = false;
        } else {
            if !byte.is_ascii_whitespace() {
                operand = byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b')' | b']' | b'}');
            }
            at += 1;
        }
    }
    // Only single ASCII characters were replaced, by spaces.
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_string())
}

/// The line and column (from 1) at which a word first stands, outside of strings.
pub(super) fn place_of(text: &str, word: &str) -> (usize, usize) {
    places_of(text, word).first().copied().unwrap_or((1, 1))
}

/// The line and column (from 1) of a word that stands there once, outside of strings.
pub(super) fn only_place_of(text: &str, word: &str) -> Option<(usize, usize)> {
    match places_of(text, word)[..] {
        [place] => Some(place),
        _ => None,
    }
}

fn places_of(text: &str, word: &str) -> Vec<(usize, usize)> {
    let mut places = Vec::new();
    let is_part = |byte: Option<&u8>| byte.is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_');
    let bytes = text.as_bytes();
    let mut at = 0;
    while !word.is_empty() && at < bytes.len() {
        if let Some(end) = literal_end(text, at) {
            at = end;
            continue;
        }
        let before = at.checked_sub(1).and_then(|before| bytes.get(before));
        let fits = bytes[at..].starts_with(word.as_bytes());
        if fits && !is_part(before) && !is_part(bytes.get(at + word.len())) {
            let line_start = text[..at].rfind('\n').map_or(0, |end| end + 1);
            let line = text[..at].matches('\n').count() + 1;
            places.push((line, text[line_start..at].chars().count() + 1));
        }
        at += 1;
    }
    places
}

/// Where the string or comment that begins at this byte ends; none if none begins there.
fn literal_end(text: &str, at: usize) -> Option<usize> {
    let rest = text.get(at..)?;
    if rest.starts_with("//") {
        return Some(at + rest.find('\n').unwrap_or(rest.len()));
    }
    let quote = rest.chars().next().filter(|first| matches!(first, '"' | '\''))?;
    let raw = at.checked_sub(1).is_some_and(|before| matches!(text.as_bytes()[before], b'r' | b'R'));
    let triple = quote.to_string().repeat(3);
    let end = match rest.starts_with(&triple) {
        true => triple,
        false => quote.to_string(),
    };
    let mut place = end.len();
    while place < rest.len() {
        if rest.as_bytes()[place..].starts_with(end.as_bytes()) {
            return Some(at + place + end.len());
        }
        place += if rest.as_bytes()[place] == b'\\' && !raw { 2 } else { 1 };
    }
    Some(text.len())
}
