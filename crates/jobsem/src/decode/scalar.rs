//! YAML 1.1 scalars as Kubernetes reads them.
//!
//! The server's YAML library resolves a scalar and converts it to JSON: `0777` is 511, `1e3` is
//! 1000, `yes` is true, `1e400` is a string. A key is converted back to a string: `yes:` is the key
//! `true`.
//!
//! Rules: DECODE-8 (upstream: `sigs.k8s.io/yaml`).

use serde_json::{Number, Value};

/// The tag of a scalar, as far as its value depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tag {
    /// No tag: a plain scalar is resolved, a quoted one is a string.
    None,
    Str,
    Binary,
    Bool,
    Int,
    Float,
    Null,
    /// One of the document's own, or `!`: a string.
    Other,
}

impl Tag {
    fn name(self) -> &'static str {
        match self {
            Tag::None | Tag::Str | Tag::Other => "!!str",
            Tag::Binary => "!!binary",
            Tag::Bool => "!!bool",
            Tag::Int => "!!int",
            Tag::Float => "!!float",
            Tag::Null => "!!null",
        }
    }
}

/// A resolved scalar.
#[derive(Clone, Debug, PartialEq)]
enum Scalar {
    Null,
    Bool(bool),
    Int(i64),
    Uint(u64),
    Float(f64),
    Text,
}

/// The value of a scalar; `text` is its content after unquoting and unescaping.
pub(super) fn value(text: &str, plain: bool, tag: Tag) -> Result<Value, String> {
    Ok(match resolve(text, plain, tag)? {
        Scalar::Null => Value::Null,
        Scalar::Bool(b) => Value::Bool(b),
        Scalar::Int(n) => n.into(),
        Scalar::Uint(n) => n.into(),
        Scalar::Float(f) => Value::Number(number(f)?),
        Scalar::Text if tag == Tag::Binary => Value::String(binary(text)?),
        Scalar::Text => Value::String(text.to_owned()),
    })
}

/// A scalar as a key. A null key cannot be expressed in JSON.
pub(super) fn key(text: &str, plain: bool, tag: Tag) -> Result<String, String> {
    Ok(match resolve(text, plain, tag)? {
        Scalar::Null => return Err("a key must not be null; put it in quotes".to_owned()),
        Scalar::Bool(b) => b.to_string(),
        Scalar::Int(n) => n.to_string(),
        Scalar::Uint(_) => {
            return Err(format!("`{text}` is too large for a key; put it in quotes"));
        }
        Scalar::Float(f) => shortest(f),
        Scalar::Text if tag == Tag::Binary => binary(text)?,
        Scalar::Text => text.to_owned(),
    })
}

fn resolve(text: &str, plain: bool, tag: Tag) -> Result<Scalar, String> {
    let resolved = match tag {
        Tag::Str | Tag::Other | Tag::Binary => return Ok(Scalar::Text),
        Tag::None if !plain => return Ok(Scalar::Text),
        _ => scalar(text),
    };
    let found = match resolved {
        Scalar::Null => Tag::Null,
        Scalar::Bool(_) => Tag::Bool,
        Scalar::Int(_) | Scalar::Uint(_) => Tag::Int,
        Scalar::Float(_) => Tag::Float,
        Scalar::Text => Tag::Str,
    };
    match (tag, &resolved) {
        (Tag::None, _) => Ok(resolved),
        (tag, _) if tag == found => Ok(resolved),
        (Tag::Float, Scalar::Int(n)) => Ok(Scalar::Float(*n as f64)),
        (Tag::Float, Scalar::Uint(n)) => Ok(Scalar::Float(*n as f64)),
        _ => Err(format!("cannot decode {} `{text}` as a {}", found.name(), tag.name())),
    }
}

/// Resolves a scalar without a tag.
fn scalar(text: &str) -> Scalar {
    match text.as_bytes().first() {
        None => Scalar::Null,
        Some(b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' | b'~') => {
            match text {
                "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On"
                | "ON" => Scalar::Bool(true),
                "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off"
                | "OFF" => Scalar::Bool(false),
                "~" | "null" | "Null" | "NULL" => Scalar::Null,
                _ => Scalar::Text,
            }
        }
        Some(b'.') => match text {
            ".nan" | ".NaN" | ".NAN" => Scalar::Float(f64::NAN),
            ".inf" | ".Inf" | ".INF" => Scalar::Float(f64::INFINITY),
            _ if text[1..].starts_with(|c: char| c.is_ascii_digit()) => float(text),
            _ => Scalar::Text,
        },
        Some(b'+' | b'-' | b'0'..=b'9') => match text {
            "+.inf" | "+.Inf" | "+.INF" => Scalar::Float(f64::INFINITY),
            "-.inf" | "-.Inf" | "-.INF" => Scalar::Float(f64::NEG_INFINITY),
            _ => numeric(&text.replace('_', "")),
        },
        Some(_) => Scalar::Text,
    }
}

