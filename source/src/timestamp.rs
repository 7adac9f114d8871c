//! Which texts go-yaml accepts under the tag `!!timestamp`.

/// Dates, and dates with a time in the forms go-yaml knows.
pub(crate) fn is_timestamp(text: &str) -> bool {
    parse(text).is_some()
}

fn parse(text: &str) -> Option<()> {
    let (year, rest) = text.split_at_checked(4)?;
    let year = number(year, 4, 4)?;
    let (month, rest) = rest.strip_prefix('-')?.split_once('-')?;
    let month = number(month, 1, 2)?;
    let day_length = rest.bytes().take_while(u8::is_ascii_digit).count();
    let (day, rest) = rest.split_at_checked(day_length)?;
    let day = number(day, 1, 2)?;
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => return None,
    };
    if day == 0 || day > days {
        return None;
    }
    if rest.is_empty() {
        return Some(());
    }
    let zoned = !rest.starts_with(' ');
    let rest = rest.strip_prefix(['T', 't', ' '])?;
    let (hour, rest) = rest.split_once(':')?;
    let (minute, rest) = rest.split_once(':')?;
    let second_length = rest.bytes().take_while(u8::is_ascii_digit).count();
    let (second, mut rest) = rest.split_at_checked(second_length)?;
    if number(hour, 1, 2)? > 23 || number(minute, 1, 2)? > 59 || number(second, 1, 2)? > 59 {
        return None;
    }
    if let Some(fraction) = rest.strip_prefix(['.', ',']) {
        let length = fraction.bytes().take_while(u8::is_ascii_digit).count();
        if length == 0 {
            return None;
        }
        rest = fraction.get(length..)?;
    }
    match (zoned, rest) {
        (false, "") | (true, "Z") => Some(()),
        (true, zone) => {
            let (hours, minutes) = zone.strip_prefix(['+', '-'])?.split_once(':')?;
            (number(hours, 2, 2)? <= 24 && number(minutes, 2, 2)? < 60).then_some(())
        }
        _ => None,
    }
}

fn number(text: &str, least: usize, most: usize) -> Option<u32> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit()) && (least..=most).contains(&text.len());
    if digits { text.parse().ok() } else { None }
}
