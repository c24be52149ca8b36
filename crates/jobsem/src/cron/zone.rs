//! Time zones by name, from the database that is compiled in: never from the machine.

use jiff::tz::TimeZoneDatabase;

/// Finds the zone of exactly this name (CRONVALID-7: names are case-sensitive), or says in
/// Kubernetes' words why there is none.
pub(crate) fn lookup(name: &str) -> Result<(), String> {
    let database = TimeZoneDatabase::bundled();
    if name == "UTC" || database.get(name).is_ok_and(|zone| zone.iana_name() == Some(name)) {
        return Ok(());
    }
    // GO: zones are files; the name of one of their directories is found, and cannot be read.
    let inside = |zone: &str| zone.strip_prefix(name).is_some_and(|rest| rest.starts_with('/'));
    if !name.is_empty() && database.available().any(|zone| inside(zone.as_str())) {
        return Err("is a directory".to_owned());
    }
    Err(format!("unknown time zone {name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_exact() {
        for name in ["UTC", "Etc/GMT+5", "EST5EDT", "Europe/London", "Asia/Kolkata", "GMT"] {
            assert!(lookup(name).is_ok(), "{name}");
        }
        for name in ["utc", "europe/London", "GMT+5", "Nowhere/City", "Europe", ""] {
            assert!(lookup(name).is_err(), "{name}");
        }
    }
}
