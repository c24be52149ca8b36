//! Helpers for reading values with serde.

/// Reads a text and passes it to `read`.
pub(crate) fn of_str<'de, D, T, F>(deserializer: D, read: F) -> Result<T, D::Error>
where
    D: serde::Deserializer<'de>,
    F: FnOnce(&str) -> Result<T, D::Error>,
{
    struct OfStr<F, E>(F, std::marker::PhantomData<E>);

    impl<T, E, F> serde::de::Visitor<'_> for OfStr<F, E>
    where
        E: serde::de::Error,
        F: FnOnce(&str) -> Result<T, E>,
    {
        type Value = Result<T, E>;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("a string")
        }

        fn visit_str<E2: serde::de::Error>(self, text: &str) -> Result<Result<T, E>, E2> {
            Ok((self.0)(text))
        }
    }

    deserializer.deserialize_str(OfStr(read, std::marker::PhantomData))?
}