fn numeric(text: &str) -> Scalar {
    let (negative, digits) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    let signed = digits.len() < text.len();
    if let Some(magnitude) = integer(digits) {
        // Numbers with a sign are signed integers only.
        let n = if negative {
            0i128.checked_sub_unsigned(magnitude)
        } else {
            magnitude.try_into().ok()
        };
        if let Some(n) = n {
            if let Ok(n) = i64::try_from(n) {
                return Scalar::Int(n);
            }
            if let (false, Ok(n)) = (signed, u64::try_from(n)) {
                return Scalar::Uint(n);
            }
        }
    }
    if is_float(digits) { float(text) } else { Scalar::Text }
}

/// An integer without a sign; a prefix or a leading zero gives the base, as in Go.
fn integer(digits: &str) -> Option<u128> {
    let prefixed = |at: &str| digits.get(..2).is_some_and(|p| p.eq_ignore_ascii_case(at));
    let (base, digits) = match digits.as_bytes() {
        [] => return None,
        [b'0', _, _, ..] if prefixed("0x") => (16, &digits[2..]),
        [b'0', _, _, ..] if prefixed("0b") => (2, &digits[2..]),
        [b'0', _, _, ..] if prefixed("0o") => (8, &digits[2..]),
        [b'0', _, ..] => (8, &digits[1..]),
        _ => (10, digits),
    };
    // A second sign is not a digit.
    if !digits.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return None;
    }
    u128::from_str_radix(digits, base).ok()
}

/// `12`, `1.5`, `.5`, `1.`, `1e3`, without a sign.
fn is_float(digits: &str) -> bool {
    let mantissa = digits.trim_start_matches(|c: char| c.is_ascii_digit());
    let whole = digits.len() - mantissa.len();
    let rest = match mantissa.strip_prefix('.') {
        Some(fraction) => {
            let rest = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
            if whole == 0 && rest.len() == fraction.len() {
                return false;
            }
            rest
        }
        None if whole == 0 => return false,
        None => mantissa,
    };
    let Some(exponent) = rest.strip_prefix(['e', 'E']) else { return rest.is_empty() };
    let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    !exponent.is_empty() && exponent.bytes().all(|b| b.is_ascii_digit())
}

/// A number that is too large for a float is a string.
fn float(text: &str) -> Scalar {
    match text.parse::<f64>() {
        Ok(f) if f.is_finite() => Scalar::Float(f),
        _ => Scalar::Text,
    }
}

/// A float as JSON: one without a fraction is written as an integer.
fn number(f: f64) -> Result<Number, String> {
    if f.fract() == 0.0 && f.abs() < 1e21 {
        // The shortest digits that identify the float, padded with zeros, as Go prints below that
        // limit.
        let text = format!("{f}");
        if let Ok(n) = text.parse::<i64>() {
            return Ok(n.into());
        }
        if let Ok(n) = text.parse::<u64>() {
            return Ok(n.into());
        }
    }
    let unsupported = || {
        let text = if f.is_nan() {
            "NaN"
        } else if f > 0.0 {
            "+Inf"
        } else {
            "-Inf"
        };
        format!("json: unsupported value: {text}")
    };
    Number::from_f64(f).ok_or_else(unsupported)
}

/// A float as a key: the shortest digits that identify it among 32-bit floats, as Go's `%g`.
fn shortest(f: f64) -> String {
    let f = f as f32;
    if !f.is_finite() {
        let text = if f.is_nan() {
            ".nan"
        } else if f > 0.0 {
            ".inf"
        } else {
            "-.inf"
        };
        return text.to_owned();
    }
    let text = format!("{f:e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..6).contains(&exponent) {
        return format!("{f}");
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.abs())
}

