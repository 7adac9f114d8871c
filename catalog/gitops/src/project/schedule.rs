//! Schedules and spans of windows of syncing, as Argo CD reads them.

/// Names that stand for a schedule.
const NAMES: [&str; 7] = ["@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"];
const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/// A field of a schedule: the least and the greatest number, and names that count from the least.
const FIELDS: [(u32, u32, &[&str]); 5] = [(0, 59, &[]), (0, 23, &[]), (1, 31, &[]), (1, 12, &MONTHS), (0, 6, &DAYS)];

/// Whether a text is a schedule of five fields, or a name of one, with a time zone before it or not.
pub(super) fn is_schedule(text: &str) -> bool {
    let zoned = text.strip_prefix("CRON_TZ=").or_else(|| text.strip_prefix("TZ="));
    let schedule = match zoned {
        Some(rest) => rest.split_once(' ').map_or("", |(_, schedule)| schedule),
        None => text,
    };
    if schedule.contains("${") || schedule.contains("{{") {
        return true;
    }
    if let Some(span) = schedule.strip_prefix("@every ") {
        return is_span(span);
    }
    let fields: Vec<&str> = schedule.split_whitespace().collect();
    match fields.as_slice() {
        [name] => NAMES.contains(name),
        _ => fields.len() == FIELDS.len() && fields.iter().zip(FIELDS).all(|(field, known)| is_field(field, known)),
    }
}

/// `*`, `5`, `1-5`, `*/2`, `mon-fri`, and lists of these.
fn is_field(field: &str, (least, most, names): (u32, u32, &[&str])) -> bool {
    let number = |word: &str| {
        let named = names.iter().position(|name| name.eq_ignore_ascii_case(word));
        let counted = named.and_then(|at| u32::try_from(at).ok()).map(|at| at.saturating_add(least));
        counted.or_else(|| word.parse().ok()).filter(|number| (least..=most).contains(number))
    };
    field.split(',').all(|part| {
        let (range, step) = part.split_once('/').map_or((part, None), |(range, step)| (range, Some(step)));
        let is_step = step.is_none_or(|step| step.parse::<u32>().is_ok_and(|step| step > 0));
        let is_range = match range.split_once('-') {
            _ if matches!(range, "*" | "?") => true,
            Some((from, to)) => number(from).zip(number(to)).is_some_and(|(from, to)| from <= to),
            None => number(range).is_some(),
        };
        is_step && is_range
    })
}

/// A span of time as Go writes it: `1h30m`.
pub(super) fn is_span(text: &str) -> bool {
    if text.contains("${") || text.contains("{{") {
        return true;
    }
    let mut rest = text;
    while !rest.is_empty() {
        let after = rest.trim_start_matches(|letter: char| letter.is_ascii_digit() || letter == '.');
        let unit = ["ns", "us", "ms", "s", "m", "h"].into_iter().find_map(|unit| after.strip_prefix(unit));
        match unit {
            Some(next) if after.len() < rest.len() => rest = next,
            _ => return false,
        }
    }
    !text.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_schedules() {
        for schedule in ["0 22 * * *", "*/15 1-5 1,15 JAN-mar mon-fri", "CRON_TZ=UTC 0 1 * * *", "@daily", "@every 1h"]
        {
            assert!(is_schedule(schedule), "{schedule}");
        }
        for text in
            ["99 99 * * *", "* * * *", "@dayly", "", "0 0 0 * *", "5-1 * * * *", "*/0 * * * *", "TZ=UTC", "* * * * *,"]
        {
            assert!(!is_schedule(text), "{text}");
        }
    }

    #[test]
    fn knows_spans() {
        assert!(["1h", "1h30m", "0.5h", "90s"].into_iter().all(is_span));
        assert!(["", "1x", "1", "h", "1 h"].into_iter().all(|text| !is_span(text)));
    }
}
