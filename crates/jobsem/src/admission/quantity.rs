//! Quantities: `500m`, `1Gi`, `1e3`.
//!
//! Read, compared, rounded and printed as the API does it. Deliberately absent: arithmetic on
//! them, and numbers of more than 38 significant digits, which are refused as ill-formed.
//!
//! Rules: DECODE-5, DEFAULT-14, VALID-66 (`docs/semantics`; upstream: apimachinery's `resource`
//! package).

use std::cmp::Ordering;

/// Where decimal places end: one billionth.
const NANO: i32 = -9;
/// Most significant digits for which a text may be kept as it came.
const SHORT: usize = 18;

/// How a quantity is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    /// `1500m`, `2k`.
    Decimal,
    /// `1Ki`.
    Binary,
    /// `1e3`.
    Exponent,
}

/// A quantity: `mantissa` × 10^`exponent`, and how it was written.
#[derive(Clone, Debug)]
pub(crate) struct Quantity {
    mantissa: i128,
    exponent: i32,
    format: Format,
    /// The text, if it is printed as it came.
    text: Option<String>,
    /// Whether the number is held as upstream's arbitrary-precision form.
    wide: bool,
}

/// Why a text is no quantity (DECODE-5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum QuantityError {
    /// It does not look like one.
    Shape,
    /// Its suffix is unknown.
    Suffix,
    /// Its number cannot be read.
    Number,
}

impl QuantityError {
    /// The words of the API.
    pub(crate) const fn text(self) -> &'static str {
        match self {
            QuantityError::Shape => {
                "quantities must match the regular expression \
                 '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
            }
            QuantityError::Suffix => "unable to parse quantity's suffix",
            QuantityError::Number => "unable to parse numeric part of quantity",
        }
    }
}

/// The pieces of a text: sign, digits before and after the point, suffix.
struct Parts<'a> {
    negative: bool,
    whole: &'a str,
    fraction: &'a str,
    /// Whether digits stood before the point at all, leading zeros included.
    digits: bool,
    suffix: &'a str,
}

impl Quantity {
    /// Reads a quantity.
    pub(crate) fn parse(text: &str) -> Result<Quantity, QuantityError> {
        if text.is_empty() {
            return Err(QuantityError::Shape);
        }
        if text == "0" {
            return Ok(Quantity::new(0, 0, Format::Decimal, Some(text)));
        }
        let parts = split(text)?;
        let (binary, exponent, format) = suffix(parts.suffix).ok_or(QuantityError::Suffix)?;
        let digits = format!("{}{}", parts.whole, parts.fraction);
        let places = parts.fraction.len() as i32;
        let value: i128 = match digits.parse() {
            Ok(value) => value,
            Err(_) => return Err(QuantityError::Number),
        };
        let signed = |n: i128| if parts.negative { -n } else { n };
        if binary {
            return Ok(binary_quantity(&parts, text, value, exponent, signed));
        }
        let scale = exponent - places;
        if digits.len() <= SHORT && scale >= NANO {
            // A text that is canonical in upstream's rough sense is kept as it came.
            let keep = scale % 3 == 0 && !digits.ends_with("000") && !digits.starts_with('0');
            return Ok(Quantity::new(signed(value), scale, format, keep.then_some(text)));
        }
        if !parts.digits && parts.fraction.is_empty() {
            return Err(QuantityError::Number);
        }
        let mut q = Quantity::new(value, scale, format, None);
        q.wide = true;
        q.raise_to(NANO);
        q.mantissa = signed(q.mantissa);
        Ok(q)
    }

    fn new(mantissa: i128, exponent: i32, format: Format, text: Option<&str>) -> Quantity {
        Quantity { mantissa, exponent, format, text: text.map(str::to_owned), wide: false }
    }

    /// Rounds away from zero to multiples of 10^`exponent`.
    fn raise_to(&mut self, exponent: i32) {
        let mut rest = false;
        while self.exponent < exponent {
            rest |= self.mantissa % 10 != 0;
            self.mantissa /= 10;
            self.exponent += 1;
            if self.mantissa == 0 {
                self.exponent = exponent;
            }
        }
        if rest {
            self.mantissa += self.mantissa.signum();
            if self.mantissa == 0 {
                self.mantissa = 1;
            }
        }
    }

    /// Rounds up to thousandths, as every limit and request is (DEFAULT-14).
    pub(crate) fn round_to_milli(mut self) -> Quantity {
        if self.wide || self.exponent < -3 {
            let negative = self.mantissa < 0;
            self.mantissa = self.mantissa.abs();
            self.raise_to(-3);
            if negative {
                self.mantissa = -self.mantissa;
            }
            self.text = None;
        }
        self
    }

    /// Whether it is zero.
    pub(crate) fn is_zero(&self) -> bool {
        self.reduced().0 == 0
    }

    /// Whether it is below zero.
    pub(crate) fn is_negative(&self) -> bool {
        self.mantissa < 0
    }

