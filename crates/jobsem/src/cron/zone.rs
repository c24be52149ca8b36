//! Time zones by name, from the database that is compiled in: never from the machine.

use jiff::tz::TimeZoneDatabase;

/// Whether there is a zone of exactly this name (CRONVALID-7: names are case-sensitive).
pub(crate) fn exists(name: &str) -> bool {
    name == "UTC"
        || TimeZoneDatabase::bundled().get(name).is_ok_and(|zone| zone.iana_name() == Some(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_exact() {
        for name in ["UTC", "Etc/GMT+5", "EST5EDT", "Europe/London", "Asia/Kolkata", "GMT"] {
            assert!(exists(name), "{name}");
        }
        for name in ["utc", "europe/London", "GMT+5", "Nowhere/City", "Europe", ""] {
            assert!(!exists(name), "{name}");
        }
    }
}
