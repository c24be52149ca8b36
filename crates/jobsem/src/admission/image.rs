//! Image references, as far as the default pull policy needs them.
//!
//! Rules: DEFAULT-11. Deliberately absent: everything that a registry client would need.

/// The tag that decides the default pull policy: what is written, `latest` if there is neither
/// tag nor digest, and `None` if the text is no image reference or names a digest only.
pub(crate) fn effective_tag(image: &str) -> Option<&str> {
    if image.len() == 64 && image.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
        return None;
    }
    let (domain, rest) = split_domain(image);
    if let Some(domain) = domain
        && !is_domain(domain)
    {
        return None;
    }
    let (rest, digest) = match rest.split_once('@') {
        Some((rest, digest)) => (rest, Some(digest)),
        None => (rest, None),
    };
    let (path, tag) = match rest.split_once(':') {
        Some((path, tag)) => (path, Some(tag)),
        None => (rest, None),
    };
    // GO: with the default domain a single component is put below `library`.
    let length = match domain {
        Some(domain) => domain.len() + 1 + path.len(),
        None if path.contains('/') => "docker.io/".len() + path.len(),
        None => "docker.io/library/".len() + path.len(),
    };
    if length > 255 || !path.split('/').all(is_component) {
        return None;
    }
    if tag.is_some_and(|tag| !is_tag(tag)) || digest.is_some_and(|digest| !is_digest(digest)) {
        return None;
    }
    tag.or(if digest.is_none() { Some("latest") } else { None })
}

/// The part before the first slash, if it is a registry.
fn split_domain(image: &str) -> (Option<&str>, &str) {
    match image.split_once('/') {
        Some((first, rest))
            if first.contains(['.', ':'])
                || first == "localhost"
                || first.bytes().any(|b| b.is_ascii_uppercase()) =>
        {
            (Some(first), rest)
        }
        _ => (None, image),
    }
}

fn is_domain(text: &str) -> bool {
    let (host, port) = if text.starts_with('[') {
        match text.find(']') {
            Some(end) => (&text[..=end], text[end + 1..].strip_prefix(':')),
            None => return false,
        }
    } else {
        match text.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (text, None),
        }
    };
    if port.is_some_and(|p| p.is_empty() || !p.bytes().all(|b| b.is_ascii_digit())) {
        return false;
    }
    if let Some(address) = host.strip_prefix('[').and_then(|h| h.strip_suffix(']')) {
        return !address.is_empty() && address.bytes().all(|b| b.is_ascii_hexdigit() || b == b':');
    }
    host.split('.').all(|part| {
        let b = part.as_bytes();
        matches!((b.first(), b.last()), (Some(f), Some(l))
            if f.is_ascii_alphanumeric() && l.is_ascii_alphanumeric())
            && b.iter().all(|c| c.is_ascii_alphanumeric() || *c == b'-')
    })
}

/// Lower-case words, joined by `.`, `_`, `__` or hyphens.
fn is_component(text: &str) -> bool {
    let word = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let mut rest = text.as_bytes();
    loop {
        let n = rest.iter().take_while(|b| word(b)).count();
        if n == 0 {
            return false;
        }
        rest = &rest[n..];
        if rest.is_empty() {
            return true;
        }
        let m = rest.iter().take_while(|b| !word(b)).count();
        match &rest[..m] {
            b"." | b"_" | b"__" => {}
            hyphens if hyphens.iter().all(|b| *b == b'-') => {}
            _ => return false,
        }
        rest = &rest[m..];
    }
}

fn is_tag(text: &str) -> bool {
    let word = |b: &u8| b.is_ascii_alphanumeric() || *b == b'_';
    let b = text.as_bytes();
    b.first().is_some_and(word)
        && b.len() <= 128
        && b.iter().all(|c| word(c) || matches!(c, b'.' | b'-'))
}

fn is_digest(text: &str) -> bool {
    let Some((algorithm, hex)) = text.split_once(':') else { return false };
    let length = match algorithm {
        "sha256" => 64,
        "sha384" => 96,
        "sha512" => 128,
        _ => return false,
    };
    hex.len() == length && hex.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tag_decides() {
        let digest = format!("a@sha256:{}", "0".repeat(64));
        for (image, want) in [
            ("busybox", Some("latest")),
            ("busybox:1", Some("1")),
            ("localhost:5000/a/b", Some("latest")),
            ("localhost:5000", Some("5000")),
            ("a/b:latest", Some("latest")),
            (digest.as_str(), None),
            ("", None),
            (" ", None),
            ("Bad", None),
            ("a:", None),
            ("x/Y", None),
            ("X/y", Some("latest")),
            ("a__b", Some("latest")),
            ("a___b", None),
            ("a--b.c", Some("latest")),
        ] {
            assert_eq!(effective_tag(image), want, "{image}");
        }
        assert_eq!(effective_tag(&"f".repeat(64)), None);
        assert_eq!(effective_tag(&"g".repeat(300)), None);
    }
}