    /// Whether the API takes it for a whole number.
    ///
    /// GO: it counts thousandths in 64 bits, and what does not fit wraps around.
    pub(crate) fn is_whole(&self) -> bool {
        let mut rounded = self.clone();
        if rounded.exponent < -3 {
            rounded = rounded.round_to_milli();
        }
        let up = rounded.exponent.saturating_add(3).unsigned_abs();
        let mut milli = rounded.mantissa as i64;
        let fits = 10i64.checked_pow(up).and_then(|power| milli.checked_mul(power));
        if fits.is_none() && !self.wide && !matches!(up, 0..=3 | 6 | 9) {
            return true;
        }
        for _ in 0..up {
            milli = milli.wrapping_mul(10);
        }
        milli % 1000 == 0
    }

    /// Whether it is a multiple of the whole number `of`.
    pub(crate) fn is_multiple_of(&self, of: &Quantity) -> bool {
        match (self.whole(), of.whole()) {
            (Some(a), Some(b)) if b != 0 => a % b == 0,
            _ => false,
        }
    }

    fn whole(&self) -> Option<i128> {
        let mut m = self.mantissa;
        let mut e = self.exponent;
        while e < 0 {
            if m % 10 != 0 {
                return None;
            }
            m /= 10;
            e += 1;
        }
        m.checked_mul(10i128.checked_pow(e.unsigned_abs())?)
    }

    /// The sum, in the format of the first unless that is zero.
    pub(crate) fn plus(&self, other: &Quantity) -> Quantity {
        let exponent = self.exponent.min(other.exponent);
        let lift = |q: &Quantity| {
            let factor = 10i128.saturating_pow((q.exponent - exponent).unsigned_abs());
            q.mantissa.saturating_mul(factor)
        };
        let format = if self.is_zero() { other.format } else { self.format };
        let mut sum = Quantity::new(lift(self).saturating_add(lift(other)), exponent, format, None);
        sum.wide = self.wide || other.wide;
        sum
    }

    /// Numeric order, whatever the format.
    pub(crate) fn compare(&self, other: &Quantity) -> Ordering {
        let (a, b) = (self.reduced(), other.reduced());
        let least = a.1.min(b.1);
        let lift = |(m, e): (i128, i32)| {
            10i128.checked_pow((e - least).unsigned_abs()).and_then(|p| m.checked_mul(p))
        };
        match (lift(a), lift(b)) {
            (Some(x), Some(y)) => x.cmp(&y),
            // OK because only one of them can be this far above the other's exponent.
            (None, _) => 0.cmp(&-a.0),
            (_, None) => b.0.cmp(&0).reverse(),
        }
    }

    /// Mantissa and exponent without factors of ten in the mantissa.
    pub(crate) fn reduced(&self) -> (i128, i32) {
        if self.mantissa == 0 {
            return (0, 0);
        }
        let (mut m, mut e) = (self.mantissa, self.exponent);
        while m % 10 == 0 {
            m /= 10;
            e += 1;
        }
        (m, e)
    }
}

impl std::fmt::Display for Quantity {
    /// The text that the API shows.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(text) = &self.text {
            return f.write_str(text);
        }
        if self.mantissa == 0 {
            return f.write_str("0");
        }
        let whole = self.whole();
        let mut format = self.format;
        if format == Format::Binary && whole.is_none_or(|n| n.abs() < 1024) {
            format = Format::Decimal;
        }
        if let (Format::Binary, Some(mut n)) = (format, whole) {
            let mut step = 0;
            while n.abs() >= 1024 && n % 1024 == 0 {
                n /= 1024;
                step += 1;
            }
            // GO: a step beyond Ei has no suffix, and none is printed.
            let suffix = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"].get(step).unwrap_or(&"");
            return write!(f, "{n}{suffix}");
        }
        let (mut m, mut e) = self.reduced();
        while e % 3 != 0 {
            m = m.wrapping_mul(10);
            e -= 1;
        }
        write!(f, "{m}")?;
        if format == Format::Exponent {
            return if e == 0 { Ok(()) } else { write!(f, "e{e}") };
        }
        f.write_str(match e {
            -9 => "n",
            -6 => "u",
            -3 => "m",
            3 => "k",
            6 => "M",
            9 => "G",
            12 => "T",
            15 => "P",
            18 => "E",
            _ => "",
        })
    }
}

