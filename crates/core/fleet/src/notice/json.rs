//! Times in a notice's JSON: RFC 3339, UTC, milliseconds.

pub(super) mod time {
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

    use crate::session::rfc3339;

    pub(in crate::notice) fn serialize<S: Serializer>(at: &i64, to: S) -> Result<S::Ok, S::Error> {
        rfc3339(*at).unwrap_or_default().serialize(to)
    }

    pub(in crate::notice) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<i64, D::Error> {
        let text = String::deserialize(from)?;
        let at: jiff::Timestamp = text.parse().map_err(de::Error::custom)?;
        Ok(at.as_millisecond())
    }
}

pub(super) mod maybe_time {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use crate::session::rfc3339;

    pub(in crate::notice) fn serialize<S: Serializer>(at: &Option<i64>, to: S) -> Result<S::Ok, S::Error> {
        at.and_then(rfc3339).serialize(to)
    }

    pub(in crate::notice) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<i64>, D::Error> {
        let text = Option::<String>::deserialize(from)?;
        Ok(text.and_then(|text| text.parse::<jiff::Timestamp>().ok()).map(jiff::Timestamp::as_millisecond))
    }
}