/// Base 64; line breaks are left out.
fn binary(text: &str) -> Result<String, String> {
    let invalid = || "!!binary value contains invalid base64 data".to_owned();
    let mut bytes = Vec::new();
    let (mut buffer, mut bits, mut padding, mut digits) = (0u32, 0, 0, 0);
    for b in text.bytes().filter(|b| !matches!(b, b'\n' | b'\r')) {
        let digit = match b {
            b'A'..=b'Z' => b - b'A',
            b'a'..=b'z' => b - b'a' + 26,
            b'0'..=b'9' => b - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            b'=' => {
                padding += 1;
                continue;
            }
            _ => return Err(invalid()),
        };
        if padding > 0 {
            return Err(invalid());
        }
        digits += 1;
        buffer = (buffer << 6 | u32::from(digit)) & 0xfff;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push((buffer >> bits & 0xff) as u8);
        }
    }
    if (digits + padding) % 4 != 0 || padding > 2 {
        return Err(invalid());
    }
    // JSON has no bytes, so invalid UTF-8 is replaced.
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_scalars_become_what_kubernetes_makes_of_them_decode_8() {
        for (text, json) in [
            ("yes", "true"),
            ("y", "true"),
            ("On", "true"),
            ("TRUE", "true"),
            ("tRUE", "\"tRUE\""),
            ("n", "false"),
            ("off", "false"),
            ("~", "null"),
            ("", "null"),
            ("NULL", "null"),
            ("0777", "511"),
            ("0o17", "15"),
            ("0O7", "7"),
            ("0o8", "\"0o8\""),
            ("08", "8"),
            ("0_7", "7"),
            ("0x1F", "31"),
            ("0X1F", "31"),
            ("+0x1f", "31"),
            ("-0x1F", "-31"),
            ("0x", "\"0x\""),
            ("0b101", "5"),
            ("-0b11", "-3"),
            ("1_000", "1000"),
            ("1e18", "1000000000000000000"),
            ("18446744073709549568.0", "18446744073709550000"),
            ("-12_345", "-12345"),
            ("1_", "1"),
            ("_1", "\"_1\""),
            ("1e3", "1000"),
            ("1E3", "1000"),
            ("1.5e+3", "1500"),
            ("1e", "\"1e\""),
            ("1e400", "\"1e400\""),
            ("2.0", "2"),
            ("1.", "1"),
            (".5", "0.5"),
            ("-.5", "-0.5"),
            (".e3", "\".e3\""),
            (".", "\".\""),
            ("0777.5", "777.5"),
            ("685_230.15", "685230.15"),
            ("-0", "0"),
            ("-0.0", "0"),
            ("+5", "5"),
            ("++5", "\"++5\""),
            ("-", "\"-\""),
            ("12345678901234567890", "12345678901234567890"),
            ("9223372036854775808", "9223372036854775808"),
            ("1:30", "\"1:30\""),
            ("2024-01-01", "\"2024-01-01\""),
            ("=", "\"=\""),
            ("<<", "\"<<\""),
            ("5s", "\"5s\""),
            ("0.0.1", "\"0.0.1\""),
        ] {
            assert_eq!(value(text, true, Tag::None).unwrap().to_string(), json, "{text}");
        }
        assert!(value(".inf", true, Tag::None).unwrap_err().contains("+Inf"));
        assert!(value("-.INF", true, Tag::None).unwrap_err().contains("-Inf"));
        assert!(value(".nan", true, Tag::None).unwrap_err().contains("NaN"));
    }

    #[test]
    fn tags_decide_over_quotes_decode_8() {
        for (text, plain, tag, json) in [
            ("yes", false, Tag::None, "\"yes\""),
            ("5", true, Tag::Str, "\"5\""),
            ("5", true, Tag::Other, "\"5\""),
            ("7", false, Tag::Int, "7"),
            ("yes", false, Tag::Bool, "true"),
            ("3", true, Tag::Float, "3"),
            ("0777", true, Tag::Int, "511"),
            ("aGVsbG8=", true, Tag::Binary, "\"hello\""),
            ("aGVs\nbG8h", true, Tag::Binary, "\"hello!\""),
            ("~", true, Tag::Null, "null"),
        ] {
            assert_eq!(value(text, plain, tag).unwrap().to_string(), json, "{text} {tag:?}");
        }
        for (text, tag) in [
            ("x", Tag::Null),
            ("abc", Tag::Float),
            ("1.5", Tag::Int),
            ("a", Tag::Binary),
            ("a=b=", Tag::Binary),
            ("äöü", Tag::Binary),
        ] {
            assert!(value(text, true, tag).is_err(), "{text} {tag:?}");
        }
    }

    #[test]
    fn keys_are_strings_again_decode_8() {
        for (text, name) in [
            ("yes", "true"),
            ("off", "false"),
            ("1", "1"),
            ("0x10", "16"),
            ("1.50", "1.5"),
            ("1e3", "1000"),
            ("1e5", "100000"),
            ("1e6", "1e+06"),
            ("123456789.5", "1.2345679e+08"),
            ("1e21", "1e+21"),
            ("1e-5", "1e-05"),
            ("2001-01-01", "2001-01-01"),
            ("app", "app"),
        ] {
            assert_eq!(key(text, true, Tag::None).unwrap(), name, "{text}");
        }
        assert_eq!(key("yes", false, Tag::None).unwrap(), "yes");
        assert!(key("~", true, Tag::None).is_err());
        assert!(key("18446744073709551615", true, Tag::None).is_err());
    }
}