fn binary_quantity(
    parts: &Parts<'_>,
    text: &str,
    value: i128,
    exponent: i32,
    signed: impl Fn(i128) -> i128,
) -> Quantity {
    let product = value.checked_mul(1 << exponent);
    let precision = 15 - parts.whole.len() as i32 - exponent * 3 / 10 - 1;
    if let (true, true, Some(product)) = (parts.fraction.is_empty(), precision >= 0, product) {
        let keep = exponent % 10 == 0 && value & 7 != 0;
        return Quantity::new(signed(product), 0, Format::Binary, keep.then_some(text));
    }
    let mut q = match product {
        Some(p) => Quantity::new(p, -(parts.fraction.len() as i32), Format::Binary, None),
        None => Quantity::new(i64::MAX.into(), 0, Format::Binary, None),
    };
    q.wide = true;
    q.raise_to(NANO);
    let most = Quantity::new(i64::MAX.into(), 0, Format::Binary, None);
    if q.compare(&most) == Ordering::Greater {
        (q.mantissa, q.exponent) = (most.mantissa, 0);
    }
    let one = Quantity::new(1, 0, Format::Decimal, None);
    if q.mantissa > 0 && q.compare(&one) == Ordering::Less {
        q.format = Format::Decimal;
    }
    q.mantissa = signed(q.mantissa);
    q
}

/// Takes a text apart as upstream's scanner does: zeros in front are skipped, the point needs no
/// digits on either side.
fn split(text: &str) -> Result<Parts<'_>, QuantityError> {
    let bytes = text.as_bytes();
    let mut at = usize::from(matches!(bytes[0], b'+' | b'-'));
    let negative = bytes[0] == b'-';
    let first = at;
    let run = |from: usize, test: fn(&u8) -> bool| {
        from + bytes[from..].iter().take_while(|b| test(b)).count()
    };
    at = run(at, |b| *b == b'0');
    let end = run(at, u8::is_ascii_digit);
    let mut whole = &text[at..end];
    let digits = end > first;
    if whole.is_empty() {
        whole = "0";
    }
    at = end;
    let mut fraction = "";
    if bytes.get(at) == Some(&b'.') {
        let end = run(at + 1, u8::is_ascii_digit);
        fraction = &text[at + 1..end];
        at = end;
    }
    let start = at;
    at = run(at, |b| b"eEinumkKMGTP".contains(b));
    if matches!(bytes.get(at), Some(b'+' | b'-')) {
        at += 1;
    }
    at = run(at, u8::is_ascii_digit);
    if at < bytes.len() {
        return Err(QuantityError::Shape);
    }
    Ok(Parts { negative, whole, fraction, digits, suffix: &text[start..] })
}

/// Whether the suffix is a power of two, its exponent, and the format it stands for.
fn suffix(text: &str) -> Option<(bool, i32, Format)> {
    let decimal = |e| Some((false, e, Format::Decimal));
    let binary = |e| Some((true, e, Format::Binary));
    match text {
        "" => decimal(0),
        "n" => decimal(-9),
        "u" => decimal(-6),
        "m" => decimal(-3),
        "k" => decimal(3),
        "M" => decimal(6),
        "G" => decimal(9),
        "T" => decimal(12),
        "P" => decimal(15),
        "E" => decimal(18),
        "Ki" => binary(10),
        "Mi" => binary(20),
        "Gi" => binary(30),
        "Ti" => binary(40),
        "Pi" => binary(50),
        "Ei" => binary(60),
        _ => {
            let number = text.strip_prefix(['e', 'E'])?;
            let exponent: i64 = number.parse().ok()?;
            // GO: the exponent is cut to 32 bits; what lies outside any use is refused here.
            (-100..=100).contains(&exponent).then_some((false, exponent as i32, Format::Exponent))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        Quantity::parse(text).unwrap().round_to_milli().to_string()
    }

    #[test]
    fn texts_are_canonical_or_kept() {
        for (text, want) in [
            ("1000m", "1"),
            ("0.5", "500m"),
            (".5", "500m"),
            ("1024Mi", "1Gi"),
            ("1.5Gi", "1536Mi"),
            ("0.0001", "1m"),
            ("1n", "1m"),
            ("-0", "0"),
            ("1e3", "1e3"),
            ("1.1e-3", "2e-3"),
            ("100k", "100k"),
            ("+5", "+5"),
            ("5.", "5."),
            ("10000", "10k"),
            ("512Ki", "512Ki"),
            ("-1.5", "-1500m"),
        ] {
            assert_eq!(shown(text), want, "{text}");
        }
    }

    #[test]
    fn ill_formed_texts_are_refused() {
        for (text, want) in [
            ("", QuantityError::Shape),
            ("x", QuantityError::Shape),
            ("1x", QuantityError::Shape),
            ("1KiB", QuantityError::Shape),
            ("1ki", QuantityError::Suffix),
            ("1mm", QuantityError::Suffix),
        ] {
            assert_eq!(Quantity::parse(text).unwrap_err(), want, "{text}");
        }
    }

    #[test]
    fn order_is_numeric() {
        let q = |t: &str| Quantity::parse(t).unwrap();
        assert_eq!(q("1000m").compare(&q("1")), Ordering::Equal);
        assert_eq!(q("1Gi").compare(&q("1G")), Ordering::Greater);
        assert_eq!(q("-1").compare(&q("1n")), Ordering::Less);
        assert!(q("4Mi").is_multiple_of(&q("2Mi")) && !q("3Mi").is_multiple_of(&q("2Mi")));
    }
}
