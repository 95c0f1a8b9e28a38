//! Forms with files (RFC 7578): their parts, borrowed from the body, which is in memory and bounded before.

use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;

/// Fields of a form at the most.
const MAX_PARTS: usize = 32;
/// RFC 2046, 5.1.1.
const MAX_BOUNDARY: usize = 70;

/// A field of a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part<'a> {
    /// Its name.
    pub name: &'a str,
    /// What it holds.
    pub content: &'a [u8],
}

/// The parts of a form, if it is one as browsers send them.
#[must_use]
pub fn parts<'a>(headers: &HeaderMap, body: &'a [u8]) -> Option<Vec<Part<'a>>> {
    let kind = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    let boundary =
        kind.strip_prefix("multipart/form-data;")?.trim().strip_prefix("boundary=")?.trim_matches('"');
    if boundary.is_empty() || boundary.len() > MAX_BOUNDARY {
        return None;
    }
    read(boundary, body)
}

fn read<'a>(boundary: &str, body: &'a [u8]) -> Option<Vec<Part<'a>>> {
    let first = format!("--{boundary}");
    let mark = format!("\r\n--{boundary}");
    let mut rest = body.strip_prefix(first.as_bytes())?;
    let mut found = Vec::new();
    loop {
        if rest.starts_with(b"--") {
            return Some(found);
        }
        rest = rest.strip_prefix(b"\r\n")?;
        let head_end = find(rest, b"\r\n\r\n")?;
        let (head, after) = rest.split_at_checked(head_end)?;
        let after = after.get(4..)?;
        let end = find(after, mark.as_bytes())?;
        let (content, next) = after.split_at_checked(end)?;
        found.push(Part { name: name(std::str::from_utf8(head).ok()?)?, content });
        if found.len() > MAX_PARTS {
            return None;
        }
        rest = next.get(mark.len()..)?;
    }
}

/// The name in a part's `Content-Disposition`. Ours have letters and `_` only; nothing has to be decoded.
fn name(head: &str) -> Option<&str> {
    let line = head.split("\r\n").find(|line| {
        line.get(..20).is_some_and(|start| start.eq_ignore_ascii_case("content-disposition:"))
    })?;
    let after = line.split("; ").find_map(|part| part.strip_prefix("name=\""))?;
    after.split('"').next()
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(text: &str) -> Vec<u8> {
        text.replace('\n', "\r\n").into_bytes()
    }

    #[test]
    fn parts_are_what_browsers_send() {
        let form = body(
            "--x\nContent-Disposition: form-data; name=\"token\"\n\nabc\n--x\ncontent-disposition: form-data; name=\"logo\"; filename=\"a; name=b.png\"\nContent-Type: image/png\n\n\x01--x\n\n--y\n--x--\n",
        );
        let found = read("x", &form).unwrap();
        assert_eq!(found[0], Part { name: "token", content: b"abc" });
        assert_eq!((found[1].name, found[1].content), ("logo", b"\x01--x\r\n\r\n--y".as_slice()));
        assert_eq!(found.len(), 2);
        let mut headers = HeaderMap::new();
        assert_eq!(parts(&headers, &form), None);
        headers.insert(CONTENT_TYPE, "multipart/form-data; boundary=x".parse().unwrap());
        assert_eq!(parts(&headers, &form).map(|parts| parts.len()), Some(2));
        headers.insert(CONTENT_TYPE, "multipart/form-data; boundary=".parse().unwrap());
        assert_eq!(parts(&headers, &form), None);
    }

    #[test]
    fn what_is_cut_or_endless_is_no_form() {
        let form = body("--x\nContent-Disposition: form-data; name=\"a\"\n\nb\n--x--\n");
        for length in 0..form.len() - 4 {
            assert_eq!(read("x", &form[..length]), None, "{length}");
        }
        let many = format!("--x{}--", "\nContent-Disposition: form-data; name=\"a\"\n\nb\n--x".repeat(40));
        assert_eq!(read("x", &body(&many)), None);
        assert_eq!(read("x", &body("--x\nX: y\n\nb\n--x--")), None, "without a name");
    }
}
