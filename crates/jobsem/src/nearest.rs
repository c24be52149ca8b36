//! [`nearest`]: what a misspelt word was meant to be.

/// The name that `word` is most likely a typo of.
pub(crate) fn nearest<'a>(word: &str, names: &[&'a str]) -> Option<&'a str> {
    // No name is that long.
    if word.len() > 64 {
        return None;
    }
    let lower = word.to_lowercase();
    let distance = |name: &str| strsim::damerau_levenshtein(&lower, &name.to_lowercase());
    let best = names.iter().map(|name| (distance(name), *name)).min()?;
    // One typo in four letters; more would be a guess.
    let most = (word.chars().count().min(best.1.len()) / 4).max(1);
    if best.0 <= most && best.1 != word {
        return Some(best.1);
    }
    // `Forbidden` means `Forbid`, and `concurrency` is the prefix of one name only.
    let begins = |name: &str| {
        let name = name.to_lowercase();
        name.len().min(lower.len()) > 3 && (lower.starts_with(&name) || name.starts_with(&lower))
    };
    let mut all = names.iter().filter(|name| begins(name));
    all.next().filter(|_| all.next().is_none()).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_keyboard_is_recognised_and_more_is_not() {
        let names = ["parallelism", "completions", "suspend", "image", "name"];
        assert_eq!(nearest("paralelism", &names), Some("parallelism"));
        assert_eq!(nearest("Parallelism", &names), Some("parallelism"));
        assert_eq!(nearest("imge", &names), Some("image"));
        assert_eq!(nearest("naem", &names), Some("name"));
        assert_eq!(nearest("Forbidden", &["Allow", "Forbid"]), Some("Forbid"));
        assert_eq!(nearest("replicas", &names), None);
        assert_eq!(nearest("x", &names), None);
        assert_eq!(nearest("", &names), None);
    }
}
